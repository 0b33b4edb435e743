package ai.primespark.core.config;

import static ai.primespark.core.config.Samples.read;
import static ai.primespark.core.config.Samples.readText;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.primespark.ProviderSpec;
import ai.primespark.Secret;
import ai.primespark.SparkConfig;
import ai.primespark.SystemInfo.SettingInfo;
import ai.primespark.Zone;
import ai.primespark.core.discovery.ProviderKind;
import ai.primespark.llm.RoutingStrategy;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class ConfigLayersTest {

    private static final String PROPERTY = "primespark.llm.retries";

    @TempDir
    Path dir;

    @AfterEach
    void clear() {
        System.clearProperty(PROPERTY);
        System.clearProperty("primespark.llm.labels");
        System.clearProperty("primespark.config");
    }

    private static long retries(Resolved resolved) {
        return resolved.get("llm", Samples.RETRIES);
    }

    @Test
    void everyLayerWinsOverTheOnesBelow() throws Exception {
        Path file = dir.resolve("a.conf");
        Files.writeString(file, "primespark.llm.retries = 3");
        SparkConfig withFile = SparkConfig.empty().withFile(file);
        SparkConfig withEnvironment = withFile.withEnvironment(Map.of("PRIMESPARK_LLM_RETRIES", "4"));
        SparkConfig withProperties = withEnvironment.withSystemProperties();

        assertThat(retries(read(SparkConfig.empty()))).isEqualTo(1);
        withReference("primespark.llm.retries = 2", () -> {
            assertThat(retries(read(SparkConfig.empty()))).isEqualTo(2);
            assertThat(retries(read(withFile))).isEqualTo(3);
            assertThat(retries(read(withEnvironment))).isEqualTo(4);
            System.setProperty(PROPERTY, "5");
            assertThat(retries(read(withEnvironment))).isEqualTo(4);
            assertThat(retries(read(withProperties))).isEqualTo(5);
            assertThat(retries(read(withProperties, Map.of(PROPERTY, 6L)))).isEqualTo(6);
            return null;
        });
    }

    @Test
    void aReferenceOfAProviderThatIsNotThereIsNoProblemButTheApplicationsWordIs() throws Exception {
        withReference("primespark.llm.types.absent.url = \"http://a\"", () -> {
            assertThat(retries(read(SparkConfig.empty()))).isEqualTo(1);
            assertThat(Samples.refuseText("primespark.llm.types.absent.url = \"http://b\""))
                    .hasMessageContaining("primespark.llm.types.absent (")
                    .hasMessageContaining("is not a setting");
            return null;
        });
    }

    @Test
    void otherPeoplesReferencesAreLeftAlone() throws Exception {
        withReference("akka.x = ${no.such}\nprimespark.llm.retries = 2", () -> {
            assertThat(retries(read(SparkConfig.empty()))).isEqualTo(2);
            return null;
        });
    }

    @Test
    void variablesAreNamedLikeTheirSettings() {
        Resolved resolved = read(SparkConfig.empty()
                .withText("primespark.memory.tiers = [{type = redis}]", "test")
                .withEnvironment(Map.of(
                        "PRIMESPARK_DATA_DIR", "/srv/x",
                        "PRIMESPARK_LLM_LIMITS_IDLE", "7s",
                        "PRIMESPARK_LLM_LABELS", "[a, \"b c\"]",
                        "PRIMESPARK_LLM_ALIASES", "{big = llama3}",
                        "PRIMESPARK_LLM_BACKENDS", "[{type = ollama, id = pi}]",
                        "PRIMESPARK_MEMORY_TYPES_REDIS_PORT", "7000",
                        "PRIMESPARK_MEMORY_TYPES_REDIS_LIMITS_CONNECT", "3 s",
                        "PRIMESPARK_MEMORY_TYPES_REDIS_ZONE", "trusted",
                        "PRIMESPARK_MEMORY_TYPES_REDIS_PASSWORD", "[hunter2${x}",
                        "HOME", "/root")));

        assertThat(resolved.get("", Samples.DATA_DIR)).isEqualTo(Path.of("/srv/x"));
        assertThat(resolved.get("llm", Samples.IDLE)).hasSeconds(7);
        assertThat(resolved.get("llm", Samples.LABELS)).containsExactly("a", "b c");
        assertThat(resolved.get("llm", Samples.ALIASES)).isEqualTo(Map.of("big", "llama3"));
        assertThat(resolved.instances(ProviderKind.LLM_BACKEND))
                .extracting(Resolved.Instance::id)
                .containsExactly("pi");
        Resolved.Instance redis = resolved.instances(ProviderKind.MEMORY_TIER).get(0);
        assertThat(redis.settings().get(Samples.PORT)).isEqualTo(7000);
        assertThat(redis.settings().get(Samples.CONNECT)).hasSeconds(3);
        assertThat(redis.settings().get(Samples.PASSWORD)).isEqualTo(Secret.of("[hunter2${x}"));
        assertThat(redis.common().get(Samples.ZONE)).isEqualTo(Zone.TRUSTED);
    }

    @Test
    void anUnknownVariableIsOnlyAWarningThatNamesItWithoutItsValue() {
        Logger logger = (Logger) LoggerFactory.getLogger(Layers.class);
        ListAppender<ILoggingEvent> appender = new ListAppender<>();
        appender.start();
        logger.addAppender(appender);
        try {
            read(SparkConfig.empty().withEnvironment(Map.of("PRIMESPARK_SERVICE_HOST", "hunter2")));
        } finally {
            logger.detachAppender(appender);
        }

        assertThat(appender.list).singleElement().satisfies(event -> {
            assertThat(event.getLevel()).isEqualTo(Level.WARN);
            assertThat(event.getFormattedMessage())
                    .isEqualTo("The environment variable PRIMESPARK_SERVICE_HOST matches no setting and is ignored");
        });
    }

    @Test
    void anUnknownSystemPropertyIsAnErrorButTheOneThatNamesTheFileIsNone() {
        System.setProperty("primespark.config", "x.conf");
        System.setProperty("primespark.llm.labels", "[a]");
        Resolved resolved = read(SparkConfig.empty().withSystemProperties());
        assertThat(resolved.get("llm", Samples.LABELS)).containsExactly("a");

        System.setProperty("primespark.llm.retires", "5");
        try {
            assertThat(Samples.refuse(SparkConfig.empty().withSystemProperties()))
                    .hasMessage("1 problem in the configuration:\n  - primespark.llm.retires (system property"
                            + " primespark.llm.retires): is not a setting; did you mean 'retries'?");
        } finally {
            System.clearProperty("primespark.llm.retires");
        }
    }

    @Test
    void defaultsOfATypeReachEveryInstanceThatDoesNotSayOtherwise() {
        Resolved resolved = readText("""
                primespark.memory {
                  types.redis { port = 7000, zone = trusted, limits.connect = 9s }
                  tiers = [{type = redis, id = a}, {type = redis, id = b, port = 8000, zone = cloud}, {type = local}]
                }
                """);
        List<Resolved.Instance> tiers = resolved.instances(ProviderKind.MEMORY_TIER);

        assertThat(tiers).extracting(t -> t.id()).containsExactly("a", "b", "local");
        assertThat(tiers.get(0).settings().get(Samples.PORT)).isEqualTo(7000);
        assertThat(tiers.get(0).common().get(Samples.ZONE)).isEqualTo(Zone.TRUSTED);
        assertThat(tiers.get(1).settings().get(Samples.PORT)).isEqualTo(8000);
        assertThat(tiers.get(1).settings().get(Samples.CONNECT)).hasSeconds(9);
        assertThat(tiers.get(1).common().get(Samples.ZONE)).isEqualTo(Zone.CLOUD);
        assertThat(tiers.get(2).common().get(Samples.ZONE)).isEqualTo(Zone.EDGE);
    }

    @Test
    void withoutAListTheSectionsDefaultsAreUsedAndWithAnEmptyOneNone() {
        assertThat(readText("").instances(ProviderKind.MEMORY_TIER))
                .extracting(Resolved.Instance::id)
                .containsExactly("local");
        assertThat(readText("primespark.memory.tiers = null").instances(ProviderKind.MEMORY_TIER))
                .hasSize(1);
        assertThat(readText("primespark.memory.tiers = []").instances(ProviderKind.MEMORY_TIER))
                .isEmpty();
        assertThat(readText("primespark.memory.tiers = [{type = redis, id = null}]")
                        .instances(ProviderKind.MEMORY_TIER))
                .extracting(Resolved.Instance::id)
                .containsExactly("redis");
    }

    @Test
    void typedObjectsSayTheSameAsText() {
        Resolved resolved = read(
                SparkConfig.empty()
                        .with("primespark.llm.strategy", RoutingStrategy.EDGE_ONLY)
                        .with("primespark.memory.timeout", Duration.ofSeconds(9))
                        .with("primespark.data-dir", Path.of("/srv/y"))
                        .with("primespark.llm.labels", List.of("a", "b"))
                        .with("primespark.llm.aliases", Map.of("pi/big", "llama3:8b")),
                Map.of(
                        "primespark.llm.backends",
                        List.of(ProviderSpec.of("openai")
                                .id("cloud")
                                .with("url", URI.create("https://ai.example"))
                                .with("api-key", Secret.of("hunter2")))));
        Resolved.Instance cloud = resolved.instances(ProviderKind.LLM_BACKEND).get(0);

        assertThat(resolved.get("llm", Samples.STRATEGY)).isEqualTo(RoutingStrategy.EDGE_ONLY);
        assertThat(resolved.get("memory", Samples.TIMEOUT)).hasSeconds(9);
        assertThat(resolved.get("", Samples.DATA_DIR)).isEqualTo(Path.of("/srv/y"));
        assertThat(resolved.get("llm", Samples.LABELS)).containsExactly("a", "b");
        assertThat(resolved.get("llm", Samples.ALIASES)).isEqualTo(Map.of("pi/big", "llama3:8b"));
        assertThat(cloud.settings().get(Samples.KEY)).isEqualTo(Secret.of("hunter2"));
        assertThat(cloud.origin()).isEqualTo("PrimeSpark.builder()");
    }

    @Test
    void anObjectThatIsNoSettingIsTheCallersMistake() {
        SparkConfig config = SparkConfig.empty().with("primespark.llm.labels", LocalDate.EPOCH);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> read(config))
                .withMessageStartingWith("a setting cannot be a java.time.LocalDate; known are [");
    }

    @Test
    void theDescriptionNamesEveryOriginAndMasksSecrets() {
        Map<String, SettingInfo> info = read(SparkConfig.empty()
                        .withText("primespark.llm.backends = [{type = openai, api-key = hunter2}]", "test")
                        .withEnvironment(Map.of("PRIMESPARK_LLM_RETRIES", "4")))
                .info();

        assertThat(info.toString()).doesNotContain("hunter2");
        assertThat(info)
                .containsEntry("primespark.llm.backends[0].api-key", new SettingInfo("***", "test:1"))
                .containsEntry("primespark.llm.backends[0].url", new SettingInfo("http://127.0.0.1:1", "default"))
                .containsEntry(
                        "primespark.llm.retries", new SettingInfo("4", "environment variable PRIMESPARK_LLM_RETRIES"))
                .containsEntry("primespark.memory.timeout", new SettingInfo("5 s", "default"));
    }

    @Test
    void readersAreIndependent() {
        Samples.refuseText("primespark.llm.retries = 99");

        assertThat(retries(readText("primespark.llm.retries = 9"))).isEqualTo(9);
        assertThat(retries(readText(""))).isEqualTo(1);
    }

    private void withReference(String hocon, Callable<Void> task) throws Exception {
        writeReference(hocon);
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try (URLClassLoader loader = new URLClassLoader(new URL[] {dir.toUri().toURL()}, before) {
            @Override
            public Enumeration<URL> getResources(String name) throws IOException { // the engine's own would be first
                return name.equals("reference.conf") ? findResources(name) : super.getResources(name);
            }
        }) {
            thread.setContextClassLoader(loader);
            task.call();
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    private void writeReference(String hocon) throws IOException {
        Files.writeString(dir.resolve("reference.conf"), hocon);
    }
}
