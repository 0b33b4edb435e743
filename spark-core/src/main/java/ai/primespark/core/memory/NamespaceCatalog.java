package ai.primespark.core.memory;

import ai.primespark.Zone;
import ai.primespark.core.runtime.StateJson;
import ai.primespark.memory.Ack;
import ai.primespark.memory.Compression;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.memory.UnknownPolicy;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Every namespace that this instance ever opened, with its options, in a small file. What runs before an application has opened
 * its namespaces (the journal's replay, repair, demotion) learns here how far their values may travel and whether they are
 * encrypted. Thread-safe.
 *
 * <p>A file that cannot be read stops the start: without it, private values might travel farther than they may.
 */
final class NamespaceCatalog {

    private final Path file;
    private final Map<String, Known> known = new TreeMap<>(); // guarded by this

    /** A namespace as it was opened, and from where on it was sealed then, whether it said so itself or the settings did. */
    private record Known(NamespaceOptions options, @Nullable Zone sealedFrom) {}

    NamespaceCatalog(Path file) {
        this.file = file;
        if (Files.exists(file)) {
            try {
                for (ConfigValue each :
                        StateJson.read(file).getObject("namespaces").values()) {
                    Config entry = ((ConfigObject) each).toConfig();
                    known.put(entry.getString("name"), new Known(options(entry), sealedFrom(entry)));
                }
            } catch (IOException | RuntimeException e) {
                throw new MemoryException(
                        "cannot read " + file + " (" + e.getClass().getSimpleName()
                                + "), which says how far the values of each namespace may travel; restore it from a"
                                + " backup, or remove it and open every namespace once before tiers beyond the edge are"
                                + " configured",
                        false,
                        e);
            }
        }
    }

    /** How a namespace was opened. */
    synchronized Optional<NamespaceOptions> options(String name) {
        return Optional.ofNullable(known.get(name)).map(Known::options);
    }

    /** How it was opened, with the zone from which it was sealed then. */
    synchronized Optional<NamespaceOptions> sealed(String name) {
        return Optional.ofNullable(known.get(name))
                .map(its ->
                        its.sealedFrom() == null ? its.options() : its.options().withEncryptionFrom(its.sealedFrom()));
    }

    /** How all of them were opened, by name. */
    synchronized Map<String, NamespaceOptions> all() {
        Map<String, NamespaceOptions> all = new LinkedHashMap<>();
        known.forEach((name, its) -> all.put(name, its.options()));
        return all;
    }

    /** Remembers a namespace; on disk when this returns. */
    synchronized void remember(String name, NamespaceOptions options, @Nullable Zone sealedFrom) {
        Known now = new Known(options, sealedFrom);
        Known before = known.put(name, now);
        if (now.equals(before)) {
            return;
        }
        Map<String, Map<String, Object>> entries = new TreeMap<>();
        known.forEach((each, its) -> entries.put(each, entry(each, its)));
        try {
            StateJson.replace(file, Map.of("namespaces", entries));
        } catch (IOException e) {
            if (before == null) {
                known.remove(name);
            } else {
                known.put(name, before);
            }
            throw new MemoryException(
                    "cannot open namespace '" + name + "': " + file + " cannot be written: " + e, true, e);
        }
    }

    private static Map<String, Object> entry(String name, Known known) {
        NamespaceOptions options = known.options();
        Map<String, Object> entry = new TreeMap<>();
        entry.put("name", name);
        entry.put("codec", options.codec());
        entry.put("reach", options.reach().name());
        options.ackLevel().ifPresent(ack -> entry.put("ack", ack.toString()));
        options.ttl().ifPresent(ttl -> entry.put("ttlMillis", ttl.toMillis()));
        entry.put("unknown", options.unknown().name());
        entry.put("compression", options.compression().name());
        options.encryptionFrom().ifPresent(zone -> entry.put("encryptFrom", zone.name()));
        if (known.sealedFrom() != null) {
            entry.put("sealedFrom", known.sealedFrom().name());
        }
        entry.put("absentLifeMillis", options.absentLife().toMillis());
        entry.put("staleLifeMillis", options.staleLife().toMillis());
        entry.put("urgent", options.urgent());
        return entry;
    }

    private static @Nullable Zone sealedFrom(Config entry) {
        return entry.hasPath("sealedFrom") ? entry.getEnum(Zone.class, "sealedFrom") : null;
    }

    private static NamespaceOptions options(Config entry) {
        NamespaceOptions options = NamespaceOptions.DEFAULT
                .withCodec(entry.getString("codec"))
                .withReach(entry.getEnum(Zone.class, "reach"))
                .withUnknown(entry.getEnum(UnknownPolicy.class, "unknown"))
                .withCompression(entry.getEnum(Compression.class, "compression"))
                .withAbsentLife(Duration.ofMillis(entry.getLong("absentLifeMillis")))
                .withStaleLife(Duration.ofMillis(entry.getLong("staleLifeMillis")))
                .withUrgent(entry.getBoolean("urgent"));
        if (entry.hasPath("ack")) {
            options = options.withAck(Ack.parse(entry.getString("ack")));
        }
        if (entry.hasPath("ttlMillis")) {
            options = options.withTtl(Duration.ofMillis(entry.getLong("ttlMillis")));
        }
        return entry.hasPath("encryptFrom")
                ? options.withEncryptionFrom(entry.getEnum(Zone.class, "encryptFrom"))
                : options;
    }
}
