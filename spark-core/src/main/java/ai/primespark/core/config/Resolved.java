package ai.primespark.core.config;

import ai.primespark.SystemInfo;
import ai.primespark.core.discovery.ProviderKind;
import ai.primespark.spi.Setting;
import ai.primespark.spi.Settings;
import ai.primespark.spi.SparkProvider;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A configuration without problems.
 *
 * @param sections by name
 * @param instances of providers in their configured order; a kind without a list in any section is missing
 * @param info every setting in force by its full path, secrets masked
 */
public record Resolved(
        Map<String, Settings> sections,
        Map<ProviderKind, List<Instance>> instances,
        Map<String, SystemInfo.SettingInfo> info) {

    /**
     * An instance to make.
     *
     * @param provider what makes it
     * @param id unique in its kind
     * @param settings of the provider
     * @param common settings of the section's list
     * @param path where it stands, for messages
     * @param origin where it was written
     */
    public record Instance(
            SparkProvider provider, String id, Settings settings, Settings common, String path, String origin) {}

    /** A section's settings. */
    public Settings section(String name) {
        return Objects.requireNonNull(sections.get(name), name);
    }

    /** The instances of a kind, in order. */
    public List<Instance> instances(ProviderKind kind) {
        return instances.getOrDefault(kind, List.of());
    }

    /** The value of one setting, without naming its section twice. */
    public <T> T get(String section, Setting<T> setting) {
        return section(section).get(setting);
    }
}
