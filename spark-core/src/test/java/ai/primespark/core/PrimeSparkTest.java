package ai.primespark.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import ai.primespark.ConfigurationException;
import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.SparkException;
import ai.primespark.SystemInfo;
import ai.primespark.Zone;
import ai.primespark.event.SparkEvent;
import ai.primespark.health.HealthStatus;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmRequest;
import ai.primespark.power.PowerMode;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.MemoryTierProvider;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Setting;
import ai.primespark.spi.TierTrait;
import ai.primespark.testkit.HungTier;
import ai.primespark.testkit.InMemoryTier;
import ai.primespark.vpn.VpnState;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class PrimeSparkTest {

    @TempDir
    Path dir;

    /** A value as an application would have it. */
    record Prefs(String colour, int size) {}

    private PrimeSpark.Builder builder(String name) {
        return PrimeSpark.builder().config(SparkConfig.empty().with("primespark.data-dir", dir.resolve(name)));
    }

    private static Set<Thread> sparkThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("spark-"))
                .collect(Collectors.toSet());
    }

    @Test
    void withoutAnyConfigurationMemoryWorksAndSurvivesTheInstance() {
        try (PrimeSpark spark = builder("a").build()) {
            spark.memory().put("user:42", new Prefs("green", 7));
            assertThat(spark.memory().find("user:42", Prefs.class)).contains(new Prefs("green", 7));
            assertThat(spark.memory().find("user:43", Prefs.class)).isEmpty();
            assertThat(spark.memory()).isSameAs(spark.memory());
        }
        try (PrimeSpark spark = builder("a").build()) {
            assertThat(spark.memory().find("user:42", Prefs.class)).contains(new Prefs("green", 7));
            spark.memory().delete("user:42");
            assertThat(spark.memory().exists("user:42")).isFalse();
        }
    }

    @Test
    void withoutABackendAskingSaysWhatToAdd() {
        try (PrimeSpark spark = builder("a").discovery(false).build()) {
            LlmException failure = catchThrowableOfType(
                    LlmException.class,
                    () -> spark.llm().generate(LlmRequest.prompt("hunter2").build()));

            assertThat(failure.kind()).isEqualTo(LlmException.Kind.NO_BACKEND);
            assertThat(failure).hasMessageContaining("add one under primespark.llm.backends");
            assertThat(failure.getMessage()).doesNotContain("hunter2");
            await().until(() -> spark.health().report().status() == HealthStatus.UNHEALTHY);
            assertThat(spark.health()
                            .report()
                            .components()
                            .get("routing")
                            .result()
                            .message())
                    .contains("add a plugin");
        }
    }

    @Test
    void powerVpnAgentsAndAuthAreThere() {
        try (PrimeSpark spark = builder("a").build()) {
            spark.power().mode(PowerMode.OFF_GRID);
            assertThat(spark.power().status().edgeOnly()).isTrue();
            assertThat(spark.vpn().status().state()).isEqualTo(VpnState.DISABLED);
            assertThat(spark.agents()).isSameAs(spark.agents());
            assertThat(spark.agents().stats().total()).isZero();
            assertThat(spark.auth()).isSameAs(spark.auth());
            assertThat(spark.auth().users().list(null, 1)).isEmpty();
        }
    }

    @Test
    void twoInstancesInOneProcessAreIndependent() {
        try (PrimeSpark one = builder("one").build();
                PrimeSpark two = builder("two").build()) {
            one.memory().put("k", "one");
            two.memory().put("k", "two");
            one.power().mode(PowerMode.OFF_GRID);

            assertThat(one.memory().find("k", String.class)).contains("one");
            assertThat(two.memory().find("k", String.class)).contains("two");
            assertThat(two.power().mode()).isEqualTo(PowerMode.AUTO);
            assertThat(one.info().nodeId()).isNotEqualTo(two.info().nodeId());

            one.close();
            assertThat(two.memory().find("k", String.class)).contains("two");
        }
    }

    @Test
    void aSecondInstanceOnTheSameDirectoryFailsClearlyAndLeavesNothingBehind() {
        try (PrimeSpark first = builder("a").build()) {
            Set<Thread> before = sparkThreads();

            assertThatExceptionOfType(SparkException.class)
                    .isThrownBy(() -> builder("a").build())
                    .withMessageContaining(dir.resolve("a").toString());

            await().until(() -> before.containsAll(sparkThreads()));
            first.memory().put("k", "still works");
        }
        try (PrimeSpark later = builder("a").build()) {
            assertThat(later.memory().find("k", String.class)).contains("still works");
        }
    }

    @Test
    void closingTwiceIsHarmlessAndLeavesNoThread() {
        Set<Thread> before = sparkThreads();
        PrimeSpark spark = builder("a").build();
        spark.memory().put("k", "v");
        Set<Class<?>> events = ConcurrentHashMap.newKeySet();
        spark.events().subscribe(SparkEvent.class, event -> events.add(event.getClass()));

        spark.close();
        spark.close();

        await().until(() -> before.containsAll(sparkThreads()));
        await().until(() -> events.contains(SparkEvent.Stopping.class));
        assertThat(spark).hasToString("PrimeSpark[" + spark.info().nodeId() + ", closed]");
    }

    @Test
    void aHungCheckOfTheApplicationDoesNotSpoilClosing() {
        PrimeSpark spark = builder("a").closeTimeout(Duration.ofSeconds(4)).build();
        spark.health().register("stuck", () -> {
            new CountDownLatch(1).await(); // hangs until it is interrupted
            throw new IllegalStateException("nobody waits that long");
        });

        spark.close(); // would throw if the check were left behind
    }

    @Test
    void aTierThatHangsDoesNotSpoilClosing() {
        PrimeSpark spark = builder("a")
                .memoryTier("hung", Zone.EDGE, new HungTier(new InMemoryTier(TierTrait.PERSISTENT)))
                .closeTimeout(Duration.ofSeconds(4)) // less than an operation of memory may take
                .build();
        assertThat(spark.memory().put("key", "value").pending()).containsExactly("hung");

        spark.close(); // would throw if the memory were left behind
    }

    /** A provider with a secret. */
    private static final class Guarded implements MemoryTierProvider {

        @Override
        public String name() {
            return "guarded";
        }

        @Override
        public int spiLevel() {
            return SPI_LEVEL;
        }

        @Override
        public List<Setting<?>> settings() {
            return List.of(Setting.secret("password", "The password."));
        }

        @Override
        public MemoryTier create(ProviderContext context) {
            throw new IllegalArgumentException("the password does not fit the server");
        }
    }

    @Test
    void theDescriptionNamesProvidersAndOriginsAndMasksSecrets() {
        SparkConfig config = SparkConfig.empty()
                .with("primespark.data-dir", dir.resolve("a"))
                .withText("primespark.memory.types.guarded.password = hunter2", "test");
        try (PrimeSpark spark =
                PrimeSpark.builder().config(config).provider(new Guarded()).build()) {
            SystemInfo info = spark.info();

            assertThat(info.toString()).doesNotContain("hunter2");
            assertThat(info.version()).matches("\\d+\\.\\d+.*|\\$\\{.*");
            assertThat(info.javaVersion()).isEqualTo(System.getProperty("java.version"));
            assertThat(info.virtualThreads()).isEqualTo(Runtime.version().feature() >= 21);
            assertThat(info.providers())
                    .contains(new SystemInfo.Provider("memory-tier", "guarded", Guarded.class.getName(), "given", ""));
            assertThat(info.providers()).anySatisfy(p -> {
                assertThat(p.name()).isEqualTo("directory");
                assertThat(p.origin()).isEqualTo("embedded");
            });
            assertThat(info.settings().get("primespark.data-dir"))
                    .isEqualTo(new SystemInfo.SettingInfo(dir.resolve("a").toString(), "PrimeSpark.builder()"));
        }
    }

    @Test
    void whatAProviderRefusesIsAProblemOfTheConfigurationWithoutItsSecret() {
        SparkConfig config = SparkConfig.empty()
                .with("primespark.data-dir", dir.resolve("a"))
                .withText("primespark.memory.tiers = [{type = guarded, password = hunter2}]", "test");

        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> PrimeSpark.builder()
                        .config(config)
                        .provider(new Guarded())
                        .build())
                .withMessage("1 problem in the configuration:\n  - primespark.memory.tiers[0] (test:1):"
                        + " the password does not fit the server; change the settings of 'guarded'");
    }

    @Test
    void everyMistakeOfTheBuilderAndOfTheFileIsReportedAtOnce() {
        SparkConfig config = SparkConfig.empty().withText("primespark.llm.retries = 99", "test");

        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> PrimeSpark.builder()
                        .config(config)
                        .meterRegistry("no registry")
                        .observationRegistry("no registry either")
                        .closeTimeout(Duration.ZERO)
                        .build())
                .satisfies(e -> assertThat(e.problems()).hasSize(4))
                .withMessageContaining("primespark (PrimeSpark.builder().meterRegistry(…)): must be an io.micrometer")
                .withMessageContaining("primespark (PrimeSpark.builder().observationRegistry(…)): must be an"
                        + " io.micrometer.observation.ObservationRegistry, but is a java.lang.String")
                .withMessageContaining("primespark.close-timeout (PrimeSpark.builder()): must be at least")
                .withMessageContaining("primespark.llm.retries (test:1): must be at most 10, but is 99");
    }

    @Test
    void aTierNeedsAGoodIdOfItsOwn() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PrimeSpark.builder().memoryTier("No Id", null))
                .withMessageContaining("a tier's id must be [a-z][a-z0-9-]*");
    }
}
