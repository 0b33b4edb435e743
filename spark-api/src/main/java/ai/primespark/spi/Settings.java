package ai.primespark.spi;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;

/**
 * Checked values of declared settings. Immutable and thread-safe; {@link #toString()} masks secrets.
 *
 * <p>The engine makes these from the configuration; {@link #of(List, Map)} makes them in a test.
 */
public final class Settings {

    private final Map<Setting<?>, Object> values;

    private Settings(Map<Setting<?>, Object> values) {
        this.values = values;
    }

    /**
     * Checks values against declared settings and fills in the defaults.
     *
     * @param declared the settings that are understood
     * @param raw values by setting name, as text or typed
     * @return the checked settings
     * @throws IllegalArgumentException for an unknown name, a missing required setting or a value that is refused; the message
     *     names the setting
     */
    public static Settings of(List<Setting<?>> declared, Map<String, ?> raw) {
        Map<Setting<?>, Object> values = new LinkedHashMap<>();
        for (Setting<?> setting : declared) {
            Object given = raw.get(setting.name());
            if (given != null) {
                try {
                    values.put(setting, setting.parse(given));
                } catch (IllegalArgumentException e) {
                    throw new IllegalArgumentException(setting.name() + ": " + e.getMessage(), e);
                }
            } else if (setting.defaultValue().isPresent()) {
                values.put(setting, setting.defaultValue().get());
            } else if (setting.isRequired()) {
                throw new IllegalArgumentException(setting.name() + ": is required (" + setting.description() + ")");
            }
        }
        for (String name : raw.keySet()) {
            if (declared.stream().noneMatch(s -> s.name().equals(name))) {
                throw new IllegalArgumentException(name + ": unknown setting, known are "
                        + declared.stream().map(Setting::name).toList());
            }
        }
        return new Settings(values);
    }

    /**
     * The value of a setting that is required or has a default.
     *
     * @param setting one of those declared
     * @param <T> the setting's type
     * @return the value
     * @throws NoSuchElementException when the setting is optional and not set, or was not declared
     */
    public <T> T get(Setting<T> setting) {
        return find(setting)
                .orElseThrow(() -> new NoSuchElementException("setting '" + setting.name() + "' has no value"));
    }

    /**
     * The value of a setting.
     *
     * @param setting one of those declared
     * @param <T> the setting's type
     * @return empty when it is optional and not set
     */
    public <T> Optional<T> find(Setting<T> setting) {
        Object value = values.get(Objects.requireNonNull(setting, "setting"));
        return Optional.ofNullable(setting.cast(value));
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("Settings[");
        values.forEach((setting, value) -> text.append(text.length() > 9 ? ", " : "")
                .append(setting.name())
                .append('=')
                .append(setting.isSecret() ? "***" : value));
        return text.append(']').toString();
    }
}
