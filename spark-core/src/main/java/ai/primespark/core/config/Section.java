package ai.primespark.core.config;

import ai.primespark.core.discovery.ProviderKind;
import ai.primespark.core.discovery.Providers;
import ai.primespark.spi.Setting;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One section of the configuration.
 *
 * @param name below {@code primespark}; empty for {@code primespark} itself
 * @param title for the reference
 * @param settings what it understands, the list of providers included
 * @param providers its list of providers, or null
 */
public record Section(
        String name,
        String title,
        List<Setting<?>> settings,
        @Nullable ProviderList providers) {

    /**
     * A setting that lists instances of providers.
     *
     * @param setting its name in the section
     * @param kind what is listed
     * @param noun one of them, in words
     * @param common settings that every entry understands, besides {@code type}, {@code id} and those of its provider
     * @param defaults the types to use, with their default settings, when the configuration has no such list
     */
    public record ProviderList(
            String setting,
            ProviderKind kind,
            String noun,
            List<Setting<?>> common,
            Function<Providers, List<String>> defaults) {}

    Optional<ProviderList> providerList() {
        return Optional.ofNullable(providers);
    }

    /** The full path of a setting. */
    public String path(String setting) {
        return name.isEmpty() ? "primespark." + setting : "primespark." + name + "." + setting;
    }
}
