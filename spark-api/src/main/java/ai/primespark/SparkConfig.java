package ai.primespark;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Where settings come from: a list of sources, later ones win. Only described here; the engine reads, checks and reports them
 * when {@link PrimeSpark.Builder#build()} is called, so that all mistakes come in one report.
 *
 * <p>The format is <a href="https://github.com/lightbend/config/blob/main/HOCON.md">HOCON</a>, a superset of JSON and of Java
 * properties; every setting lies under {@code primespark}. See the configuration reference for all of them.
 *
 * <p>Immutable and thread-safe. {@link #toString()} names the sources and never a value.
 */
public final class SparkConfig {

    private static final SparkConfig EMPTY = new SparkConfig(List.of());

    private final List<Source> sources;

    private SparkConfig(List<Source> sources) {
        this.sources = List.copyOf(sources);
    }

    /**
     * Nothing but the built-in defaults.
     *
     * @return the empty configuration
     */
    public static SparkConfig empty() {
        return EMPTY;
    }

    /**
     * The usual sources, lowest first: {@code application.conf} and {@code primespark.conf} on the class path,
     * {@code primespark.conf} in the working directory (or the file named by the system property
     * {@code primespark.config}), environment variables {@code PRIMESPARK_*}, system properties {@code primespark.*}. Each is
     * optional, except a file that the system property names.
     *
     * @return the usual sources
     */
    public static SparkConfig load() {
        SparkConfig config =
                EMPTY.with(new Resource("application.conf", false)).with(new Resource("primespark.conf", false));
        String named = System.getProperty("primespark.config");
        config = named == null
                ? config.with(new File(Path.of("primespark.conf"), false))
                : config.with(new File(Path.of(named), true));
        return config.withEnvironment(System.getenv()).withSystemProperties();
    }

    /**
     * Adds a HOCON, JSON or properties file that must exist.
     *
     * @param file told apart by its ending: {@code .json}, {@code .properties}, otherwise HOCON
     * @return a new configuration in which the file wins over what was there
     */
    public SparkConfig withFile(Path file) {
        return with(new File(Objects.requireNonNull(file, "file"), true));
    }

    /**
     * Adds HOCON text.
     *
     * @param hocon the text
     * @param origin what error messages call it, for example {@code "test"}
     * @return a new configuration in which the text wins over what was there
     */
    public SparkConfig withText(String hocon, String origin) {
        return with(new Text(Objects.requireNonNull(hocon, "hocon"), Objects.requireNonNull(origin, "origin")));
    }

    /**
     * Adds one value.
     *
     * @param path full path, for example {@code "primespark.llm.strategy"}
     * @param value a string, number, boolean, {@link java.time.Duration}, {@link Path}, {@link java.net.URI},
     *     {@link java.time.Instant}, enum constant, {@link Secret}, {@link ProviderSpec}, or a list or a string-keyed map of these
     * @return a new configuration in which the value wins over what was there
     */
    public SparkConfig with(String path, Object value) {
        return with(new Value(Objects.requireNonNull(path, "path"), Objects.requireNonNull(value, "value")));
    }

    /**
     * Adds variables of the form {@code PRIMESPARK_LLM_STRATEGY}: the setting's path in upper case, with dots and dashes as
     * underscores. Variables that match no setting are logged as a warning, because orchestrators make some of that form.
     *
     * @param environment usually {@link System#getenv()}
     * @return a new configuration in which the variables win over what was there
     */
    public SparkConfig withEnvironment(Map<String, String> environment) {
        return with(new Environment(Map.copyOf(environment)));
    }

    /**
     * Adds the system properties below {@code primespark.}, read when the instance is built.
     *
     * @return a new configuration in which they win over what was there
     */
    public SparkConfig withSystemProperties() {
        return with(new SystemProperties());
    }

    /**
     * Adds a source.
     *
     * @param source the source
     * @return a new configuration in which the source wins over what was there
     */
    public SparkConfig with(Source source) {
        List<Source> all = new ArrayList<>(sources);
        all.add(Objects.requireNonNull(source, "source"));
        return new SparkConfig(all);
    }

    /**
     * All sources.
     *
     * @return lowest first; unmodifiable
     */
    public List<Source> sources() {
        return sources;
    }

    @Override
    public String toString() {
        return "SparkConfig" + sources.stream().map(Source::name).toList();
    }

    /** One place that settings come from. */
    public sealed interface Source permits File, Resource, Text, Value, Environment, SystemProperties {
        /**
         * What error messages call it.
         *
         * @return a short name without any value
         */
        String name();
    }

    /**
     * A file.
     *
     * @param path relative paths are resolved against the working directory
     * @param required whether its absence is an error
     */
    public record File(Path path, boolean required) implements Source {
        @Override
        public String name() {
            return path.toString();
        }
    }

    /**
     * A class-path resource.
     *
     * @param path without a leading slash
     * @param required whether its absence is an error
     */
    public record Resource(String path, boolean required) implements Source {
        @Override
        public String name() {
            return "classpath:" + path;
        }
    }

    /**
     * HOCON text.
     *
     * @param hocon the text
     * @param origin what error messages call it
     */
    public record Text(String hocon, String origin) implements Source {
        @Override
        public String name() {
            return origin;
        }

        @Override
        public String toString() {
            return "Text[" + origin + "]";
        }
    }

    /**
     * One value.
     *
     * @param path full path
     * @param value see {@link SparkConfig#with(String, Object)}
     */
    public record Value(String path, Object value) implements Source {
        @Override
        public String name() {
            return "program:" + path;
        }

        @Override
        public String toString() {
            return "Value[" + path + "]";
        }
    }

    /**
     * Environment variables.
     *
     * @param variables by name
     */
    public record Environment(Map<String, String> variables) implements Source {
        @Override
        public String name() {
            return "environment";
        }

        @Override
        public String toString() {
            return "Environment[" + variables.size() + " variables]";
        }
    }

    /** The system properties below {@code primespark.}. */
    public record SystemProperties() implements Source {
        @Override
        public String name() {
            return "system properties";
        }
    }
}
