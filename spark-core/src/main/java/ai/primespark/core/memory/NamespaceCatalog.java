package ai.primespark.core.memory;

import ai.primespark.Zone;
import ai.primespark.core.runtime.DurableFiles;
import ai.primespark.memory.Ack;
import ai.primespark.memory.Compression;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.memory.UnknownPolicy;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
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

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private final Path file;
    private final Map<String, NamespaceOptions> known = new TreeMap<>(); // guarded by this

    /** How options stand in the file. */
    record Entry(
            String codec,
            Zone reach,
            @Nullable String ack,
            @Nullable Long ttlMillis,
            UnknownPolicy unknown,
            Compression compression,
            @Nullable Zone encryptFrom,
            long absentLifeMillis,
            long staleLifeMillis,
            boolean urgent) {

        static Entry of(NamespaceOptions options) {
            return new Entry(
                    options.codec(),
                    options.reach(),
                    options.ackLevel().map(Ack::toString).orElse(null),
                    options.ttl().map(Duration::toMillis).orElse(null),
                    options.unknown(),
                    options.compression(),
                    options.encryptionFrom().orElse(null),
                    options.absentLife().toMillis(),
                    options.staleLife().toMillis(),
                    options.urgent());
        }

        NamespaceOptions options() {
            NamespaceOptions options = NamespaceOptions.DEFAULT
                    .withCodec(codec)
                    .withReach(reach)
                    .withUnknown(unknown)
                    .withCompression(compression)
                    .withAbsentLife(Duration.ofMillis(absentLifeMillis))
                    .withStaleLife(Duration.ofMillis(staleLifeMillis))
                    .withUrgent(urgent);
            options = ack == null ? options : options.withAck(Ack.parse(ack));
            options = ttlMillis == null ? options : options.withTtl(Duration.ofMillis(ttlMillis));
            return encryptFrom == null ? options : options.withEncryptionFrom(encryptFrom);
        }
    }

    /** The file's content. */
    record Content(int format, Map<String, Entry> namespaces) {}

    NamespaceCatalog(Path file) {
        this.file = file;
        if (Files.exists(file)) {
            try {
                Content content = MAPPER.readValue(Files.readAllBytes(file), Content.class);
                if (content.format() != 1) {
                    throw new IOException("unknown format " + content.format());
                }
                content.namespaces().forEach((name, entry) -> known.put(name, entry.options()));
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

    /** What is known of a namespace. */
    synchronized Optional<NamespaceOptions> options(String name) {
        return Optional.ofNullable(known.get(name));
    }

    /** All of them, by name. */
    synchronized Map<String, NamespaceOptions> all() {
        return new LinkedHashMap<>(known);
    }

    /** Remembers a namespace; on disk when this returns. */
    synchronized void remember(String name, NamespaceOptions options) {
        NamespaceOptions before = known.put(name, options);
        if (options.equals(before)) {
            return;
        }
        Map<String, Entry> entries = new TreeMap<>();
        known.forEach((each, its) -> entries.put(each, Entry.of(its)));
        try {
            DurableFiles.replace(file, MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(new Content(1, entries)));
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
}
