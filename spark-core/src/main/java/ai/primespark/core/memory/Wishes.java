package ai.primespark.core.memory;

import ai.primespark.core.runtime.DurableFiles;
import ai.primespark.memory.MemoryException;
import ai.primespark.spi.TierKey;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which keys this machine keeps, and which it was asked to let go from its hotter tiers, in a small file. What was let go is not
 * copied back by repair; of those only the latest are remembered, because forgetting one costs no more than a copy. Thread-safe.
 */
final class Wishes {

    static final int MOST = 10_000;

    /** Made when a file is read or written: making it takes longer than the rest of a start. */
    private static final class Json {
        static final JsonMapper MAPPER = JsonMapper.builder().build();
    }

    private final Path file;
    private final LinkedHashSet<TierKey> pinned = new LinkedHashSet<>(); // guarded by this
    private final LinkedHashSet<TierKey> demoted = new LinkedHashSet<>(); // guarded by this
    private boolean forgotten; // guarded by this

    /** A key in the file. */
    record Name(String namespace, String key) {
        static Name of(TierKey key) {
            return new Name(key.namespace(), key.key());
        }
    }

    /** The file's content. */
    record Content(int format, List<Name> pinned, List<Name> demoted, boolean forgotten) {}

    Wishes(Path file) {
        this.file = file;
        if (Files.exists(file)) {
            try {
                Content content = Json.MAPPER.readValue(Files.readAllBytes(file), Content.class);
                if (content.format() != 1) {
                    throw new IOException("unknown format " + content.format());
                }
                content.pinned().forEach(name -> pinned.add(TierKey.of(name.namespace(), name.key())));
                forgotten = content.forgotten();
                content.demoted().forEach(name -> demoted.add(TierKey.of(name.namespace(), name.key())));
            } catch (IOException | RuntimeException e) {
                throw new MemoryException(
                        "cannot read " + file + " (" + e.getClass().getSimpleName()
                                + "), which says what this machine must keep; restore it from a backup, or remove it and"
                                + " pin again what must be kept",
                        false,
                        e);
            }
        }
    }

    synchronized boolean isPinned(TierKey key) {
        return pinned.contains(key);
    }

    synchronized boolean isDemoted(TierKey key) {
        return demoted.contains(key);
    }

    /** Whether keys were let go that are not remembered any more. */
    synchronized boolean hasForgotten() {
        return forgotten;
    }

    /** The pinned keys of a namespace. */
    synchronized Set<String> pinned(String namespace) {
        return pinned.stream()
                .filter(key -> key.namespace().equals(namespace))
                .map(TierKey::key)
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** On disk when this returns. */
    synchronized void pin(TierKey key, boolean wanted) {
        if (wanted && !pinned.contains(key) && pinned.size() >= MOST) {
            throw new MemoryException(
                    "cannot pin key '" + key.key() + "': " + MOST
                            + " keys are pinned already; unpin some, or give their namespace a tier of its own",
                    false,
                    null);
        }
        boolean forgotten = wanted && demoted.remove(key);
        if ((wanted ? pinned.add(key) : pinned.remove(key)) || forgotten) {
            try {
                save();
            } catch (IOException e) {
                boolean unused = wanted ? pinned.remove(key) : pinned.add(key);
                throw new MemoryException(
                        "cannot " + (wanted ? "pin" : "unpin") + " key '" + key.key() + "': " + file
                                + " cannot be written: " + e,
                        true,
                        e);
            }
        }
    }

    /** Remembers that a key was let go. */
    synchronized void demoted(TierKey key) throws IOException {
        boolean known = demoted.remove(key);
        boolean unused = demoted.add(key);
        Iterator<TierKey> oldest = demoted.iterator();
        while (demoted.size() > MOST) {
            TierKey gone = oldest.next();
            oldest.remove();
            known &= !gone.equals(key);
            forgotten = true;
        }
        if (!known) {
            save();
        }
    }

    private void save() throws IOException {
        Content content = new Content(1, names(pinned), names(demoted), forgotten);
        DurableFiles.replace(file, Json.MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(content));
    }

    private static List<Name> names(Set<TierKey> keys) {
        List<Name> names = new ArrayList<>();
        keys.forEach(key -> names.add(Name.of(key)));
        return names;
    }
}
