package ai.primespark.core.discovery;

import ai.primespark.SystemInfo;
import ai.primespark.spi.SparkProvider;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All providers of an instance, usable or not. One that cannot be loaded, or that was built against another level of the SPI,
 * takes no other with it: it stands in the list with its problem, and only naming it is an error.
 */
public final class Providers {

    private static final Logger LOG = LoggerFactory.getLogger(Providers.class);
    private static final int MAX_BROKEN = 100; // an iterator that cannot get past its own error must still end

    private final List<Found> found;

    private Providers(List<Found> found) {
        this.found = List.copyOf(found);
    }

    /** Where a provider comes from; an earlier origin wins over a later one of the same kind and name. */
    public enum Origin {
        GIVEN,
        EMBEDDED,
        DISCOVERED
    }

    /** A provider, or what is known of one that cannot be used ({@code provider} is then empty). */
    public record Found(
            ProviderKind kind,
            String name,
            Optional<SparkProvider> provider,
            String implementation,
            Origin origin,
            String problem) {

        boolean usable() {
            return provider.isPresent() && problem.isEmpty();
        }
    }

    /**
     * Collects providers.
     *
     * @param given by the application
     * @param embedded in the engine
     * @param discover whether to look on the run-time path
     */
    public static Providers collect(List<SparkProvider> given, List<SparkProvider> embedded, boolean discover) {
        List<Found> all = new ArrayList<>();
        given.forEach(p -> all.add(examine(ProviderKind.of(p), p, Origin.GIVEN)));
        embedded.forEach(p -> all.add(examine(ProviderKind.of(p), p, Origin.EMBEDDED)));
        if (discover) {
            Set<Class<?>> seen = new HashSet<>();
            for (ClassLoader loader : loaders()) {
                for (ProviderKind kind : ProviderKind.values()) {
                    discover(kind, loader, seen, all);
                }
            }
        }
        all.stream()
                .filter(f -> !f.problem().isEmpty())
                .forEach(f ->
                        LOG.warn("Ignoring {} provider {}: {}", f.kind().label(), f.implementation(), f.problem()));
        return new Providers(all);
    }

    private static List<ClassLoader> loaders() {
        List<ClassLoader> loaders = new ArrayList<>(2);
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        if (context != null) {
            loaders.add(context);
        }
        ClassLoader own = Providers.class.getClassLoader();
        if (own != null && own != context) {
            loaders.add(own);
        }
        return loaders;
    }

    private static void discover(ProviderKind kind, ClassLoader loader, Set<Class<?>> seen, List<Found> all) {
        Iterator<? extends SparkProvider> providers = kind.find(loader);
        Set<String> broken = new HashSet<>();
        for (int failures = 0; failures < MAX_BROKEN; ) {
            try {
                if (!providers.hasNext()) {
                    return;
                }
                SparkProvider provider = providers.next();
                if (seen.add(provider.getClass())) {
                    all.add(examine(kind, provider, Origin.DISCOVERED));
                }
            } catch (ServiceConfigurationError | LinkageError e) {
                failures++;
                String why = reason(e);
                boolean known = all.stream().anyMatch(f -> f.problem().contains(why)) || !broken.add(why);
                if (!known) {
                    all.add(new Found(kind, "", Optional.empty(), why, Origin.DISCOVERED, "cannot be loaded: " + why));
                }
            }
        }
    }

    private static String reason(Error e) {
        if (e instanceof ServiceConfigurationError) {
            return e.getMessage() + (e.getCause() == null ? "" : ": " + e.getCause());
        }
        return e.toString(); // a linkage error's message is a mere class name
    }

