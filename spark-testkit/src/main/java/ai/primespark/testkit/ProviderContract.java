package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.spi.Setting;
import ai.primespark.spi.Settings;
import ai.primespark.spi.SparkComponent;
import ai.primespark.spi.SparkProvider;
import java.io.IOException;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The rules that every {@link SparkProvider} keeps, whatever it makes. Extend it in a test:
 *
 * <pre>{@code
 * class DiskTierProviderTest extends ProviderContract {
 *     protected SparkProvider provider() {
 *         return new DiskTierProvider();
 *     }
 *
 *     protected Map<String, Object> settings(Path directory) {
 *         return Map.of("path", directory);
 *     }
 * }
 * }</pre>
 *
 * <ul>
 *   <li>PROV-01 {@code META-INF/services} names it under its kind, and it has a public constructor without parameters.
 *   <li>PROV-02 Its name is {@code [a-z][a-z0-9-]*}, constant, and unique among the providers of its kind.
 *   <li>PROV-03 It was built against this level of the SPI.
 *   <li>PROV-04 Its settings are constant, have unique names in kebab-case and descriptions.
 *   <li>PROV-05 Defaults satisfy the rules of their own settings; no secret has one.
 *   <li>PROV-06 {@code create} makes a new product each time, does no I/O and starts nothing.
 *   <li>PROV-07 Secrets are declared as such and never print.
 *   <li>PROV-08 A product that was never started can be closed, also twice.
 * </ul>
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class ProviderContract {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]*");
    private static final Pattern SETTING =
            Pattern.compile("[a-z][a-z0-9]*(-[a-z0-9]+)*(\\.[a-z][a-z0-9]*(-[a-z0-9]+)*)*");
    private static final Pattern CREDENTIAL =
            Pattern.compile("(.*[.-])?(password|passphrase|secret|token|api-key|secret-key|private-key)");
    private static final String CANARY = "canary-5ecret-31b7";

    private TestContext context;

    /** For subclasses. */
    protected ProviderContract() {}

    /**
     * The provider that is tested.
     *
     * @return a new provider
     */
    protected abstract SparkProvider provider();

    /**
     * The least settings with which the provider makes something: those that are required.
     *
     * @param directory a directory that does not exist yet
     * @return values by setting name; none unless overridden
     */
    protected Map<String, Object> settings(Path directory) {
        return Map.of();
    }

    @BeforeEach
    void contractOpensContext() {
        context = TestContext.create();
    }

    @AfterEach
    void contractClosesContext() {
        context.close();
    }

    @Test
    @DisplayName("PROV-01 it is registered for discovery under its kind, once")
    void isRegistered() throws NoSuchMethodException {
        SparkProvider provider = provider();
        List<SparkProvider> found = ProviderKind.of(provider).discover(provider.getClass());
        assertThat(found.stream().filter(other -> other.getClass() == provider.getClass()))
                .as(
                        "entries for %s in META-INF/services/%s",
                        provider.getClass().getName(),
                        ProviderKind.of(provider).type().getName())
                .hasSize(1);
        assertThat(Modifier.isPublic(provider.getClass().getModifiers()))
                .as("the class is public")
                .isTrue();
        assertThat(Modifier.isPublic(provider.getClass().getConstructor().getModifiers()))
                .as("the constructor is public")
                .isTrue();
    }

    @Test
    @DisplayName("PROV-02 its name is [a-z][a-z0-9-]*, constant and unique in its kind")
    void isNamed() {
        SparkProvider provider = provider();
        assertThat(provider.name()).matches(NAME).isEqualTo(provider().name());
        assertThat(ProviderKind.of(provider).discover(provider.getClass()).stream()
                        .filter(other -> other.getClass() != provider.getClass())
                        .map(SparkProvider::name))
                .as("names of the other providers of this kind")
                .doesNotContain(provider.name());
    }

    @Test
    @DisplayName("PROV-03 its SPI level is the one that it was built against")
    void hasTheLevel() {
        assertThat(provider().spiLevel()).as("write: return SPI_LEVEL;").isEqualTo(SparkProvider.SPI_LEVEL);
    }

    @Test
    @DisplayName("PROV-04 its settings are constant, have unique names in kebab-case, and say what they mean")
    void settingsAreDeclaredWell() {
        SparkProvider provider = provider();
        Set<String> names = new HashSet<>();
        for (Setting<?> setting : provider.settings()) {
            assertThat(setting.name()).as("a setting's name").matches(SETTING).isNotIn("type", "id");
            assertThat(names.add(setting.name()))
                    .as("%s is declared once", setting.name())
                    .isTrue();
            assertThat(setting.description())
                    .as("the description of %s", setting.name())
                    .isNotBlank()
                    .hasSizeGreaterThan(8);
        }
        assertThat(provider().settings()).as("settings, identity included").isEqualTo(provider.settings());
    }

    @Test
    @DisplayName("PROV-05 defaults satisfy their own rules, and no secret has one")
    void defaultsAreValid() {
        for (Setting<?> setting : provider().settings()) {
            setting.defaultValue().ifPresent(value -> {
                assertThat(setting.isSecret())
                        .as("%s is a secret", setting.name())
                        .isFalse();
                assertThat(setting.isRequired())
                        .as("%s is required", setting.name())
                        .isFalse();
                assertThat(setting.parse(value))
                        .as("the default of %s", setting.name())
                        .isEqualTo(value);
            });
        }
        Settings settings = minimal(Map.of());
        for (Setting<?> setting : provider().settings()) {
            boolean present = settings.find(setting).isPresent();
            assertThat(present
                            || !setting.isRequired() && setting.defaultValue().isEmpty())
                    .as("%s has a value, or is optional", setting.name())
                    .isTrue();
        }
    }

    @Test
    @DisplayName("PROV-06 create makes a new product each time, does no I/O and starts nothing")
    void createDoesNothing() throws IOException {
        SparkProvider provider = provider();
        TestContext own = context.with(provider, settings(directory()));
        create(provider, own); // classes are loaded now, and what the JVM starts for that is there
        List<String> files = files();
        long tasks = context.tasksStarted();
        Set<Thread> before = TestResources.liveThreads();
        SparkComponent first = create(provider, own);
        SparkComponent second = create(provider, own);
        Set<Thread> started = TestResources.liveThreads();
        started.removeAll(before);
        started.removeIf(thread -> thread.getName().startsWith("testkit-"));
        assertThat(first).as("a new product").isNotSameAs(second);
        assertThat(started.stream().map(Thread::getName))
                .as("threads that create started")
                .isEmpty();
        assertThat(context.tasksStarted())
                .as("tasks that create gave to executors")
                .isEqualTo(tasks);
        assertThat(files()).as("files after create").isEqualTo(files);
        closeQuietly(first);
        closeQuietly(second);
    }

    @Test
    @DisplayName("PROV-07 secrets are declared as such and never print")
    void secretsNeverPrint() {
        Map<String, Object> canaries = new HashMap<>();
        for (Setting<?> setting : provider().settings()) {
            if (CREDENTIAL.matcher(setting.name()).matches()) {
                assertThat(setting.isSecret())
                        .as("%s is declared by Setting.secret", setting.name())
                        .isTrue();
            }
            if (setting.isSecret()) {
                canaries.put(setting.name(), CANARY);
            }
        }
        Settings settings = minimal(canaries);
        assertThat(settings.toString().contains(CANARY))
                .as("the settings show a secret")
                .isFalse();
        TestContext own = context.with(provider(), merged(canaries));
        try {
            SparkComponent product = create(provider(), own);
            assertThat(product.toString().contains(CANARY))
                    .as("the product shows a secret")
                    .isFalse();
            closeQuietly(product);
        } catch (
                IllegalArgumentException
                        e) { // some secrets need other settings besides; the refusal must not print them
            LlmRules.assertSilent(e, CANARY);
        }
    }

    @Test
    @DisplayName("PROV-08 a product that was never started can be closed, also twice")
    void productsCanBeClosedAtOnce() {
        SparkComponent product = create(provider(), context.with(provider(), settings(directory())));
        for (int i = 0; i < 2; i++) {
            Bounded.run(PATIENCE, "close()", () -> {
                product.close();
                return true;
            });
        }
        assertThat(context.blocking().isShutdown())
                .as("close shut the context's executor down")
                .isFalse();
        assertThat(context.scheduler().isShutdown())
                .as("close shut the context's scheduler down")
                .isFalse();
    }

    private Path directory() {
        return context.directory().resolve("storage");
    }

    private Settings minimal(Map<String, Object> more) {
        Map<String, Object> values = merged(more);
        return Settings.of(provider().settings(), values);
    }

    private Map<String, Object> merged(Map<String, Object> more) {
        Map<String, Object> values = new HashMap<>(settings(directory()));
        values.putAll(more);
        return values;
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.walk(context.directory())) {
            return files.map(Path::toString).sorted().toList();
        }
    }

    private static SparkComponent create(SparkProvider provider, TestContext context) {
        return Bounded.run(PATIENCE, "create()", () -> ProviderKind.of(provider).create(provider, context));
    }

    private static void closeQuietly(SparkComponent product) {
        Bounded.failure(PATIENCE, "close()", () -> {
            product.close();
            return null;
        });
    }
}
