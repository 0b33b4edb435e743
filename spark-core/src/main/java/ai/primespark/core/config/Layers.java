package ai.primespark.core.config;

import ai.primespark.ConfigProblem;
import ai.primespark.ProviderSpec;
import ai.primespark.Secret;
import ai.primespark.SparkConfig;
import ai.primespark.spi.Setting;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads every source and lays them over each other. What cannot be read becomes a problem, and the rest is read all the same. */
final class Layers {

    private static final Logger LOG = LoggerFactory.getLogger(Layers.class);
    private static final String ENVIRONMENT_PREFIX = "PRIMESPARK_";
    private static final String PROPERTY_PREFIX = "primespark.";
    private static final String FILE_PROPERTY = "primespark.config"; // names the file; not a setting

    private final Map<String, Setting<?>> knownPaths;
    private final List<ConfigProblem> problems;

    Layers(Map<String, Setting<?>> knownPaths, List<ConfigProblem> problems) {
        this.knownPaths = knownPaths;
        this.problems = problems;
    }

    /**
     * Reads and merges.
     *
     * @param config the application's sources
     * @param program values of the builder by full path
     */
    Config merge(SparkConfig config, Map<String, Object> program) {
        Config merged = guarded("reference.conf", () -> onlyOurs(resources("reference.conf", false)));
        for (SparkConfig.Source source : config.sources()) {
            merged = guarded(source.name(), () -> read(source)).withFallback(merged);
        }
        for (Map.Entry<String, Object> value : program.entrySet()) {
            merged = guarded(value.getKey(), () -> value(value.getKey(), value.getValue(), Origins.PROGRAM))
                    .withFallback(merged);
        }
        return resolve(merged);
    }

    /**
     * Resolves everything as far as possible and takes what is ours: other settings in the same files may refer to what they
     * like. (Resolving only ours with the whole as the source fails in the library where a reference overrides a default.)
     */
    private Config resolve(Config merged) {
        try {
            Config resolved = merged.resolve(ConfigResolveOptions.defaults().setAllowUnresolved(true));
            return resolvedPart(onlyOurs(resolved).root(), "").toConfig();
        } catch (ConfigException e) {
            problems.add(unreadable("configuration", e));
            return ConfigFactory.empty();
        }
    }

    /** Without the settings that could not be resolved, each of which is a problem; the others are checked all the same. */
    private ConfigObject resolvedPart(ConfigObject object, String path) {
        ConfigObject kept = object;
        for (String key : List.copyOf(object.keySet())) {
            ConfigValue value = object.get(key);
            try {
                if (value instanceof ConfigObject nested) {
                    kept = kept.withValue(key, resolvedPart(nested, path + key + "."));
                } else if (value != null) {
                    Object unused = value.unwrapped();
                }
            } catch (ConfigException.NotResolved e) {
                kept = kept.withoutKey(key);
                problems.add(new ConfigProblem(
                        path + key,
                        Origins.of(value.origin()),
                        "a ${…} refers to something that is not set",
                        "set it, or write ${?…} to leave the setting out when it is missing"));
            }
        }
        return kept;
    }

    private interface Reading {
        Config get();
    }

    private Config guarded(String name, Reading reading) {
        try {
            return reading.get();
        } catch (ConfigException e) {
            problems.add(unreadable(name, e));
            return ConfigFactory.empty();
        }
    }

    /** Without the parser's own words: they quote the text around the mistake, which may be a secret. */
    private static ConfigProblem unreadable(String name, ConfigException e) {
        if (e instanceof ConfigException.IO) {
            return new ConfigProblem(
                    "primespark", name, "cannot be read: " + e.getMessage(), "check that it exists and may be read");
        }
        return new ConfigProblem(
                "primespark",
                e.origin() == null ? name : Origins.of(e.origin()),
                "is not valid HOCON at this place",
                "look for a missing quote, bracket or comma there or just above");
    }

    private Config read(SparkConfig.Source source) {
        if (source instanceof SparkConfig.File file) {
            return ConfigFactory.parseFile(
                    file.path().toFile(), ConfigParseOptions.defaults().setAllowMissing(!file.required()));
        }
        if (source instanceof SparkConfig.Resource resource) {
            return resources(resource.path(), resource.required());
        }
        if (source instanceof SparkConfig.Text text) {
            return ConfigFactory.parseString(
                    text.hocon(), ConfigParseOptions.defaults().setOriginDescription(text.origin()));
        }
        if (source instanceof SparkConfig.Value value) {
            return value(value.path(), value.value(), Origins.PROGRAM);
        }
        if (source instanceof SparkConfig.Environment environment) {
            return environment(environment.variables());
        }
        return systemProperties();
    }

