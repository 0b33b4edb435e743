package ai.primespark.core.journal;

import ai.primespark.core.journal.JournalException.Kind;
import ai.primespark.spi.Deadline;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link Journal} in a directory of a local disk. Whoever appends hands the entry over to one thread, which writes all that has
 * come together since it last looked, forces it to the disk once, and tells everybody. The thread begins with the first entry and
 * sleeps when there is nothing to do.
 */
public final class DiskJournal implements Journal {

    private static final Logger LOG = LoggerFactory.getLogger(DiskJournal.class);
    private static final long CLOSE_MILLIS = 10_000;

    private final Path directory;
    private final JournalOptions options;
    private final InstantSource clock;
    private final DirectoryLock directoryLock;
    private final JournalState state;
    private final SegmentWriter writer;
    private final long firstNewSequence;

    private DiskJournal(
            Path directory,
            JournalOptions options,
            InstantSource clock,
            SegmentFiles files,
            DirectoryLock directoryLock,
            Recovery found) {
        this.directory = directory;
        this.options = options;
        this.clock = clock;
        this.directoryLock = directoryLock;
        this.state = new JournalState(options, found);
        this.writer = new SegmentWriter(directory, options, files, state, found.nextSegment, this::copyOf);
        this.firstNewSequence = found.nextSequence;
    }

    /**
     * Opens a journal and checks everything in it.
     *
     * @param directory made when it is not there
     * @param options how it works
     * @param clock for the entries' times
     * @return the journal
     * @throws JournalException when the directory is in use or cannot be read, or a newer version wrote it
     */
    public static DiskJournal open(Path directory, JournalOptions options, InstantSource clock) {
        return open(directory, options, clock, new SegmentFiles());
    }

    static DiskJournal open(Path directory, JournalOptions options, InstantSource clock, SegmentFiles files) {
        DirectoryLock lock = null;
        try {
            Files.createDirectories(directory);
            lock = DirectoryLock.take(directory);
            Recovery recovery = new Recovery(directory);
            recovery.run();
            return new DiskJournal(directory, options, clock, files, lock, recovery);
        } catch (IOException | RuntimeException e) {
            if (lock != null) {
                try {
                    lock.close();
                } catch (IOException again) {
                    e.addSuppressed(again);
                }
            }
            if (e instanceof JournalException known) {
                throw known;
            }
            throw new JournalException(
                    Kind.UNUSABLE,
                    false,
                    "cannot open the journal in " + directory + " (" + e
                            + "); it needs a directory on a local disk that this program may write to",
                    e);
        }
    }