    private static Found examine(ProviderKind kind, SparkProvider provider, Origin origin) {
        String implementation = provider.getClass().getName();
        try {
            String name = provider.name();
            String problem = "";
            if (!name.matches("[a-z][a-z0-9-]*")) {
                problem = "its name '" + name + "' is not [a-z][a-z0-9-]*";
            } else if (provider.spiLevel() > SparkProvider.SPI_LEVEL) {
                problem = "it was built against level " + provider.spiLevel()
                        + " of the plugin SPI, and this spark-api has level " + SparkProvider.SPI_LEVEL
                        + "; upgrade spark-api and spark-core";
            } else if (provider.spiLevel() < SparkProvider.OLDEST_SPI_LEVEL) {
                problem = "it was built against level " + provider.spiLevel()
                        + " of the plugin SPI, and the oldest still supported is " + SparkProvider.OLDEST_SPI_LEVEL
                        + "; upgrade the plugin";
            } else {
                Objects.requireNonNull(
                        provider.settings(), "settings"); // a plugin may fail to link here: better now than later
            }
            return new Found(kind, name, Optional.of(provider), implementation, origin, problem);
        } catch (RuntimeException | LinkageError e) {
            return new Found(
                    kind, "", Optional.of(provider), implementation, origin, "it fails when asked for its name: " + e);
        }
    }

    /** The outcome of a choice: a provider, or the words of the problem. */
    public record Choice(Optional<SparkProvider> provider, String problem) {}

    /**
     * Chooses by name. Given wins over embedded wins over discovered; two of the same origin are ambiguous.
     *
     * @param kind the kind
     * @param name the configured type
     */
    public Choice choose(ProviderKind kind, String name) {
        List<Found> named = ofKind(kind).stream()
                .filter(f -> f.name().equals(name))
                .sorted(Comparator.comparing(Found::origin))
                .toList();
        List<Found> usable = named.stream().filter(Found::usable).toList();
        if (!usable.isEmpty()) {
            Found best = usable.get(0);
            List<Found> rivals =
                    usable.stream().filter(f -> f.origin() == best.origin()).toList();
            if (rivals.size() > 1) {
                return problem("two providers call themselves '" + name + "': "
                        + rivals.stream().map(Found::implementation).collect(Collectors.joining(", "))
                        + "; keep one of them on the run-time path");
            }
            return new Choice(best.provider(), "");
        }
        if (!named.isEmpty()) {
            Found unusable = named.get(0);
            return problem("the provider '" + name + "' (" + unusable.implementation() + ") cannot be used: "
                    + unusable.problem());
        }
        return problem(null);
    }

    private static Choice problem(@Nullable String words) {
        return new Choice(Optional.empty(), words == null ? "unknown" : words);
    }

    /** Names of the usable providers of a kind, sorted. */
    public List<String> names(ProviderKind kind) {
        return ofKind(kind).stream()
                .filter(Found::usable)
                .map(Found::name)
                .distinct()
                .sorted()
                .toList();
    }

    /** What is there of a kind, for error messages: usable ones, and those that failed with their reasons. */
    public String describe(ProviderKind kind) {
        String broken = ofKind(kind).stream()
                .filter(f -> !f.usable())
                .map(f -> f.implementation() + " (" + f.problem() + ")")
                .collect(Collectors.joining("; "));
        return "available: " + names(kind) + (broken.isEmpty() ? "" : "; not usable: " + broken);
    }

    /** Names of the providers of a kind that are used when none is configured, sorted. */
    public List<String> defaults(ProviderKind kind) {
        return ofKind(kind).stream()
                .filter(Found::usable)
                .filter(f -> f.provider().orElseThrow().usedByDefault())
                .map(Found::name)
                .distinct()
                .sorted()
                .toList();
    }

    private List<Found> ofKind(ProviderKind kind) {
        return found.stream().filter(f -> f.kind() == kind).toList();
    }

    /** Everything that was found. */
    public List<SystemInfo.Provider> info() {
        return found.stream()
                .map(f -> new SystemInfo.Provider(
                        f.kind().label(),
                        f.name(),
                        f.implementation(),
                        f.origin().name().toLowerCase(Locale.ROOT),
                        f.problem()))
                .toList();
    }
}