    private static Config resources(String path, boolean required) {
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        ClassLoader loader = context != null ? context : Layers.class.getClassLoader();
        ConfigParseOptions options = ConfigParseOptions.defaults().setAllowMissing(!required);
        return ConfigFactory.parseResources(loader, path, options);
    }

    /** Other libraries have a reference.conf too, with substitutions that are none of our business. */
    private static Config onlyOurs(Config all) {
        return all.root().containsKey("primespark") ? all.withOnlyPath("primespark") : ConfigFactory.empty();
    }

    private Config environment(Map<String, String> variables) {
        Config layer = ConfigFactory.empty();
        for (Map.Entry<String, String> variable : new TreeMap<>(variables).entrySet()) {
            if (!variable.getKey().startsWith(ENVIRONMENT_PREFIX)) {
                continue;
            }
            String path = knownPaths.keySet().stream()
                    .filter(known -> variableName(known).equals(variable.getKey()))
                    .findFirst()
                    .orElse(null);
            if (path == null) {
                LOG.warn("The environment variable {} matches no setting and is ignored", variable.getKey());
            } else {
                String origin = Origins.VARIABLE + variable.getKey();
                layer = guarded(origin, () -> text(path, variable.getValue(), origin))
                        .withFallback(layer);
            }
        }
        return layer;
    }

    private static String variableName(String path) {
        return path.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    private Config systemProperties() {
        Config layer = ConfigFactory.empty();
        for (String name : new TreeSet<>(System.getProperties().stringPropertyNames())) {
            String value = System.getProperty(name);
            if (name.startsWith(PROPERTY_PREFIX) && !name.equals(FILE_PROPERTY) && value != null) {
                layer = guarded(name, () -> text(name, value, Origins.PROPERTY + name))
                        .withFallback(layer);
            }
        }
        return layer;
    }

    /** A text from outside: lists and maps are written as in a file, everything else is taken to the letter. */
    private Config text(String path, String text, String origin) {
        String trimmed = text.strip();
        if ((trimmed.startsWith("[") || trimmed.startsWith("{")) && !isPlainText(path, text)) {
            return ConfigFactory.parseString(
                    ConfigUtil.joinPath(ConfigUtil.splitPath(path)) + " = " + trimmed,
                    ConfigParseOptions.defaults().setOriginDescription(origin));
        }
        return at(path, ConfigValueFactory.fromAnyRef(text, origin), origin);
    }

    /** A password may well begin with a bracket. */
    private boolean isPlainText(String path, String text) {
        Setting<?> setting = knownPaths.get(path);
        try {
            return setting != null && setting.parse(text) != null;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Unlike {@link ConfigValue#atPath}, with the origin on the way to the value, too: problems may be found there. */
    private static Config at(String path, ConfigValue value, String origin) {
        return ConfigFactory.parseMap(Map.of(path, value), origin);
    }

    private static Config value(String path, Object value, String origin) {
        return at(path, toConfigValue(value, origin), origin);
    }

    private static ConfigValue toConfigValue(Object value, String origin) {
        if (value instanceof ProviderSpec spec) {
            Map<String, Object> plain = new LinkedHashMap<>();
            spec.toMap().forEach((key, v) -> plain.put(key, toConfigValue(v, origin)));
            return ConfigFactory.parseMap(plain, origin).root();
        }
        if (value instanceof List<?> list) {
            return ConfigValueFactory.fromIterable(
                    list.stream().map(item -> toConfigValue(item, origin)).toList(), origin);
        }
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> plain = new LinkedHashMap<>();
            map.forEach((key, v) -> plain.put(String.valueOf(key), toConfigValue(v, origin)));
            return ConfigValueFactory.fromMap(plain, origin);
        }
        return ConfigValueFactory.fromAnyRef(plain(value), origin);
    }

    private static final Map<Class<?>, Function<Object, Object>> PLAIN = Map.of(
            Secret.class, value -> ((Secret) value).reveal(),
            Duration.class, Object::toString,
            Path.class, Object::toString,
            URI.class, Object::toString,
            Instant.class, Object::toString,
            Enum.class, value -> ((Enum<?>) value).name(),
            String.class, value -> value,
            Number.class, value -> value,
            Boolean.class, value -> value);

    private static Object plain(Object value) {
        return PLAIN.entrySet().stream()
                .filter(entry -> entry.getKey().isInstance(value))
                .map(entry -> entry.getValue().apply(value))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "a setting cannot be a " + value.getClass().getName() + "; known are "
                                + Arrays.toString(PLAIN.keySet().stream()
                                        .map(Class::getSimpleName)
                                        .sorted()
                                        .toArray())));
    }
}
