package ai.primespark.core.memory;

import ai.primespark.core.runtime.DurableFiles;
import ai.primespark.spi.TierKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When keys were last read from a tier or written, to the minute, in a megabyte however many keys there are. Keys share slots: a
 * key may seem to have been used later than it was, never earlier, so what is in use is never taken for cold. Takes no memory
 * and notes nothing until something wants to evict. Thread-safe.
 */
final class AccessLog {

    private static final Logger LOG = LoggerFactory.getLogger(AccessLog.class);
    private static final int SLOTS = 1 << 18;
    private static final int MAGIC = 0x50534131; // "PSA1"
    private static final long MINUTE = 60_000;

    private final InstantSource clock;
    private final Path file;
    private volatile @Nullable AtomicIntegerArray slots;
    private volatile int floor;

    AccessLog(InstantSource clock, Path file) {
        this.clock = clock;
        this.file = file;
    }

    /** Begins to note; goes on where the process before has left off. */
    synchronized void enable() {
        if (slots != null) {
            return;
        }
        AtomicIntegerArray made = new AtomicIntegerArray(SLOTS);
        try {
            ByteBuffer saved = Files.exists(file) ? ByteBuffer.wrap(Files.readAllBytes(file)) : ByteBuffer.allocate(0);
            if (saved.remaining() == 4 + 4 * SLOTS && saved.getInt() == MAGIC) {
                for (int i = 0; i < SLOTS; i++) {
                    made.set(i, saved.getInt());
                }
            } else {
                floor = minute(clock.millis()); // nothing is known of before, so everything counts as used now
            }
        } catch (IOException e) {
            floor = minute(clock.millis());
            LOG.warn("What was used when is not known, because {} cannot be read: {}", file, e.toString());
        }
        slots = made;
    }

    void touch(TierKey key) {
        AtomicIntegerArray now = slots;
        if (now != null) {
            now.lazySet(slot(key), minute(clock.millis()));
        }
    }

    /** For how many minutes a key has not been used, as far as can be told; a write that is not noted counts, too. */
    int idleMinutes(TierKey key, long writtenMillis) {
        AtomicIntegerArray now = slots;
        int used = Math.max(floor, minute(writtenMillis));
        if (now != null) {
            used = Math.max(used, now.get(slot(key)));
        }
        return Math.max(0, minute(clock.millis()) - used);
    }

    /** Keeps what was noted for the next process. */
    synchronized void save() {
        AtomicIntegerArray now = slots;
        if (now == null) {
            return;
        }
        ByteBuffer bytes = ByteBuffer.allocate(4 + 4 * SLOTS).putInt(MAGIC);
        for (int i = 0; i < SLOTS; i++) {
            bytes.putInt(Math.max(floor, now.get(i)));
        }
        try {
            DurableFiles.replace(file, bytes.array());
        } catch (IOException e) {
            LOG.warn(
                    "What was used when will not be known after a restart: {} cannot be written: {}",
                    file,
                    e.toString());
        }
    }

    private static int minute(long millis) {
        return (int) Math.max(0, millis / MINUTE);
    }

    private static int slot(TierKey key) {
        return (int) (KeyHash.of(key.key()) ^ key.namespace().hashCode()) & SLOTS - 1;
    }
}
