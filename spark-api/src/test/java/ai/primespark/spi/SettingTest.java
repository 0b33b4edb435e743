package ai.primespark.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import ai.primespark.ProviderSpec;
import ai.primespark.Secret;
import ai.primespark.Zone;
import ai.primespark.llm.RoutingStrategy;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingTest {

    private static final Setting<String> TEXT = Setting.text("name", "A name.");
    private static final Setting<Boolean> BOOL = Setting.bool("on", "Whether.");
    private static final Setting<Long> NUMBER = Setting.number("count", "How many.");
    private static final Setting<Double> DECIMAL = Setting.decimal("share", "How much.");
    private static final Setting<Long> BYTES = Setting.bytes("size", "How large.");
    private static final Setting<Duration> DURATION = Setting.duration("time", "How long.");
    private static final Setting<URI> URL = Setting.httpUrl("url", "Where.");
    private static final Setting<Path> PATH = Setting.path("dir", "Where.");
    private static final Setting<Secret> SECRET = Setting.secret("key", "The key.");
    private static final Setting<RoutingStrategy> CHOICE = Setting.choice("order", RoutingStrategy.class, "Which.");
    private static final Setting<List<String>> TEXTS = Setting.texts("names", "Names.");
    private static final Setting<Map<String, String>> TEXT_MAP = Setting.textMap("aliases", "Names by name.");
    private static final Setting<List<ProviderSpec>> PROVIDERS = Setting.providers("tiers", "The tiers.");

    static Stream<Arguments> goodForms() {
        return Stream.of(
                arguments(TEXT, "hi", "hi"),
                arguments(TEXT, 5, "5"),
                arguments(TEXT, true, "true"),
                arguments(TEXT, "", ""),
                arguments(BOOL, true, true),
                arguments(BOOL, "Yes", true),
                arguments(BOOL, " on ", true),
                arguments(BOOL, "off", false),
                arguments(BOOL, "no", false),
                arguments(BOOL, "FALSE", false),
                arguments(NUMBER, 7, 7L),
                arguments(NUMBER, Long.MIN_VALUE, Long.MIN_VALUE),
                arguments(NUMBER, " -12 ", -12L),
                arguments(DECIMAL, 1, 1.0),
                arguments(DECIMAL, "2.5e3", 2500.0),
                arguments(BYTES, 10, 10L),
                arguments(BYTES, "10", 10L),
                arguments(BYTES, "64 MiB", 64L << 20),
                arguments(BYTES, "1.5kib", 1536L),
                arguments(BYTES, "10 MB", 10_000_000L),
                arguments(BYTES, "2TB", 2_000_000_000_000L),
                arguments(DURATION, Duration.ofDays(3), Duration.ofDays(3)),
                arguments(DURATION, "250 ms", Duration.ofMillis(250)),
                arguments(DURATION, "5s", Duration.ofSeconds(5)),
                arguments(DURATION, "2 m", Duration.ofMinutes(2)),
                arguments(DURATION, "1.5 h", Duration.ofMinutes(90)),
                arguments(DURATION, "7 days", Duration.ofDays(7)),
                arguments(DURATION, "30 US", Duration.ofNanos(30_000)),
                arguments(DURATION, "PT5M", Duration.ofMinutes(5)),
                arguments(DURATION, "pt0.5s", Duration.ofMillis(500)),
                arguments(URL, "http://pi:11434", URI.create("http://pi:11434")),
                arguments(URL, " HTTPS://ai.example/v1/ ", URI.create("HTTPS://ai.example/v1/")),
                arguments(URL, "http://[::1]:80", URI.create("http://[::1]:80")),
                arguments(PATH, "/var/lib/x", Path.of("/var/lib/x")),
                arguments(PATH, Path.of("y"), Path.of("y")),
                arguments(PATH, "~/data", Path.of(System.getProperty("user.home"), "data")),
                arguments(SECRET, "s3cret", Secret.of("s3cret")),
                arguments(SECRET, 1234, Secret.of("1234")),
                arguments(CHOICE, "edge-first", RoutingStrategy.EDGE_FIRST),
                arguments(CHOICE, " EDGE_FIRST ", RoutingStrategy.EDGE_FIRST),
                arguments(CHOICE, RoutingStrategy.EDGE_FIRST, RoutingStrategy.EDGE_FIRST),
                arguments(TEXTS, List.of("a", 2), List.of("a", "2")),
                arguments(TEXT_MAP, Map.of("a", 2), Map.of("a", "2")));
    }

    @ParameterizedTest
    @MethodSource("goodForms")
    void readsEveryGoodForm(Setting<?> setting, Object raw, Object value) {
        assertThat(setting.parse(raw)).isEqualTo(value);
    }

    static Stream<Arguments> badForms() {
        String duration = "must be a duration with a unit, such as 250 ms, 5s or 2m, but is ";
        String size = "must be a size such as 64 MiB or 10 MB, but is ";
        String url = "must be an address such as http://127.0.0.1:11434, without query and fragment";
        return Stream.of(
                arguments(TEXT, List.of("a"), "must be a text, but is a list"),
                arguments(TEXT, Map.of("password", "hunter2"), "must be a text, but is a map"),
                arguments(BOOL, "maybe", "must be true or false, but is 'maybe'"),
                arguments(NUMBER, "1.5", "must be a whole number, but is '1.5'"),
                arguments(NUMBER, 1.0, "must be a whole number, but is '1.0'"),
                arguments(NUMBER, "9223372036854775808", "must be a whole number, but is '9223372036854775808'"),
                arguments(DECIMAL, "NaN", "must be a number, but is 'NaN'"),
                arguments(DECIMAL, "1e999", "must be a number, but is '1e999'"),
                arguments(DECIMAL, "x", "must be a number, but is 'x'"),
                arguments(BYTES, "5 parsec", size + "'5 parsec'"),
                arguments(BYTES, "-5", size + "'-5'"),
                arguments(BYTES, "99999999 TiB", size + "'99999999 TiB'"),
                arguments(DURATION, 30, duration + "'30'"),
                arguments(DURATION, "30", duration + "'30'"),
                arguments(DURATION, "-1 s", duration + "'-1 s'"),
                arguments(DURATION, "soon", duration + "'soon'"),
                arguments(DURATION, "999999 days", duration + "'999999 days'"),
                arguments(DURATION, "P1Y", "must be a duration such as 250 ms, 5s, 2m or PT5S, but is 'P1Y'"),
                arguments(DURATION, "P999999D", "must be a duration of at most 292 years, but is 'PT23999976H'"),
                arguments(URL, "ftp://pi", url + ", but is 'ftp://pi'"),
                arguments(URL, "pi:11434", url + ", but is 'pi:11434'"),
                arguments(URL, "http://", url + ", but is 'http://'"),
                arguments(URL, "http://pi/#a", url + ", but is 'http://pi/#a'"),
                arguments(URL, "not a url", url + ", but is 'not a url'"),
                arguments(PATH, " ", "must be a path, but is ' '"),
                arguments(PATH, "a\0b", "must be a path, but is 'a\0b'"),
                arguments(SECRET, "  ", "must not be empty"),
                arguments(SECRET, List.of("hunter2"), "must be one text"),
                arguments(SECRET, Map.of("key", "hunter2"), "must be one text"),
                arguments(
                        Setting.choice("zone", Zone.class, "Where."),
                        "moon",
                        "must be one of edge, trusted, cloud, but is 'moon'"),
                arguments(TEXTS, "a", "must be a list of texts, such as [a, b], but is 'a'"),
                arguments(TEXTS, List.of(Map.of("pw", "hunter2")), "must be a text, but is a map"),
                arguments(TEXT_MAP, "a", "must be texts by name, such as {a = b}, but is 'a'"),
                arguments(
                        PROVIDERS, "redis", "must be a list of providers, such as [{type = caffeine}], but is 'redis'"),
                arguments(
                        PROVIDERS,
                        Map.of("type", "openai", "api-key", "hunter2"),
                        "must be a list of providers, such as [{type = caffeine}], but is a map"),
                arguments(
                        PROVIDERS,
                        List.of(Map.of("api-key", "hunter2")),
                        "each entry must be a map with a type, such as {type = caffeine}"));
    }

    @ParameterizedTest
    @MethodSource("badForms")
    void refusesEveryBadFormAndSaysWhatWouldBeRight(Setting<?> setting, Object raw, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> setting.parse(raw))
                .withMessage(message)
                .withMessageNotContaining("hunter2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://me:hunter2@pi:11434",
                "http://me:hunter2@",
                "ftp://me:hunter2@pi",
                "http://pi/?api_key=hunter2",
                "http://me:hunter2@pi with space"
            })
    void neverEchoesWhatAnAddressMayHide(String address) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> URL.parse(address))
                .withMessageNotContaining("hunter2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"change_me", "CHANGE-ME-please", "changeme123", "Change_Me"})
    void refusesTheSecretsOfExamples(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SECRET.parse(text))
                .withMessage("is still the example text; make a secret of your own");
    }

    @Test
    void clipsWhatItEchoes() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NUMBER.parse("x".repeat(10_000)))
                .withMessage("must be a whole number, but is '" + "x".repeat(80) + "…'");
    }

    @Test
    void providersKeepTypeIdAndSettings() {
        List<ProviderSpec> specs = PROVIDERS.parse(
                List.of(Map.of("type", "redis", "id", "hot", "port", 6379), ProviderSpec.of("caffeine")));

        assertThat(specs.get(0).type()).isEqualTo("redis");
        assertThat(specs.get(0).toMap()).isEqualTo(Map.of("type", "redis", "id", "hot", "port", 6379));
        assertThat(specs.get(1).toMap()).isEqualTo(Map.of("type", "caffeine"));
    }

    @Test
    void boundsIncludeTheirEndsAndAreNamed() {
        Setting<Duration> bounded = DURATION.atLeast(Duration.ofMillis(1))
                .atMost(Duration.ofDays(7))
                .defaultsTo(Duration.ofMinutes(5));

        assertThat(bounded.parse("1 ms")).hasMillis(1);
        assertThat(bounded.parse("7 d")).hasDays(7);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> bounded.parse("0 s"))
                .withMessage("must be at least 1 ms, but is 0 s");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> bounded.parse("8 days"))
                .withMessage("must be at most 7 days, but is 8 days");
        assertThat(bounded.allowed()).isEqualTo("duration, at least 1 ms, at most 7 days");
        assertThat(bounded).hasToString("time (duration, at least 1 ms, at most 7 days)");
    }

    @Test
    void aRuleOnASecretDoesNotEchoIt() {
        Setting<Secret> ruled = SECRET.must(s -> s.reveal().length() > 20, "longer than 20 characters");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> ruled.parse("hunter2"))
                .withMessage("must be longer than 20 characters");
        assertThat(ruled.isSecret()).isTrue();
        assertThat(TEXT.isSecret()).isFalse();
    }

    @Test
    void aDefaultMakesItOptionalAndMustKeepTheRules() {
        Setting<Long> counted = NUMBER.atLeast(1L).defaultsTo(3L);

        assertThat(counted.isRequired()).isFalse();
        assertThat(counted.defaultValue()).contains(3L);
        assertThat(counted.defaultText()).contains("3");
        assertThat(NUMBER.isRequired()).isTrue();
        assertThat(NUMBER.optional().isRequired()).isFalse();
        assertThat(NUMBER.optional().defaultText()).isEmpty();
        assertThatIllegalArgumentException().isThrownBy(() -> NUMBER.atLeast(1L).defaultsTo(0L));
    }

    static Stream<Arguments> printedDefaults() {
        return Stream.of(
                arguments(Duration.ZERO, "0 s"),
                arguments(Duration.ofDays(2), "2 days"),
                arguments(Duration.ofHours(25), "25 h"),
                arguments(Duration.ofMinutes(90), "90 min"),
                arguments(Duration.ofSeconds(61), "61 s"),
                arguments(Duration.ofNanos(1_500_000), "1.5 ms"));
    }

    @ParameterizedTest
    @MethodSource("printedDefaults")
    void aPrintedDurationReadsBackTheSame(Duration value, String printed) {
        assertThat(DURATION.defaultsTo(value).defaultText()).contains(printed);
        assertThat(DURATION.parse(printed)).isEqualTo(value);
    }

    @Test
    void aPrintedChoiceReadsBackTheSame() {
        for (RoutingStrategy strategy : RoutingStrategy.values()) {
            assertThat(CHOICE.parse(CHOICE.defaultsTo(strategy).defaultText().orElseThrow()))
                    .isSameAs(strategy);
        }
    }

    @Test
    void knowsNullIsNoValue() {
        assertThat(catchThrowableOfType(NullPointerException.class, () -> TEXT.parse(null)))
                .hasMessage("raw");
    }
}
