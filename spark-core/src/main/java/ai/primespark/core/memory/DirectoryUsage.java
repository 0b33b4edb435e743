package ai.primespark.core.memory;

import ai.primespark.spi.TierUsage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * How many records, and bytes in records and chunks, a directory holds: counted once, when somebody first asks, and kept up by what is written later.
 * Writes during the count may be counted twice or not at all.
 */
final class DirectoryUsage {

    private final Path data;
    private final Path blobs;
    private final long maxBytes;
    private final ReentrantLock counting = new ReentrantLock();
    private final AtomicLong records = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private volatile boolean counted;

    DirectoryUsage(Path data, Path blobs, long maxBytes) {
        this.data = data;
        this.blobs = blobs;
        this.maxBytes = maxBytes;
    }

    void changed(int moreRecords, long moreBytes) {
        records.addAndGet(moreRecords);
        bytes.addAndGet(moreBytes);
    }

    /** Whether so many bytes more would be too many. */
    boolean isFullFor(long moreBytes) throws IOException {
        return maxBytes != Long.MAX_VALUE && measure().bytes() + moreBytes > maxBytes;
    }

    TierUsage measure() throws IOException {
        if (!counted) {
            counting.lock();
            try {
                if (!counted) {
                    records.set(0);
                    bytes.set(0);
                    count(data);
                    changed(0, DirectoryBlobs.bytes(blobs));
                    counted = true;
                }
            } finally {
                counting.unlock();
            }
        }
        return new TierUsage(
                Math.max(0, records.get()), Math.max(0, bytes.get()), maxBytes == Long.MAX_VALUE ? -1 : maxBytes);
    }

    private void count(Path directory) throws IOException {
        DirectoryRoot.each(directory, entry -> {
            if (entry.getFileName().toString().endsWith(DirectoryScan.SUFFIX)) {
                countFile(entry);
            } else if (directory.equals(data)) {
                count(entry);
            }
        });
    }

    private void countFile(Path file) throws IOException {
        try {
            changed(1, Files.size(file));
        } catch (NoSuchFileException e) {
            // removed meanwhile
        }
    }
}
