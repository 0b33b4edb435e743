package ai.primespark.core.memory;

import ai.primespark.core.memory.objects.HashedBytes;
import ai.primespark.core.memory.objects.Sha256;
import ai.primespark.core.runtime.DurableFiles;
import ai.primespark.spi.BlobTier;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.PriorityQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Chunks of objects in a directory tier, one file a chunk. A chunk is written aside, checked while it is written, synced and
 * renamed into place, and its directory is synced as well: unlike a record, a chunk whose renaming was lost in a power cut is
 * not looked for, and one more sync is nothing beside megabytes.
 *
 * <p>A read moves a chunk's modification time to now, at most once an hour: that is how eviction knows which chunks are used.
 */
final class DirectoryBlobs implements BlobTier {

    private static final int BUFFER = 128 << 10;
    private static final long TOUCH_MILLIS = 3_600_000;
    private static final int SHARDS = 256;

    private final DirectoryTier tier;
    private final String id;
    private final AtomicLong sequence = new AtomicLong();

    DirectoryBlobs(DirectoryTier tier, String id) {
        this.tier = tier;
        this.id = id;
    }

    /** Throws away what was being written when the process ended. The caller holds the directory's lock. */
    static void sweep(Path blobs) throws IOException {
        DirectoryRoot.each(blobs.resolve("tmp"), Files::deleteIfExists);
    }

    /** What all chunks hold together. */
    static long bytes(Path blobs) throws IOException {
        long[] sum = {0};
        for (int shard = 0; shard < SHARDS; shard++) {
            DirectoryRoot.each(blobs.resolve(shard(shard)), file -> {
                BasicFileAttributes attributes = attributes(file);
                sum[0] += attributes == null ? 0 : attributes.size();
            });
        }
        return sum[0];
    }

    @Override
    public CompletionStage<Boolean> has(String sha256, Deadline deadline) {
        return run(deadline, () -> Files.isRegularFile(file(sha256)));
    }

    @Override
    public CompletionStage<Void> write(String sha256, InputStream content, long length, Deadline deadline) {
        return run(deadline, () -> {
            Path target = file(sha256);
            if (!Files.isRegularFile(target)) {
                store(tier.open(), target, sha256, content, length);
            }
            return null;
        });
    }

    private void store(DirectoryTier.Opened opened, Path target, String sha256, InputStream content, long length)
            throws IOException {
        if (opened.usage().isFullFor(length)) {
            throw new TierException(
                    TierException.Kind.FULL,
                    "tier '" + id + "' has reached its max-bytes; raise it or delete something",
                    null);
        }
        Path directory = Files.createDirectories(opened.root().blobs().resolve("tmp"));
        Path fresh = directory.resolve(Long.toHexString(sequence.incrementAndGet()) + "-" + sha256);
        try {
            long written = copy(content, length, sha256, fresh.toFile());
            if (written != length) {
                throw new TierException(
                        TierException.Kind.PERMANENT,
                        "a chunk of " + length + " bytes was announced, but " + (written < length ? "fewer" : "more")
                                + " came",
                        null);
            }
            publish(opened, fresh, target);
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(fresh);
            throw e;
        }
        opened.usage().changed(0, length);
    }

    /** Copies and checks; says how many bytes came, at most one more than announced. */
    private static long copy(InputStream content, long length, String sha256, File file) throws IOException {
        if (content instanceof HashedBytes bytes && bytes.isWhole(sha256)) {
            return copy(bytes, file);
        }
        MessageDigest digest = Sha256.digest();
        byte[] buffer = new byte[(int) Math.min(BUFFER, length + 1)];
        long written = 0;
        try (FileOutputStream out = new FileOutputStream(file)) {
            int count = content.read(buffer);
            while (count >= 0 && written + count <= length) {
                out.write(buffer, 0, count);
                digest.update(buffer, 0, count);
                written += count;
                count = content.read(buffer);
            }
            if (count > 0) {
                return length + 1;
            }
            if (written == length && !Sha256.hex(digest).equals(sha256)) {
                throw new TierException(
                        TierException.Kind.CORRUPT, "the content of a chunk is not what its address says", null);
            }
            out.getFD().sync();
        }
        return written;
    }

    private static long copy(HashedBytes content, File file) throws IOException {
        try (FileOutputStream out = new FileOutputStream(file)) {
            long written = 0;
            for (int count = content.writePiece(out, BUFFER); count > 0; count = content.writePiece(out, BUFFER)) {
                written += count;
            }
            out.getFD().sync();
            return written;
        }
    }

    private static void publish(DirectoryTier.Opened opened, Path fresh, Path target) throws IOException {
        try {
            RecordFiles.move(fresh.toFile(), target.toFile());
        } catch (NoSuchFileException e) { // the first chunk of its shard
            Files.createDirectories(RecordFiles.directory(target.toFile()));
            DurableFiles.syncDirectory(opened.root().blobs());
            DurableFiles.syncDirectory(opened.root().path());
            RecordFiles.move(fresh.toFile(), target.toFile());
        }
        DurableFiles.syncDirectory(RecordFiles.directory(target.toFile()));
    }

