package ai.primespark.core.config;

import ai.primespark.core.discovery.ProviderKind;
import ai.primespark.core.discovery.Providers;
import ai.primespark.spi.Setting;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One section of the configuration.
 *
 * @param name below {@code primespark}; empty for {@code primespark} itself
 * @param title for the reference
 * @param settings what it understands, the list of providers included
 * @param providers its list of providers, or null
 * @param further lists of providers of other kinds; types of all of them have their defaults under {@code types}
 */
public record Section(
        String name,
        String title,
        List<Setting<?>> settings,
        @Nullable ProviderList providers,
        List<ProviderList> further) {

    /** One list at most. */
    public Section(String name, String title, List<Setting<?>> settings, @Nullable ProviderList providers) {
        this(name, title, settings, providers, List.of());
    }

    /**
     * A setting that lists instances of providers.
     *
     * @param setting its name in the section
     * @param kind what is listed
     * @param noun one of them, in words
     * @param common settings that every entry understands, besides {@code type}, {@code id} and those of its provider
     * @param defaults the types to use, with their default settings, when the configuration has no such list
     * @param single whether there is exactly one, written as an object and not as a list
     */
    public record ProviderList(
            String setting,
            ProviderKind kind,
            String noun,
            List<Setting<?>> common,
            Function<Providers, List<String>> defaults,
            boolean single) {

        /** Any number of them. */
        public ProviderList(
                String setting,
                ProviderKind kind,
                String noun,
                List<Setting<?>> common,
                Function<Providers, List<String>> defaults) {
            this(setting, kind, noun, common, defaults, false);
        }
    }

    /** All lists of providers. */
    public List<ProviderList> providerLists() {
        return Stream.concat(Stream.ofNullable(providers), further.stream()).toList();
    }

    /** The full path of a setting. */
    public String path(String setting) {
        return name.isEmpty() ? "primespark." + setting : "primespark." + name + "." + setting;
    }
}
