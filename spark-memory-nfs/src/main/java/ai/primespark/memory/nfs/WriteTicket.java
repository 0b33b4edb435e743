package ai.primespark.memory.nfs;

import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierException.Kind;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The right to replace one file, among any number of processes and machines, and the replacement itself.
 *
 * <p>File locks of NFS and SMB hang or are ignored, and a lock that a dead writer left must be broken although it may only be
 * slow. So the lock and what it protects are one thing: a ticket is a directory with a unique entry, the new content. Moving the
 * directory to the place of the lock takes the lock; the server does that only if nothing is there, or an empty directory. Moving
 * the entry from there to the final name publishes it. Whoever breaks a lock removes its entry, which cannot hit anybody else's
 * because its name is unique; a slow owner's publishing then fails, because there is nothing left to move. Afterwards only an
 * empty directory can be removed from the lock's place, so nobody removes a lock that was taken anew. No clock decides what is
 * right; clocks only decide how soon a dead writer's lock is broken.
 *
 * <p>The lock lies in the directory of the file it protects on purpose: taking it changes that directory, so that an NFS client
 * forgets what it had cached of the names in it, and the file that is read under the lock is the present one.
 */
final class WriteTicket implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(WriteTicket.class);

    private static final String REMOVED = "removed";
    private static final long MOST_PAUSE_NANOS = 20_000_000;

    private final Dir dir;
    private final String entry;
    private final Path aside;
    private Path at;
    private long writtenNanos;

    /** What tickets have in common. */
    record Dir(String who, Path tmp, String writer, long lifeMillis) {}

    private WriteTicket(Dir dir, String token) {
        this.dir = dir;
        this.entry = token + ".new";
        this.aside = dir.tmp().resolve(token);
        this.at = aside;
    }

    /**
     * Prepares a replacement.
     *
     * @param content what to publish; null when that will be known, or whether at all, under the lock only
     */
    static WriteTicket prepare(Dir dir, byte @Nullable [] content) throws IOException {
        return prepare(dir, entry -> {
            if (content == null) {
                Files.createFile(entry);
            } else {
                NasFiles.writeSynced(entry, content);
            }
        });
    }

    /** Prepares a removal, which takes the same right; its entry is a directory, for what is removed to be moved into. */
    static WriteTicket prepareRemoval(Dir dir) throws IOException {
        return prepare(dir, NasFiles::makeDirectory);
    }

    private interface Making {
        void make(Path entry) throws IOException;
    }

    private static WriteTicket prepare(Dir dir, Making making) throws IOException {
        String token = dir.writer() + "-"
                + Long.toHexString(ThreadLocalRandom.current().nextLong());
        WriteTicket ticket = new WriteTicket(dir, token);
        NasFiles.makeDirectory(ticket.aside);
        try {
            making.make(ticket.file());
            ticket.writtenNanos = System.nanoTime();
            return ticket;
        } catch (IOException | RuntimeException e) {
            ticket.close();
            throw e;
        }
    }

    private Path file() {
        return at.resolve(entry);
    }

    /** Writes the content under the lock. */
    void write(byte[] content) throws IOException {
        NasFiles.writeSynced(file(), content);
    }

    /**
     * Takes the lock.
     *
     * @return false when this ticket has grown old while it waited; prepare a new one
     * @throws TierException transient, when somebody else has it until the deadline
     */
    boolean claim(Path lock, Deadline deadline) throws IOException {
        long pause = 500_000;
        while (true) {
            if (tryClaim(lock)) {
                return true;
            }
            if (ageMillis() > dir.lifeMillis() / 2) {
                return false;
            }
            if (clear(lock, serverMillis())) {
                continue;
            }
            if (deadline.remainingNanos() < pause) {
                throw new TierException(
                        Kind.TRANSIENT, dir.who() + ": another process writes the same key until the time limit", null);
            }
            LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(pause / 2, pause));
            pause = Math.min(MOST_PAUSE_NANOS, 2 * pause);
        }
    }

    /** Now, by the file server's clock. */
    long serverMillis() throws IOException {
        return Files.getLastModifiedTime(file()).toMillis() + ageMillis();
    }

    private long ageMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - writtenNanos);
    }

    private boolean tryClaim(Path lock) throws IOException {
        try {
            NasFiles.moveAtomically(aside, lock);
        } catch (NoSuchFileException e) {
            // of a request that was sent twice the second finds nothing to move: is it there already?
            if (Files.notExists(lock.resolve(entry))) {
                if (Files.notExists(aside)) {
                    throw e;
                }
                NasFiles.makeDirectory(NasFiles.directory(lock)); // the shard is not there yet
                return false;
            }
        } catch (IOException e) {
            if (Faults.isThere(e)) {
                return false;
            }
            throw e;
        }
        at = lock;
        return true;
    }

    /**
     * Looks at a lock that somebody else has.
     *
     * @param now by the file server's clock
     * @return whether it is worth trying again at once
     */
    private boolean clear(Path lock, long now) throws IOException {
        boolean[] held = {false};
        NasFiles.each(lock, other -> {
            String name = NasFiles.name(other);
            if (name.startsWith(".nfs")) {
                held[0] = true; // kept by the server until somebody closes it; soon
                return true;
            }
            try {
                if (now - Files.getLastModifiedTime(other).toMillis() <= dir.lifeMillis()) {
                    held[0] = true;
                } else if (removeEntry(other)) {
                    LOG.info("{}: broke the lock that {} left on {}", dir.who(), name, lock);
                }
            } catch (NoSuchFileException e) {
                // released meanwhile
            }
            return true;
        });
        return !held[0] && removeEmpty(lock);
    }

    /**
     * Moves the content to its name.
     *
     * @return false when the lock was broken meanwhile, and nothing was published
     */
    boolean publish(Path target, boolean smb, Deadline deadline) throws IOException {
        try {
            NasFiles.patiently(() -> NasFiles.replace(file(), target), smb, deadline);
            return true;
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /**
     * Takes the file away. Not by deleting it at its place: a slow owner whose lock was broken would delete what others have
     * written there since.
     *
     * @return false when there was no file, or the lock was broken meanwhile
     */
    boolean remove(Path target) throws IOException {
        try {
            NasFiles.moveAtomically(target, file().resolve(REMOVED));
            return true;
        } catch (NoSuchFileException e) {
            return Files.exists(file().resolve(REMOVED)); // the request was sent twice
        }
    }

    /** Gives the lock back; what was not published is gone. */
    @Override
    public void close() {
        try {
            removeEntry(file());
            removeEmpty(at);
        } catch (IOException e) { // others break it, or sweep it
            LOG.warn("{}: could not release a lock: {}", dir.who(), e.toString());
        }
    }

    /** Removes a ticket's entry, with the file that a removal has moved into it. */
    private static boolean removeEntry(Path entry) throws IOException {
        try {
            return NasFiles.delete(entry);
        } catch (IOException e) {
            if (!Faults.isThere(e)) {
                throw e;
            }
            NasFiles.delete(entry.resolve(REMOVED));
            return NasFiles.delete(entry);
        }
    }

    private static boolean removeEmpty(Path directory) throws IOException {
        try {
            NasFiles.delete(directory);
            return true;
        } catch (DirectoryNotEmptyException e) { // somebody has taken it meanwhile
            return false;
        } catch (IOException e) {
            if (Faults.isThere(e)) {
                return false;
            }
            throw e;
        }
    }
}
