package ai.primespark.core;

import ai.primespark.core.llm.AnswerStore;
import ai.primespark.llm.Privacy;
import ai.primespark.memory.Ack;
import ai.primespark.memory.Compression;
import ai.primespark.memory.Lookup;
import ai.primespark.memory.Memory;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.memory.PutOptions;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers in memory's tiers: one namespace for each privacy, which reaches no farther than requests of that privacy may travel.
 * Thread-safe.
 *
 * <p>Nothing is journaled: a cache is not worth a sync of the disk for each answer, and must not fill the journal when a tier is
 * away. An orderly end brings what is on its way to the tiers; a crash may lose the latest answers.
 */
final class AnswersInMemory implements AnswerStore {

    private static final Logger LOG = LoggerFactory.getLogger(AnswersInMemory.class);

    private final BiFunction<String, NamespaceOptions, Memory> open;
    private final Map<Privacy, Place> places = new EnumMap<>(Privacy.class); // guarded by itself

    /** Where answers of one privacy are; {@code memory} is null when no tier may have them. */
    private record Place(@Nullable Memory memory) {}

    /** Opens namespaces by {@code open}, when the first answer needs one. */
    AnswersInMemory(BiFunction<String, NamespaceOptions, Memory> open) {
        this.open = open;
    }

    /** The namespace of a privacy: {@code llm-answers.edge-only}, {@code .trusted} or {@code .any}. */
    static String namespace(Privacy privacy) {
        return "llm-answers." + privacy.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    @Override
    public @Nullable String get(Privacy privacy, String key) {
        Memory memory = place(privacy);
        return memory != null && memory.get(key, String.class) instanceof Lookup.Found<String> found
                ? found.value()
                : null;
    }

    @Override
    public void put(Privacy privacy, String key, String value, Duration life) {
        Memory memory = place(privacy);
        if (memory != null) {
            var unused = memory.put(key, value, PutOptions.ack(Ack.MEMORY).withTtl(life));
        }
    }

    private @Nullable Memory place(Privacy privacy) {
        synchronized (places) {
            Place known = places.get(privacy);
            if (known == null) {
                known = new Place(open(privacy));
                places.put(privacy, known);
            }
            return known.memory();
        }
    }

    private @Nullable Memory open(Privacy privacy) {
        NamespaceOptions options = NamespaceOptions.DEFAULT
                .withReach(privacy.reach())
                .withCompression(Compression.ZSTD)
                .withAbsentLife(Duration.ZERO); // every miss has a key of its own
        try {
            return open.apply(namespace(privacy), options);
        } catch (IllegalArgumentException
                | IllegalStateException e) { // no tier so near, or the application has it already
            LOG.warn("Answers to {} requests are not kept in memory's tiers: {}", privacy, e.getMessage());
            return null;
        }
    }
}
