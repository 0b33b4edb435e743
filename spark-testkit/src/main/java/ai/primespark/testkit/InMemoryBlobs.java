package ai.primespark.testkit;

import ai.primespark.spi.BlobTier;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The chunks of an {@link InMemoryTier}. Thread-safe. */
final class InMemoryBlobs implements BlobTier {

    private final Chunks chunks;
    private final InstantSource clock;
    private final BooleanSupplier closed;

    InMemoryBlobs(Chunks chunks, InstantSource clock, BooleanSupplier closed) {
        this.chunks = chunks;
        this.clock = clock;
        this.closed = closed;
    }

    private record Held(byte[] bytes, long storedAtMillis) {}

    /** What outlives the tier. */
    static final class Chunks {

        private final ConcurrentSkipListMap<String, Held> held = new ConcurrentSkipListMap<>();

        List<String> addresses() {
            return List.copyOf(held.keySet());
        }

        boolean damage(String sha256) {
            return held.computeIfPresent(sha256, (address, chunk) -> {
                        byte[] bytes = chunk.bytes().clone();
                        if (bytes.length > 0) {
                            bytes[bytes.length / 2] ^= 1;
                        }
                        return new Held(bytes, chunk.storedAtMillis());
                    })
                    != null;
        }

        void clear() {
            held.clear();
        }
    }

    @Override
    public CompletionStage<Boolean> has(String sha256, Deadline deadline) {
        return answer(sha256, deadline, () -> chunks.held.containsKey(sha256));
    }

    @Override
    public CompletionStage<Void> write(String sha256, InputStream content, long length, Deadline deadline) {
        return answer(sha256, deadline, () -> {
            byte[] bytes = content.readNBytes((int) Math.min(length + 1, Integer.MAX_VALUE));
            if (bytes.length != length || !sha256(bytes).equals(sha256)) {
                throw new TierException(
                        TierException.Kind.CORRUPT, "the content of a chunk is not what its address says", null);
            }
            chunks.held.putIfAbsent(sha256, new Held(bytes, clock.millis()));
            return null;
        });
    }

    @Override
    public CompletionStage<InputStream> read(String sha256, long offset, long length, Deadline deadline) {
        return answer(sha256, deadline, () -> {
            Held chunk = chunks.held.get(sha256);
            if (chunk == null) {
                throw new TierException(TierException.Kind.CORRUPT, "chunk " + sha256 + " is not there", null);
            }
            if (offset < 0 || length < 0 || offset > chunk.bytes().length - length) {
                throw new TierException(
                        TierException.Kind.CORRUPT, "chunk " + sha256 + " ends before the part asked for", null);
            }
            return new ByteArrayInputStream(chunk.bytes(), (int) offset, (int) length);
        });
    }

    @Override
    public CompletionStage<Void> delete(String sha256, Deadline deadline) {
        return answer(sha256, deadline, () -> {
            chunks.held.remove(sha256);
            return null;
        });
    }

    @Override
    public CompletionStage<Page> list(@Nullable String cursor, int limit, Deadline deadline) {
        return answer("0".repeat(64), deadline, () -> {
            List<Chunk> page = new ArrayList<>();
            // the cursor is the last address that was listed, so that chunks that come and go do not move the page
            for (var entry : (cursor == null ? chunks.held : chunks.held.tailMap(cursor, false)).entrySet()) {
                if (page.size() == limit) {
                    return new Page(page, page.get(limit - 1).sha256());
                }
                Held chunk = entry.getValue();
                page.add(new Chunk(entry.getKey(), chunk.bytes().length, chunk.storedAtMillis()));
            }
            return new Page(page, null);
        });
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private <R extends @Nullable Object> CompletionStage<R> answer(String sha256, Deadline deadline, Callable<R> work) {
        try {
            if (closed.getAsBoolean()) {
                throw new TierException(TierException.Kind.PERMANENT, "the in-memory tier is closed", null);
            }
            if (deadline.isOver()) {
                throw new TierException(
                        TierException.Kind.TRANSIENT, "the deadline was over before the work began", null);
            }
            if (!sha256.matches("[0-9a-f]{64}")) {
                throw new TierException(
                        TierException.Kind.PERMANENT, "a chunk's address is 64 lower-case hexadecimal digits", null);
            }
            return CompletableFuture.completedFuture(work.call());
        } catch (TierException e) {
            return CompletableFuture.failedFuture(e);
        } catch (IOException e) {
            return CompletableFuture.failedFuture(
                    new TierException(TierException.Kind.TRANSIENT, "the content broke off: " + e, e));
        } catch (Exception e) {
            return CompletableFuture.failedFuture(
                    new TierException(TierException.Kind.PERMANENT, String.valueOf(e), e));
        }
    }
}
