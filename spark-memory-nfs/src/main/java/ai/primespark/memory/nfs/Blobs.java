package ai.primespark.memory.nfs;

import ai.primespark.spi.BlobTier;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Chunks in files that are never changed: written aside, checked, and given their name by a link, so that a reader on another
 * machine never sees one replaced. Content comes from the caller's stream on the context's threads and goes to the mount on the
 * tier's own, piece by piece; two pieces are in memory at most. Thread-safe.
 */
final class Blobs implements BlobTier {

    static final int PIECE = 256 << 10;

    private static final int MOST_CHUNKS = 4_096;
    private static final Duration CLEAN_UP = Duration.ofSeconds(30);

    private final String who;
    private final Layout layout;
    private final MountGuard guard;
    private final Usage usage;
    private final MountThreads threads;
    private final ExecutorService blocking;
    private final Supplier<@Nullable TierException> unusable;

    Blobs(
            String who,
            Layout layout,
            MountGuard guard,
            Usage usage,
            MountThreads threads,
            ExecutorService blocking,
            Supplier<@Nullable TierException> unusable) {
        this.who = who;
        this.layout = layout;
        this.guard = guard;
        this.usage = usage;
        this.threads = threads;
        this.blocking = blocking;
        this.unusable = unusable;
    }

    private <R extends @Nullable Object> CompletableFuture<R> call(Deadline deadline, MountThreads.Work<R> work) {
        TierException why = unusable.get();
        return why != null ? CompletableFuture.failedFuture(why) : threads.call(deadline, work);
    }

    @Override
    public CompletionStage<Boolean> has(String sha256, Deadline deadline) {
        return call(deadline, d -> {
            guard.check();
            if (size(layout.blob(sha256)) >= 0) {
                return true;
            }
            guard.confirm();
            return size(layout.blob(sha256)) >= 0;
        });
    }

    /** -1 when it is not there. Opens the file, because a look at its name may be answered from a cache. */
    private static long size(Path blob) throws IOException {
        NasFiles.Head head = NasFiles.head(blob, 1);
        return head == null ? -1 : head.length() == 0 ? 0 : head.size();
    }

    @Override
    public CompletionStage<Void> write(String sha256, InputStream content, long length, Deadline deadline) {
        CompletableFuture<Void> result = new CompletableFuture<>();
        try {
            blocking.execute(() -> {
                try {
                    upload(sha256, content, length, deadline);
                    result.complete(null);
                } catch (Throwable e) {
                    result.completeExceptionally(
                            e instanceof TierException ? e : new TierException(Kind.PERMANENT, who + ": " + e, e));
                }
            });
        } catch (RejectedExecutionException e) {
            result.completeExceptionally(new TierException(Kind.TRANSIENT, who + ": no thread is free", e));
        }
        return result;
    }

    private void upload(String sha256, InputStream content, long length, Deadline deadline) {
        Path blob = layout.blob(sha256);
        Upload upload = new Upload(layout, blob);
        boolean there = Waiting.on(call(deadline, d -> {
            guard.check();
            long size = size(blob);
            if (size != length) { // a file of another length was torn by a crash of the server
                usage.refuseIfFull(length - Math.max(0, size));
                upload.open(Math.max(0, size), size >= 0);
            }
            return size == length;
        }));
        if (there) {
            return;
        }
        boolean published = false;
        try {
            MessageDigest digest = Layout.sha256();
            send(upload, content, length, deadline, digest);
            String found = HexFormat.of().formatHex(digest.digest());
            if (!found.equals(sha256)) {
                throw new TierException(
                        Kind.PERMANENT, who + ": the content is not that of chunk " + sha256 + " but " + found, null);
            }
            published = Waiting.on(call(deadline, d -> {
                upload.publish(!guard.check().isNetwork());
                return true;
            }));
            usage.blob(blob, length - upload.replacedBytes());
        } finally {
            if (!published) {
                upload.abort();
                // if even that fails, the sweep finds it
                var unused = threads.call(Deadline.in(CLEAN_UP), d -> upload.cleanUp());
            }
        }
    }

