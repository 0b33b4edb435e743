package ai.primespark.core.memory.objects;

import ai.primespark.Zone;
import ai.primespark.memory.MemoryException;
import ai.primespark.spi.BlobTier;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The blobs of one tier as the engine calls them: an operation ends when no byte has moved for the stall timeout, and at the
 * latest when the chunk should have moved at {@value #SLOWEST_BYTES_PER_SECOND} bytes a second. A tier that failed or hung is
 * left alone for a while that grows from a second to half a minute. Thread-safe.
 */
final class BlobLink {

    static final int SLOWEST_BYTES_PER_SECOND = 32 << 10;

    private static final long FIRST_REST_MILLIS = 1_000;
    private static final long LONGEST_REST_MILLIS = 30_000;
    private static final int PIECE = 256 << 10;

    final int number;
    final String id;
    final Zone zone;

    /** On a disk of this machine: the engine's own thread may read and write it. */
    final boolean local;

    final boolean persistent;
    final boolean shared;
    final LongAdder bytesSent = new LongAdder();
    final LongAdder bytesFetched = new LongAdder();

    private final BlobTier blobs;
    private final BooleanSupplier down;
    private final Executor blocking;
    private final Duration stall;
    private volatile long restUntilNanos;
    private volatile long restMillis;
    private volatile String trouble = "";

    BlobLink(ObjectTier tier, Executor blocking, Duration stall) {
        this.number = tier.number();
        this.id = tier.id();
        this.zone = tier.zone();
        this.local = tier.local();
        this.persistent = tier.persistent();
        this.shared = tier.shared();
        this.blobs = tier.blobs();
        this.down = tier.down();
        this.blocking = blocking;
        this.stall = stall;
    }

    /** Why the tier is not to be asked now, or null. */
    @Nullable
    String unavailable() {
        if (down.getAsBoolean()) {
            return "down";
        }
        return restMillis > 0 && restUntilNanos - System.nanoTime() > 0 ? trouble : null;
    }

    boolean has(String sha256) {
        return call(0, () -> 0, deadline -> blobs.has(sha256, deadline));
    }

    /** Stores a chunk. When the tier hangs, the buffer is renewed, because the tier may still read the old array. */
    void write(String sha256, ChunkBuffer buffer, int length) {
        try {
            write(sha256, buffer.bytes(), length);
        } catch (Stalled e) {
            buffer.renew();
            throw e.asTierException();
        } catch (MemoryException e) { // interrupted: the tier goes on
            buffer.renew();
            throw e;
        }
    }

    /** Stores a chunk from an array that the caller does not use again. */
    void writeOnce(String sha256, byte[] bytes) {
        try {
            write(sha256, bytes, bytes.length);
        } catch (Stalled e) {
            throw e.asTierException();
        }
    }

    private void write(String sha256, byte[] bytes, int length) {
        Content content = new Content(sha256, bytes, length);
        callOrStall(length, content.moved::get, deadline -> blobs.write(sha256, content.stream, length, deadline));
        bytesSent.add(length);
    }

    /** What the tier reads, with a count of how far it is. */
    private static final class Content {
        final AtomicLong moved = new AtomicLong();
        final InputStream stream;

        Content(String sha256, byte[] bytes, int length) {
            this.stream = new HashedBytes(sha256, bytes, length, moved);
        }
    }

    /** Reads the first bytes of a chunk; what hangs renews the buffer. The content is not checked. */
    void read(String sha256, ChunkBuffer buffer, int length) {
        AtomicLong moved = new AtomicLong();
        byte[] target = buffer.bytes();
        try {
            callOrStall(length, moved::get, deadline -> {
                Drain drain = new Drain(target, length, moved);
                CompletionStage<InputStream> opened = blobs.read(sha256, 0, length, deadline);
                return opened.thenCompose(in -> drain.run(in, local ? Runnable::run : blocking));
            });
        } catch (Stalled e) {
            buffer.renew();
            throw e.asTierException();
        } catch (MemoryException e) { // interrupted: the tier goes on
            buffer.renew();
            throw e;
        }
        bytesFetched.add(length);
    }

    /** Copies a stream into an array. */
    private record Drain(byte[] target, int length, AtomicLong moved) {

        CompletionStage<Void> run(InputStream in, Executor executor) {
            CompletableFuture<Void> done = new CompletableFuture<>();
            try {
                executor.execute(() -> {
                    try (in) {
                        int at = 0;
                        while (at < length) {
                            int count = in.read(target, at, Math.min(PIECE, length - at));
                            if (count < 0) {
                                throw new TierException(
                                        TierException.Kind.CORRUPT, "a chunk ended after " + at + " bytes", null);
                            }
                            at += count;
                            moved.addAndGet(count);
                        }
                        done.complete(null);
                    } catch (IOException e) {
                        done.completeExceptionally(
                                new TierException(TierException.Kind.TRANSIENT, "a chunk's stream broke off: " + e, e));
                    } catch (Throwable e) { // must reach the waiting thread, whatever it is
                        done.completeExceptionally(e);
                    }
                });
            } catch (RejectedExecutionException e) {
                try {
                    in.close();
                } catch (IOException ignored) {
                    e.addSuppressed(ignored);
                }
                done.completeExceptionally(
                        new TierException(TierException.Kind.TRANSIENT, "no thread is free for this tier", e));
            }
            return done;
        }
    }

    void delete(String sha256) {
        Void unused = call(0, () -> 0, deadline -> blobs.delete(sha256, deadline));
    }

    BlobTier.Page list(@Nullable String cursor, int limit) {
        return call(0, () -> 0, deadline -> blobs.list(cursor, limit, deadline));
    }

    @FunctionalInterface
    private interface Operation<R extends @Nullable Object> {
        CompletionStage<R> begin(Deadline deadline);
    }

    /** No byte has moved for too long; whoever lent an array to the operation must not use it again. */
    private static final class Stalled extends RuntimeException {

        private static final long serialVersionUID = 1L;

        Stalled(String message) {
            super(message, null, false, false);
        }

        TierException asTierException() {
            return new TierException(TierException.Kind.TRANSIENT, String.valueOf(getMessage()), null);
        }
    }

    private <R extends @Nullable Object> R call(long bytes, LongSupplier moved, Operation<R> operation) {
        try {
            return callOrStall(bytes, moved, operation);
        } catch (Stalled e) {
            throw e.asTierException();
        }
    }

    private <R extends @Nullable Object> R callOrStall(long bytes, LongSupplier moved, Operation<R> operation) {
        Deadline deadline = Deadline.in(stall.plusMillis(bytes * 1_000 / SLOWEST_BYTES_PER_SECOND));
        CompletableFuture<R> result;
        try {
            result = operation.begin(deadline).toCompletableFuture();
        } catch (RuntimeException e) { // against the rules, but no reason to treat it otherwise
            result = CompletableFuture.failedFuture(e);
        }
        long seen = -1;
        while (true) {
            try {
                R answer = result.isDone()
                        ? result.join()
                        : result.get(
                                Math.min(stall.toNanos(), Math.max(1, deadline.remainingNanos())),
                                TimeUnit.NANOSECONDS);
                restMillis = 0;
                return answer;
            } catch (TimeoutException e) {
                long now = moved.getAsLong();
                if (now == seen || now == 0 || deadline.isOver()) {
                    String what = "tier '" + id + "' has moved nothing for " + stall.toMillis() + " ms";
                    boolean unused = result.cancel(true);
                    rest(what);
                    throw new Stalled(what);
                }
                seen = now;
            } catch (ExecutionException | CompletionException e) {
                throw failed(e.getCause() == null ? e : e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new MemoryException("interrupted while waiting for tier '" + id + "'", true, null);
            }
        }
    }

    private TierException failed(Throwable thrown) {
        Throwable cause =
                thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
        TierException failure = cause instanceof TierException tier
                ? tier
                : new TierException(TierException.Kind.PERMANENT, String.valueOf(cause), cause);
        if (failure.kind() == TierException.Kind.TRANSIENT || failure.kind() == TierException.Kind.PERMANENT) {
            rest(String.valueOf(failure.getMessage()));
        }
        return failure;
    }

    private synchronized void rest(String why) {
        long now = System.nanoTime();
        if (restMillis > 0 && restUntilNanos - now > 0) {
            return; // several operations that failed at once count once
        }
        trouble = why;
        restMillis = Math.min(LONGEST_REST_MILLIS, Math.max(FIRST_REST_MILLIS, restMillis * 2));
        restUntilNanos = now + TimeUnit.MILLISECONDS.toNanos(restMillis);
    }

    @Override
    public String toString() {
        return "BlobLink[" + id + "]";
    }
}