    @Override
    public CompletionStage<InputStream> read(String sha256, long offset, long length, Deadline deadline) {
        return run(deadline, () -> {
            Path file = file(sha256);
            BasicFileAttributes attributes = attributes(file);
            if (attributes == null) {
                throw new TierException(TierException.Kind.CORRUPT, "chunk " + sha256 + " is not there", null);
            }
            if (offset < 0 || length < 0 || offset > attributes.size() - length) {
                throw new TierException(
                        TierException.Kind.CORRUPT,
                        "chunk " + sha256 + " has " + attributes.size() + " bytes, too few for " + length + " from "
                                + offset,
                        null);
            }
            touch(file, attributes);
            RandomAccessFile in = new RandomAccessFile(file.toFile(), "r");
            try {
                in.seek(offset);
            } catch (IOException e) {
                in.close();
                throw e;
            }
            return new Part(in, length);
        });
    }

    private static void touch(Path file, BasicFileAttributes attributes) {
        long now = System.currentTimeMillis(); // compared with the file system's clock, which is the machine's
        if (now - attributes.lastModifiedTime().toMillis() > TOUCH_MILLIS) {
            try {
                Files.setLastModifiedTime(file, FileTime.fromMillis(now));
            } catch (IOException e) {
                // a read-only disk: nothing is evicted there either
            }
        }
    }

    @Override
    public CompletionStage<Void> delete(String sha256, Deadline deadline) {
        return run(deadline, () -> {
            Path file = file(sha256);
            BasicFileAttributes attributes = attributes(file);
            if (attributes != null && Files.deleteIfExists(file)) {
                tier.open().usage().changed(0, -attributes.size());
            }
            return null;
        });
    }

    @Override
    public CompletionStage<Page> list(@Nullable String cursor, int limit, Deadline deadline) {
        return run(deadline, () -> {
            if (cursor != null && !Sha256.isAddress(cursor)) {
                throw new TierException(TierException.Kind.PERMANENT, "not a cursor of this tier", null);
            }
            Path blobs = tier.open().root().blobs();
            List<Chunk> chunks = new ArrayList<>();
            for (int shard = cursor == null ? 0 : Integer.parseInt(cursor.substring(0, 2), 16);
                    shard < SHARDS;
                    shard++) {
                for (String name : names(blobs.resolve(shard(shard)), cursor, limit + 1)) {
                    if (chunks.size() == limit) {
                        return new Page(chunks, chunks.get(limit - 1).sha256());
                    }
                    BasicFileAttributes attributes =
                            attributes(blobs.resolve(shard(shard)).resolve(name));
                    if (attributes != null) {
                        chunks.add(new Chunk(
                                name,
                                attributes.size(),
                                attributes.lastModifiedTime().toMillis()));
                    }
                }
            }
            return new Page(chunks, null);
        });
    }

    /** The smallest names after one, in order; never more than asked for are held. */
    private static List<String> names(Path directory, @Nullable String after, int most) throws IOException {
        PriorityQueue<String> smallest = new PriorityQueue<>(Comparator.reverseOrder());
        DirectoryRoot.each(directory, file -> {
            String name = file.getFileName().toString();
            if (Sha256.isAddress(name) && (after == null || name.compareTo(after) > 0)) {
                smallest.add(name);
                if (smallest.size() > most) {
                    smallest.poll();
                }
            }
        });
        return smallest.stream().sorted().toList();
    }

    private static String shard(int number) {
        return String.format(Locale.ROOT, "%02x", number);
    }

    private Path file(String sha256) {
        Path blobs = tier.open().root().blobs();
        if (!Sha256.isAddress(sha256)) {
            throw new TierException(
                    TierException.Kind.PERMANENT, "a chunk's address is 64 lower-case hexadecimal digits", null);
        }
        return blobs.resolve(sha256.substring(0, 2)).resolve(sha256);
    }

    private static @Nullable BasicFileAttributes attributes(Path file) throws IOException {
        try {
            return Files.readAttributes(file, BasicFileAttributes.class);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /** At once and on the caller's thread: a local disk answers. */
    private <R extends @Nullable Object> CompletionStage<R> run(Deadline deadline, Callable<R> work) {
        try {
            if (deadline.isOver()) {
                throw new TierException(
                        TierException.Kind.TRANSIENT, "the deadline was over before the work began", null);
            }
            return CompletableFuture.completedFuture(work.call());
        } catch (IOException e) {
            return CompletableFuture.failedFuture(tier.classify(e));
        } catch (Exception e) {
            return CompletableFuture.failedFuture(
                    e instanceof TierException
                            ? e
                            : new TierException(TierException.Kind.PERMANENT, String.valueOf(e), e));
        }
    }

    /** A part of a file. */
    private static final class Part extends InputStream {

        private final RandomAccessFile in;
        private long left;

        Part(RandomAccessFile in, long length) {
            this.in = in;
            this.left = length;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (left == 0) {
                return length == 0 ? 0 : -1;
            }
            int count = in.read(target, offset, (int) Math.min(Math.min(length, BUFFER), left));
            if (count < 0) {
                throw new IOException("the file became shorter while it was read");
            }
            left -= count;
            return count;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