    private void send(Upload upload, InputStream content, long length, Deadline deadline, MessageDigest digest) {
        byte[][] buffers = {new byte[PIECE], new byte[PIECE]};
        CompletableFuture<Boolean> writing = CompletableFuture.completedFuture(true);
        long total = 0;
        for (int turn = 0; ; turn = 1 - turn) {
            byte[] buffer = buffers[turn];
            int n;
            try {
                n = content.readNBytes(buffer, 0, PIECE);
            } catch (IOException e) {
                throw new TierException(Kind.TRANSIENT, who + ": the content could not be read: " + e, e);
            }
            total += n;
            if (total > length || n < PIECE && total < length) {
                throw new TierException(
                        Kind.PERMANENT, who + ": the content does not have the " + length + " bytes announced", null);
            }
            digest.update(buffer, 0, n);
            Waiting.on(writing); // the other buffer is free again
            if (n > 0) {
                writing = call(deadline, d -> {
                    upload.write(ByteBuffer.wrap(buffer, 0, n));
                    return true;
                });
            }
            if (n < PIECE) {
                Waiting.on(writing);
                return;
            }
        }
    }

    @Override
    public CompletionStage<InputStream> read(String sha256, long offset, long length, Deadline deadline) {
        if (offset < 0 || length < 0) {
            return CompletableFuture.failedFuture(
                    new TierException(Kind.PERMANENT, who + ": offset and length are not negative", null));
        }
        BlobStream stream = new BlobStream((from, most, until) -> piece(sha256, from, most, until), offset, length);
        return stream.first(deadline).thenApply(first -> stream);
    }

    private CompletableFuture<ByteBuffer> piece(String sha256, long offset, int length, Deadline deadline) {
        return call(deadline, d -> {
            guard.check();
            ByteBuffer part;
            try {
                part = NasFiles.readPart(layout.blob(sha256), offset, length);
            } catch (NoSuchFileException e) {
                guard.confirm();
                throw new TierException(Kind.CORRUPT, who + ": chunk " + sha256 + " is not there", e);
            }
            if (part.remaining() < length) {
                throw new TierException(
                        Kind.CORRUPT, who + ": chunk " + sha256 + " ends before byte " + (offset + length), null);
            }
            return part;
        });
    }

    @Override
    @SuppressWarnings("NullAway") // a Void is null
    public CompletionStage<Void> delete(String sha256, Deadline deadline) {
        return call(deadline, d -> {
            guard.check();
            Path blob = layout.blob(sha256);
            long size = size(blob);
            if (size >= 0 && NasFiles.delete(blob)) {
                usage.blob(blob, -size);
            } else {
                guard.confirm();
            }
            return null;
        });
    }

    @Override
    public CompletionStage<Page> list(@Nullable String cursor, int limit, Deadline deadline) {
        return call(deadline, d -> {
            guard.check();
            Scan.checkCursor(cursor);
            int most = Math.min(limit, MOST_CHUNKS);
            long half = d.remainingNanos() / 2;
            int seen = 0;
            List<Chunk> chunks = new ArrayList<>();
            int first = cursor == null ? 0 : Integer.parseInt(cursor.substring(0, 2), 16);
            for (int shard = first; shard < Layout.SHARDS; shard++) {
                String name = Layout.shard(shard);
                String after = cursor != null && shard == first ? cursor.substring(2) : "";
                int room = most - seen;
                List<String> names = Scan.names(layout.blobs().resolve(name), Layout.BLOB, after, room);
                seen += names.size();
                for (String rest : names) {
                    add(chunks, name + rest);
                }
                if (!names.isEmpty() && (names.size() >= room || d.remainingNanos() < half)) {
                    guard.confirm();
                    return new Page(chunks, name + names.get(names.size() - 1));
                }
            }
            guard.confirm();
            return new Page(chunks, null);
        });
    }

    private void add(List<Chunk> chunks, String sha256) throws IOException {
        try {
            BasicFileAttributes attributes = Files.readAttributes(layout.blob(sha256), BasicFileAttributes.class);
            chunks.add(new Chunk(
                    sha256, attributes.size(), attributes.lastModifiedTime().toMillis()));
        } catch (NoSuchFileException e) {
            // removed meanwhile
        }
    }
}
