package ai.primespark.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.ConfigurationException;
import ai.primespark.Secret;
import ai.primespark.SparkConfig;
import ai.primespark.core.discovery.Providers;
import ai.primespark.spi.Setting;
import ai.primespark.spi.Settings;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ObjectSettingsTest {

    private static final Setting<String> NAME =
            Setting.text("name", "Its name.").must(name -> name.matches("[a-z]+"), "small letters");
    private static final Setting<Duration> LIFE =
            Setting.duration("life", "How long.").defaultsTo(Duration.ofSeconds(5));
    private static final Setting<Secret> KEY = Setting.secret("key", "Its key.").optional();
    private static final Setting<List<Settings>> THINGS = Setting.objects(
                    "inner.things", "Some things.", List.of(NAME, LIFE, KEY))
            .must(ObjectSettingsTest::areDistinct, "a list of different names")
            .defaultsTo(List.of());

    private static boolean areDistinct(List<Settings> things) {
        Set<String> names = new HashSet<>();
        return things.stream().allMatch(thing -> names.add(thing.get(NAME)));
    }

    private static Resolved read(SparkConfig config, Map<String, Object> program) {
        Providers none = Providers.collect(List.of(), List.of(), false);
        return new ConfigReader(List.of(new Section("test", "Test", List.of(THINGS), null)), none)
                .read(config, program);
    }

    private static Resolved read(String hocon) {
        return read(SparkConfig.empty().withText(hocon, "file"), Map.of());
    }

    @Test
    void eachObjectIsReadWithItsDefaults() {
        Resolved resolved = read("""
                primespark.test.inner.things = [
                  {name = one, life = 2m}
                  {name = two, key = hunter22}
                ]""");
        List<Settings> things = resolved.get("test", THINGS);
        assertThat(things).extracting(thing -> thing.get(NAME)).containsExactly("one", "two");
        assertThat(things)
                .extracting(thing -> thing.get(LIFE))
                .containsExactly(Duration.ofMinutes(2), Duration.ofSeconds(5));
        assertThat(things.get(1).find(KEY)).contains(Secret.of("hunter22"));
        assertThat(things.get(0).find(KEY)).isEmpty();
        assertThat(resolved.info().get("primespark.test.inner.things[0].life").value())
                .isEqualTo("2m");
        assertThat(resolved.info().get("primespark.test.inner.things[0].life").origin())
                .isEqualTo("file:2");
        assertThat(resolved.info().get("primespark.test.inner.things[1].key").value())
                .isEqualTo("***");
        assertThat(resolved.info().get("primespark.test.inner.things").value()).isEqualTo("2 entries");
        assertThat(resolved.toString()).doesNotContain("hunter22");
        assertThat(read("").get("test", THINGS)).isEmpty();
    }

    @Test
    void everyProblemOfEveryObjectIsReportedWithItsPlace() {
        assertThatThrownBy(() -> read("""
                primespark.test.inner.things = [
                  {name = One, lief = 2m}
                  {life = 30}
                  hello
                  {name = two, key = change_me_hunter22}
                ]"""))
                .isInstanceOfSatisfying(
                        ConfigurationException.class,
                        report -> assertThat(report.getMessage().lines())
                                .containsExactly(
                                        "6 problems in the configuration:",
                                        "  - primespark.test.inner.things[0].lief (file:2): is not a setting; did you mean 'life'?",
                                        "  - primespark.test.inner.things[0].name (file:2): must be small letters, but is One;"
                                                + " allowed: text, small letters",
                                        "  - primespark.test.inner.things[1].life (file:3): must be a duration with a unit, such"
                                                + " as 250 ms, 5s or 2m, but is '30'; allowed: duration",
                                        "  - primespark.test.inner.things[1].name (file:3): is required (Its name.); set name;"
                                                + " allowed: text, small letters",
                                        "  - primespark.test.inner.things[2] (file:4): must be an object; write {name = …}",
                                        "  - primespark.test.inner.things[3].key (file:5): is still the example text; make a"
                                                + " secret of your own; allowed: secret"))
                .hasMessageNotContaining("hunter22");
    }

    @Test
    void rulesAboutTheWholeListAndOtherShapesAreReportedWithoutTheValues() {
        assertThatThrownBy(() -> read("primespark.test.inner.things = [{name = a, key = hunter22}, {name = a}]"))
                .hasMessageContaining("things (file:1): must be a list of different names")
                .hasMessageNotContaining("hunter22");
        assertThatThrownBy(() -> read("primespark.test.inner.things = hunter22"))
                .hasMessageContaining("must be a list of objects, such as [{name = …}]")
                .hasMessageNotContaining("hunter22");
        assertThatThrownBy(() -> read("primespark.test.inner.things = {name = a, key = hunter22}"))
                .hasMessageContaining("must be a list of objects")
                .hasMessageNotContaining("hunter22");
    }

    @Test
    void theProgramAndTheEnvironmentSayTheSame() {
        List<Map<String, Object>> things =
                List.of(Map.of("name", "one", "life", Duration.ofHours(1), "key", Secret.of("s3cret")));
        Settings one = read(SparkConfig.empty(), Map.of("primespark.test.inner.things", things))
                .get("test", THINGS)
                .get(0);
        assertThat(one.get(LIFE)).isEqualTo(Duration.ofHours(1));
        assertThat(one.find(KEY)).contains(Secret.of("s3cret"));
        assertThat(one.toString()).doesNotContain("s3cret");
        Resolved environment = read(
                SparkConfig.empty().withEnvironment(Map.of("PRIMESPARK_TEST_INNER_THINGS", "[{name = env}]")),
                Map.of());
        assertThat(environment.get("test", THINGS).get(0).get(NAME)).isEqualTo("env");
        Settings direct = Settings.of(List.of(THINGS), Map.of("inner.things", things));
        assertThat(direct.get(THINGS)).hasSize(1);
        assertThat(direct.toString()).doesNotContain("s3cret");
        assertThatThrownBy(() -> THINGS.parse(List.of(Map.of("nmae", "x"))))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> THINGS.parse(List.of("x")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("{name = …}");
    }
}
