package ai.primespark.memory.s3;

import static ai.primespark.spi.TierException.Kind.CORRUPT;
import static ai.primespark.spi.TierException.Kind.PERMANENT;
import static ai.primespark.spi.TierException.Kind.TRANSIENT;

import ai.primespark.spi.BlobTier;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import io.minio.GetObjectResponse;
import io.minio.messages.Item;
import io.minio.messages.ListBucketResultV2;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Chunks of large binaries, one object each. Uploads are few at once, as each holds a part in memory; downloads hold nothing.
 * Thread-safe.
 */
final class S3Blobs implements BlobTier {

    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
    private static final int MOST_IN_BATCH = 1_000;

    private final S3Options options;
    private final S3Work work;
    private final S3Names names;
    private final ClientSource clients;
    private final S3Faults faults;
    private final Semaphore uploads;
    private final Queue<Deletion> deletions = new ArrayDeque<>(); // guarded by itself, like the next
    private boolean deleting;

    /** Where to get the client from, which is made when it is first needed. */
    @FunctionalInterface
    interface ClientSource {
        S3Client get() throws IOException;
    }

    private record Deletion(String object, Deadline deadline, CompletableFuture<Void> done) {}

    S3Blobs(S3Options options, S3Work work, S3Names names, ClientSource clients, S3Faults faults) {
        this.options = options;
        this.work = work;
        this.names = names;
        this.clients = clients;
        this.faults = faults;
        this.uploads = new Semaphore(options.maxUploads());
    }

    private String object(String sha256) {
        if (!SHA256.matcher(sha256).matches()) {
            throw new TierException(PERMANENT, "a chunk's name has 64 lower-case hexadecimal digits", null);
        }
        return names.blob(sha256);
    }

    @Override
    public CompletionStage<Boolean> has(String sha256, Deadline deadline) {
        return work.run(deadline, scope -> S3Upload.sizeOf(clients.get(), scope, object(sha256)) >= 0);
    }

    @Override
    @SuppressWarnings("NullAway") // does not see through the type variable that the result is nullable here
    public CompletionStage<Void> write(String sha256, InputStream content, long length, Deadline deadline) {
        return work.run(deadline, scope -> {
            if (length < 0 || length > 10_000L * options.partBytes()) {
                throw new TierException(
                        PERMANENT, "a chunk has at most 10,000 parts of " + options.partBytes() + " bytes", null);
            }
            String object = object(sha256);
            S3Client client = clients.get();
            if (S3Upload.sizeOf(client, scope, object) == length) {
                return null;
            }
            acquire(deadline);
            try {
                new S3Upload(client, scope, object, sha256, options.partBytes()).send(content, length);
                return null;
            } finally {
                uploads.release();
            }
        });
    }

    private void acquire(Deadline deadline) {
        try {
            if (uploads.tryAcquire(Math.max(0, deadline.remainingNanos()), TimeUnit.NANOSECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new TierException(TRANSIENT, options.where() + ": other uploads take too long", null);
    }

    @Override
    public CompletionStage<InputStream> read(String sha256, long offset, long length, Deadline deadline) {
        return work.run(deadline, scope -> {
            if (offset < 0 || length < 0) {
                throw new TierException(PERMANENT, "offset and length must not be negative", null);
            }
            String object = object(sha256);
            S3Client client = clients.get();
            if (length == 0) {
                return InputStream.nullInputStream();
            }
            // the answer's body is read after this operation has ended, so its call is not this operation's
            S3Scope own = new S3Scope(deadline);
            if (!work.keep(own)) {
                throw work.ended();
            }
            boolean opened = false;
            try (S3Scope.Entered entered = own.enter()) {
                GetObjectResponse response =
                        client.repeat(scope, () -> own.await(client.getAsync(object, offset, length, null)));
                if (S3Client.size(response, 0) < offset + length) {
                    own.cancel();
                    response.close();
                    throw new TierException(CORRUPT, "chunk " + sha256 + " is shorter than it should be", null);
                }
                opened = true;
                return new S3BlobStream(
                        new S3BlobStream.Source(
                                client, work, faults, options.connectTimeout().plus(options.readTimeout())),
                        object,
                        response,
                        own,
                        offset,
                        length);
            } catch (S3Error e) {
                if (e.isMissing()) {
                    throw new TierException(CORRUPT, "chunk " + sha256 + " is not there", e);
                }
                throw e;
            } finally {
                if (!opened) {
                    work.release(own);
                }
            }
        });
    }

    /** Deletions that come while one is under way go out together, in one request. */
    @Override
    public CompletionStage<Void> delete(String sha256, Deadline deadline) {
        Deletion deletion;
        try {
            deletion = new Deletion(object(sha256), deadline, new CompletableFuture<>());
        } catch (TierException e) {
            return CompletableFuture.failedFuture(e);
        }
        synchronized (deletions) {
            deletions.add(deletion);
            if (deleting) {
                return deletion.done();
            }
            deleting = true;
        }
        deleteQueued(deadline);
        return deletion.done();
    }

    /** Sends one batch, and another one if more have come meanwhile. */
    @SuppressWarnings("NullAway") // does not see through the type variable that the result is nullable here
    private void deleteQueued(Deadline deadline) {
        List<Deletion> batch = new ArrayList<>();
        var unused = work.run(deadline, scope -> {
                    synchronized (deletions) {
                        while (batch.size() < MOST_IN_BATCH && !deletions.isEmpty()) {
                            batch.add(deletions.remove());
                        }
                    }
                    if (batch.size() == 1) {
                        clients.get().delete(scope, batch.get(0).object(), null);
                    } else {
                        clients.get()
                                .deleteAll(
                                        scope,
                                        batch.stream().map(Deletion::object).toList());
                    }
                    return null;
                })
                .whenComplete((nothing, failure) -> afterBatch(batch, failure));
    }

    private void afterBatch(List<Deletion> batch, @Nullable Throwable failure) {
        Deletion next;
        synchronized (deletions) {
            if (batch.isEmpty() && !deletions.isEmpty()) {
                batch.add(deletions.remove()); // no thread was free in time: this is for the one that waited longest
            }
            next = deletions.peek();
            deleting = next != null;
        }
        for (Deletion deletion : batch) {
            if (failure == null) {
                deletion.done().complete(null);
            } else {
                deletion.done().completeExceptionally(failure);
            }
        }
        if (next != null) {
            deleteQueued(next.deadline());
        }
    }

    @Override
    public CompletionStage<Page> list(@Nullable String cursor, int limit, Deadline deadline) {
        return work.run(deadline, scope -> {
            String after = cursor == null ? null : names.blobs() + cursor;
            ListBucketResultV2 listing = clients.get().list(scope, names.blobs(), after, Math.min(1_000, limit));
            List<Chunk> chunks = new ArrayList<>();
            String next = null;
            for (Item item : listing.contents()) {
                String name = item.objectName();
                next = name.substring(names.blobs().length());
                String sha256 = name.substring(name.lastIndexOf('/') + 1);
                if (SHA256.matcher(sha256).matches() && names.blob(sha256).equals(name)) {
                    chunks.add(new Chunk(
                            sha256, item.size(), item.lastModified().toInstant().toEpochMilli()));
                }
            }
            return new Page(chunks, listing.isTruncated() ? next : null);
        });
    }
}