    @Override
    public JournalEntry append(int kind, byte[] payload, Deadline deadline) {
        checkKind(kind);
        Append append = state.enqueue(kind, payload, clock.millis(), deadline, this::startWriter);
        try {
            return append.done.get(Math.max(0, deadline.remainingNanos()), TimeUnit.NANOSECONDS);
        } catch (ExecutionException | CompletionException e) {
            throw failure(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw givenUp(append, "the thread was interrupted while it waited for the journal", e);
        } catch (TimeoutException e) {
            throw givenUp(append, "the disk of the journal in " + directory + " did not answer in time", e);
        }
    }

    private JournalException givenUp(Append append, String message, Exception cause) {
        boolean withdrawn = state.withdraw(append);
        if (!withdrawn) { // nobody will release it
            var unused = append.done.thenAccept(this::release);
        }
        return new JournalException(Kind.DISK, !withdrawn, message, cause);
    }

    private static JournalException failure(@Nullable Throwable cause) {
        return cause instanceof JournalException known // a new one has the caller's stack
                ? new JournalException(known.kind(), known.uncertain(), String.valueOf(known.getMessage()), known)
                : new JournalException(Kind.DISK, true, "the journal failed: " + cause, cause);
    }

    @Override
    public CompletableFuture<JournalEntry> appendAsync(int kind, byte[] payload) {
        checkKind(kind);
        try {
            return state.enqueue(kind, payload, clock.millis(), null, this::startWriter).done;
        } catch (JournalException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static void checkKind(int kind) {
        if (kind < 1 || kind > MAX_KIND) {
            throw new IllegalArgumentException("a kind is 1 to " + MAX_KIND + ", not " + kind);
        }
    }

    @Override
    public void awaitRoom(long payloadBytes, Deadline deadline) {
        state.awaitRoom(EntryFormat.HEADER_BYTES + payloadBytes, deadline);
    }

    @Override
    public void release(JournalEntry entry) {
        state.release(entry, this::startWriter);
    }

    private Thread startWriter() {
        Thread thread = new Thread(writer, "spark-journal");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    @Override
    public byte[] read(JournalEntry entry) {
        try {
            return copyOf(entry);
        } catch (IOException e) {
            throw new JournalException(
                    Kind.DISK, false, "cannot read " + entry + " of the journal in " + directory + ": " + e, e);
        }
    }

    private byte[] copyOf(JournalEntry entry) throws IOException {
        while (true) {
            JournalEntry.Place place = entry.place;
            if (place == null) {
                throw new JournalException(Kind.DAMAGED, false, entry + " is damaged or not on the disk", null);
            }
            try (RandomAccessFile file =
                    new RandomAccessFile(place.segment().file.toFile(), "r")) {
                return payload(file, entry, place);
            } catch (FileNotFoundException e) {
                if (place.equals(entry.place)) {
                    throw new JournalException(Kind.RELEASED, false, entry + " is not there any more", e);
                }
            }
        }
    }

    private static byte[] payload(RandomAccessFile file, JournalEntry entry, JournalEntry.Place place)
            throws IOException {
        byte[] bytes = new byte[entry.size()];
        file.seek(place.offset());
        file.readFully(bytes);
        EntryFormat.Header header =
                EntryFormat.readHeader(ByteBuffer.wrap(bytes), place.segment().number, place.offset());
        int checksum = EntryFormat.checksum(bytes, EntryFormat.HEADER_BYTES, entry.length());
        if (header == null || header.sequence() != entry.sequence() || header.payloadChecksum() != checksum) {
            throw new JournalException(
                    Kind.DAMAGED,
                    false,
                    entry + " is damaged in " + place.segment().file + " at " + place.offset(),
                    null);
        }
        return java.util.Arrays.copyOfRange(bytes, EntryFormat.HEADER_BYTES, bytes.length);
    }

    @Override
    public void replay(IntPredicate kinds, Replay replay) {
        for (List<JournalEntry> together : state.liveBySegment()) {
            List<JournalEntry> wanted = new ArrayList<>(together);
            wanted.removeIf(entry -> entry.sequence() >= firstNewSequence || !kinds.test(entry.kind()));
            if (!wanted.isEmpty()) {
                replay(wanted, replay);
            }
        }
    }

    private void replay(List<JournalEntry> entries, Replay replay) {
        JournalEntry.Place first = Objects.requireNonNull(entries.get(0).place);
        try (RandomAccessFile file = new RandomAccessFile(first.segment().file.toFile(), "r")) {
            for (JournalEntry entry : entries) {
                JournalEntry.Place place = entry.place;
                byte[] payload;
                try {
                    payload = place != null && place.segment() == first.segment()
                            ? payload(file, entry, place)
                            : copyOf(entry); // moved meanwhile
                } catch (JournalException e) {
                    state.damaged(entry, String.valueOf(e.getMessage()));
                    continue;
                }
                replay.take(entry, payload);
            }
        } catch (IOException e) {
            throw new JournalException(Kind.DISK, false, "cannot read " + first.segment().file + ": " + e, e);
        }
    }

    @Override
    public JournalStats stats() {
        return state.stats();
    }

    @Override
    public void close() {
        Thread thread = state.close();
        try {
            if (thread != null) {
                thread.join(CLOSE_MILLIS);
                if (thread.isAlive()) {
                    LOG.warn("The disk of the journal in {} does not answer; closing without it", directory);
                    return; // the directory stays locked: the thread may still write
                }
            }
            directoryLock.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            LOG.debug("Cannot close the lock of {}", directory, e);
        }
    }

    @Override
    public String toString() {
        return "DiskJournal[" + directory + ", " + options + "]";
    }
}
