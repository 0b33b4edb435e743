package ai.primespark;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Names a provider by its type and says how to set it up: what {@code {type = ollama, id = edge, url = "http://pi:11434"}} says
 * in a configuration file.
 *
 * <pre>{@code
 * ProviderSpec.of("ollama").id("edge").with("url", URI.create("http://pi:11434"))
 * }</pre>
 *
 * <p>Immutable and thread-safe. {@link #toString()} never prints a setting's value.
 */
public final class ProviderSpec {

    private final String type;
    private final Map<String, Object> settings;

    private ProviderSpec(String type, Map<String, Object> settings) {
        if (type.isBlank() || settings.containsKey("type")) {
            throw new IllegalArgumentException("a provider has one type, which is not blank and not a setting");
        }
        this.type = type;
        this.settings = settings;
    }

    /**
     * Starts a specification.
     *
     * @param type the provider's {@linkplain ai.primespark.spi.SparkProvider#name() name}
     * @return a specification with the provider's default settings, whose id is the type
     */
    public static ProviderSpec of(String type) {
        return new ProviderSpec(Objects.requireNonNull(type, "type"), Map.of());
    }

    /**
     * Sets the instance's id, which must be unique among the instances of its kind.
     *
     * @param id {@code [a-z][a-z0-9-]*}
     * @return a new specification
     */
    public ProviderSpec id(String id) {
        return with("id", id);
    }

    /**
     * Sets one of the provider's settings.
     *
     * @param name the setting's name, for example {@code "url"}
     * @param value see {@link SparkConfig#with(String, Object)}
     * @return a new specification
     */
    public ProviderSpec with(String name, Object value) {
        Map<String, Object> copy = new LinkedHashMap<>(settings);
        copy.put(Objects.requireNonNull(name, "name"), Objects.requireNonNull(value, "value"));
        return new ProviderSpec(type, copy);
    }

    /**
     * The provider's name.
     *
     * @return never blank
     */
    public String type() {
        return type;
    }

    /**
     * The settings as a configuration file would say them, with the keys {@code type} and, if set, {@code id}.
     *
     * @return a copy
     */
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("type", type);
        map.putAll(settings);
        return map;
    }

    @Override
    public String toString() {
        return "ProviderSpec[" + type + ", " + settings.keySet() + "]";
    }
}
