package ai.primespark.core.journal;

import ai.primespark.core.journal.JournalException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes batches to segments, forces them to the disk, and deletes segments that are not needed any more. One thread. */
final class SegmentWriter implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(SegmentWriter.class);
    private static final int BUFFER_BYTES = 256 << 10;

    private final Path directory;
    private final JournalOptions options;
    private final SegmentFiles files;
    private final JournalState state;
    private final Payloads payloads;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);

    private long nextNumber;
    private @Nullable Segment segment;
    private SegmentFiles.@Nullable Output output;
    private long position; // in the segment, with what is still in the buffer
    private List<Append> unconfirmed = new ArrayList<>();
    private int confirmed; // of the batch that is being written

    /** Where the payloads of entries that are to be copied come from. */
    interface Payloads {
        byte[] read(JournalEntry entry) throws IOException;
    }

    SegmentWriter(
            Path directory,
            JournalOptions options,
            SegmentFiles files,
            JournalState state,
            long nextNumber,
            Payloads payloads) {
        this.directory = directory;
        this.options = options;
        this.files = files;
        this.state = state;
        this.nextNumber = nextNumber;
        this.payloads = payloads;
    }

    @Override
    public void run() {
        for (JournalState.Batch batch = state.next(); batch != null; batch = state.next()) {
            write(batch);
            deleteDead();
        }
        seal();
    }

    private void write(JournalState.Batch batch) {
        List<Append> all = new ArrayList<>(batch.appends());
        for (JournalEntry entry : batch.copies()) {
            byte[] payload = copy(entry);
            if (payload != null) {
                all.add(new Append(entry, payload, EntryFormat.checksum(payload, 0, payload.length), true));
            }
        }
        confirmed = 0;
        try {
            for (Append append : all) {
                put(append);
            }
            if (!batch.releases().isEmpty()) {
                putReleases(batch.releases());
            }
            commit();
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            List<Append> lost = all.subList(confirmed, all.size());
            abandon();
            state.failed(lost, batch.released(), reason(e));
            JournalException failure = new JournalException(
                    Kind.DISK,
                    false,
                    "the journal in " + directory + " cannot be written: " + reason(e)
                            + "; make room or mend the disk, then try again",
                    e);
            lost.forEach(append -> append.done.completeExceptionally(failure));
        }
    }

    private static String reason(Throwable e) {
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }

    private byte @Nullable [] copy(JournalEntry entry) {
        try {
            return payloads.read(entry);
        } catch (JournalException e) {
            if (e.kind() == Kind.DAMAGED) {
                state.damaged(entry, String.valueOf(e.getMessage()));
            }
            return null; // or released just now
        } catch (IOException e) {
            JournalEntry.Place place = entry.place;
            if (place != null) {
                LOG.warn("Cannot read {} to compact the journal", place.segment().file, e);
                state.stuck(place.segment());
            }
            return null;
        }
    }

    private void put(Append append) throws IOException {
        Segment target = room();
        append.place = new JournalEntry.Place(target, (int) position);
        unconfirmed.add(append);
        JournalEntry entry = append.entry;
        put(entry.kind(), entry.sequence(), entry.timeMillis(), append.payload, append.checksum, target);
    }

    private void putReleases(List<Long> numbers) throws IOException {
        ByteBuffer list = ByteBuffer.allocate(8 * numbers.size());
        numbers.forEach(list::putLong);
        byte[] payload = list.array();
        // the number of a release is of no importance; its first one is no news to the next start
        put(EntryFormat.RELEASE, numbers.get(0), 0, payload, EntryFormat.checksum(payload, 0, payload.length), room());
    }

    private void put(int kind, long sequence, long time, byte[] payload, int checksum, Segment target)
            throws IOException {
        if (buffer.remaining() < EntryFormat.HEADER_BYTES) {
            drain();
        }
        EntryFormat.putHeader(buffer, kind, sequence, time, payload.length, checksum, target.number, (int) position);
        for (int from = 0; from < payload.length; ) {
            if (!buffer.hasRemaining()) {
                drain();
            }
            int part = Math.min(payload.length - from, buffer.remaining());
            buffer.put(payload, from, part);
            from += part;
        }
        position += EntryFormat.HEADER_BYTES + payload.length;
    }

    /** The segment to write to. */
    private Segment room() throws IOException {
        if (segment != null && position >= options.segmentBytes()) {
            commit();
            seal();
        }
        return segment == null ? begin() : segment;
    }

    private Segment begin() throws IOException {
        Segment fresh = new Segment(directory, nextNumber);
        output = files.create(fresh.file);
        nextNumber++;
        segment = fresh;
        state.begun(fresh);
        buffer.clear();
        buffer.put(EntryFormat.segmentHeader(fresh.number, state.nextSequence()));
        position = EntryFormat.SEGMENT_HEADER_BYTES;
        files.syncDirectory(directory);
        return fresh;
    }

    private void drain() throws IOException {
        buffer.flip();
        Objects.requireNonNull(output).write(buffer);
        buffer.clear();
    }

    /** Brings everything so far to the disk and tells those who wait for it. */
    private void commit() throws IOException {
        Segment written = segment;
        if (written == null || position == written.bytes) {
            return;
        }
        drain();
        Objects.requireNonNull(output).force();
        List<Append> done = unconfirmed;
        unconfirmed = new ArrayList<>();
        state.confirmed(written, position, done);
        confirmed += done.size();
        done.forEach(append -> append.done.complete(append.entry));
    }

    private void seal() {
        if (output != null) {
            try {
                output.close();
            } catch (IOException e) { // everything in it has been forced to the disk
                LOG.debug("Cannot close a segment", e);
            }
        }
        output = null;
        segment = null;
        state.sealed();
    }

    /** Never writes to the current file again: what is in it beyond the last good commit is not known. */
    private void abandon() {
        Segment bad = segment;
        if (bad != null && output != null) {
            try {
                output.truncate(bad.bytes);
            } catch (IOException e) {
                LOG.debug("Cannot cut {} at {}", bad.file, bad.bytes, e);
            }
        }
        unconfirmed = new ArrayList<>();
        buffer.clear();
        seal();
        if (bad != null && bad.bytes == 0) { // or a full disk would fill with empty files
            try {
                files.delete(bad.file);
                state.deleted(bad);
            } catch (IOException e) {
                LOG.debug("Cannot delete {}", bad.file, e);
            }
        }
    }

    /** Oldest first, and each surely gone before the next: a release must not vanish before the entries that it names. */
    private void deleteDead() {
        for (Segment dead : state.dead()) {
            try {
                files.delete(dead.file);
                files.syncDirectory(directory);
                state.deleted(dead);
            } catch (IOException e) {
                LOG.debug("Cannot delete {}", dead.file, e);
                state.cannotDelete("cannot delete " + dead.file + ": " + reason(e));
                return;
            }
        }
    }
}
