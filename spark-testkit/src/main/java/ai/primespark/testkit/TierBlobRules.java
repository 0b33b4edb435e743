package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.spi.BlobTier;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierTrait;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** TIER-14 to TIER-21: chunks. They hold of every tier that has blobs, and ask nothing of one that has none. */
abstract class TierBlobRules extends TierLeaseRules {

    private static final int MIB = 1 << 20;

    private final Random random = new Random(); // a shared storage may still hold the chunks of earlier runs

    /** A rule that is checked if the tier has blobs. */
    @FunctionalInterface
    private interface BlobRule {
        void check(MemoryTier tier, BlobTier blobs) throws Exception;
    }

    private void withBlobs(BlobRule rule) throws Exception {
        MemoryTier tier = open();
        BlobTier blobs = tier.blobs().orElse(null);
        if (blobs != null) {
            rule.check(tier, blobs);
        } else {
            assertThat(tier.blobs()).as("a tier has blobs or has none").isEmpty();
        }
    }

    private byte[] chunk(int size) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        return bytes;
    }

    private static String address(byte[] bytes) {
        return InMemoryBlobs.sha256(bytes);
    }

    private String write(BlobTier blobs, byte[] bytes) {
        String address = address(bytes);
        wait("write", blobs.write(address, new ByteArrayInputStream(bytes), bytes.length, deadline()));
        return address;
    }

    private boolean has(BlobTier blobs, String address) {
        return wait("has", blobs.has(address, deadline()));
    }

    private byte[] read(BlobTier blobs, String address, long offset, long length) {
        return Bounded.run(tierPatience(), "read", () -> {
            try (InputStream in =
                    Bounded.stage(tierPatience(), "read", blobs.read(address, offset, length, deadline()))) {
                return in.readAllBytes();
            }
        });
    }

    private Map<String, BlobTier.Chunk> listAll(BlobTier blobs, int limit, Set<String> only) {
        Map<String, BlobTier.Chunk> all = new LinkedHashMap<>();
        String cursor = null;
        int pages = 0;
        do {
            BlobTier.Page page = wait("list", blobs.list(cursor, limit, deadline()));
            page.chunks().stream()
                    .filter(chunk -> only.contains(chunk.sha256()))
                    .forEach(chunk -> all.put(chunk.sha256(), chunk));
            cursor = page.next();
            if (++pages > 20_000) {
                throw new AssertionError("list does not end: 20000 pages and still a cursor");
            }
        } while (cursor != null);
        return all;
    }

    private void assertFails(String what, Callable<? extends CompletionStage<?>> call) {
        assertThat(Bounded.stageFailure(tierPatience(), what, call)).as(what).isInstanceOf(TierException.class);
    }

    @Test
    @DisplayName("TIER-14 a chunk of any size is read as it was written")
    void chunksComeBackWhole() throws Exception {
        withBlobs((tier, blobs) -> {
            for (int size : new int[] {0, 1, 511, 512, 65_536, 65_537, MIB + 1, BlobTier.MAX_CHUNK_BYTES}) {
                byte[] bytes = chunk(size);
                String address = write(blobs, bytes);
                assertThat(Arrays.equals(read(blobs, address, 0, size), bytes))
                        .as("a chunk of %d bytes is the same", size)
                        .isTrue();
            }
        });
    }

    @Test
    @DisplayName("TIER-14 every range inside of a chunk can be read by itself")
    void rangesComeBackExactly() throws Exception {
        withBlobs((tier, blobs) -> {
            byte[] bytes = chunk(300_000);
            String address = write(blobs, bytes);
            int[][] ranges = {{0, 0}, {0, 1}, {299_999, 1}, {300_000, 0}, {65_535, 2}, {1, 299_998}, {131_072, 65_536}};
            for (int[] range : ranges) {
                assertThat(read(blobs, address, range[0], range[1]))
                        .as("%d bytes from %d", range[1], range[0])
                        .isEqualTo(Arrays.copyOfRange(bytes, range[0], range[0] + range[1]));
            }
        });
    }

    @Test
    @DisplayName("TIER-15 has tells what is there, and what is not there cannot be read")
    void hasTellsTheTruth() throws Exception {
        withBlobs((tier, blobs) -> {
            byte[] bytes = chunk(1_000);
            String address = address(bytes);
            assertThat(has(blobs, address)).as("before it was written").isFalse();
            assertFails("reading what is not there", () -> readFully(blobs, address, 0, 1_000));
            write(blobs, bytes);
            assertThat(has(blobs, address)).as("after it was written").isTrue();
            assertFails("reading beyond the end", () -> readFully(blobs, address, 500, 501));
            assertFails("reading from beyond the end", () -> readFully(blobs, address, 1_001, 1));
        });
    }

    /** A read whose stream is drained, because a tier may find only there that too little comes. */
    private CompletionStage<Integer> readFully(BlobTier blobs, String address, long offset, long length) {
        return blobs.read(address, offset, length, deadline()).thenApply(in -> {
            try (in) {
                int count = in.readAllBytes().length;
                if (count < length) {
                    throw new AssertionError("gave " + count + " of " + length + " bytes as if they were all");
                }
                return count;
            } catch (IOException e) {
                throw new TierException(TierException.Kind.TRANSIENT, "the stream broke off", e);
            }
        });
    }

    @Test
    @DisplayName("TIER-16 a chunk that is not what its address says is refused and leaves nothing")
    void wrongContentLeavesNothing() throws Exception {
        withBlobs((tier, blobs) -> {
            byte[] bytes = chunk(100_000);
            byte[] flipped = bytes.clone();
            flipped[99_999] ^= 1;
            Map<String, InputStream> wrong = new LinkedHashMap<>();
            wrong.put("flipped", new ByteArrayInputStream(flipped));
            wrong.put("too short", new ByteArrayInputStream(bytes, 0, 99_999));
            wrong.put("too long", new ByteArrayInputStream(Arrays.copyOf(bytes, 100_001)));
            wrong.put("empty", new ByteArrayInputStream(new byte[0]));
            wrong.put("breaking off", new BreaksOff(bytes, 70_000));
            String address = address(bytes);
            wrong.forEach((how, content) -> {
                assertFails(how, () -> blobs.write(address, content, bytes.length, deadline()));
                assertThat(has(blobs, address))
                        .as("after a write that was %s", how)
                        .isFalse();
            });
            assertThat(listAll(blobs, 500, Set.of(address))).isEmpty();
            write(blobs, bytes);
            assertThat(read(blobs, address, 0, bytes.length)).isEqualTo(bytes);
        });
    }

    private static final class BreaksOff extends ByteArrayInputStream {

        BreaksOff(byte[] bytes, int length) {
            super(bytes, 0, length);
        }

        @Override
        public synchronized int read(byte[] target, int offset, int length) {
            int got = super.read(target, offset, length);
            if (got < 0) {
                throw new java.io.UncheckedIOException(new IOException("the test lets this stream break"));
            }
            return got;
        }

        @Override
        public synchronized int read() {
            int got = super.read();
            if (got < 0) {
                throw new java.io.UncheckedIOException(new IOException("the test lets this stream break"));
            }
            return got;
        }

        @Override
        public synchronized byte[] readAllBytes() {
            throw new java.io.UncheckedIOException(new IOException("the test lets this stream break"));
        }
    }

    @Test
    @DisplayName("TIER-17 writing a chunk again is harmless")
    void writingTwiceIsHarmless() throws Exception {
        withBlobs((tier, blobs) -> {
            byte[] bytes = chunk(10_000);
            String address = write(blobs, bytes);
            write(blobs, bytes);
            assertThat(read(blobs, address, 0, bytes.length)).isEqualTo(bytes);
            assertThat(listAll(blobs, 500, Set.of(address))).hasSize(1);
        });
    }

    @Test
    @DisplayName("TIER-17 many writers of one chunk all succeed, and a wrong one among them harms nothing")
    void writersAtOnceAllSucceed() throws Exception {
        withBlobs((tier, blobs) -> {
            for (int round = 0; round < 3; round++) {
                byte[] bytes = chunk(200_000);
                byte[] wrong = bytes.clone();
                wrong[100_000] ^= 1;
                String address = address(bytes);
                CountDownLatch together = new CountDownLatch(1);
                List<FutureTask<Throwable>> writers = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    byte[] content = i == 3 ? wrong : bytes;
                    writers.add(Bounded.start("writer " + i, () -> {
                        together.await();
                        return Bounded.stageFailure(
                                tierPatience(),
                                "write",
                                () -> blobs.write(
                                        address, new ByteArrayInputStream(content), content.length, deadline()));
                    }));
                }
                together.countDown();
                for (int i = 0; i < 8; i++) {
                    Throwable failure = Bounded.result(tierPatience(), "a writer", writers.get(i));
                    if (i != 3) { // the wrong one may be skipped as already there
                        assertThat(failure).as("writer %d", i).isNull();
                    }
                }
                assertThat(Arrays.equals(read(blobs, address, 0, bytes.length), bytes))
                        .isTrue();
            }
        });
    }

    @Test
    @DisplayName("TIER-18 list gives every chunk with its size and time, in pages, and ends")
    void listGivesEveryChunk() throws Exception {
        withBlobs((tier, blobs) -> {
            Map<String, Integer> sizes = new LinkedHashMap<>();
            long before = System.currentTimeMillis();
            for (int i = 0; i < 25; i++) {
                sizes.put(write(blobs, chunk(100 + i)), 100 + i);
            }
            for (int limit : new int[] {3, 10, 1_000}) {
                Map<String, BlobTier.Chunk> listed = listAll(blobs, limit, sizes.keySet());
                assertThat(listed.keySet()).as("in pages of %d", limit).isEqualTo(sizes.keySet());
                sizes.forEach((address, size) -> assertThat(
                                Objects.requireNonNull(listed.get(address)).bytes())
                        .isEqualTo((long) size));
            }
            BlobTier.Page page = wait("list", blobs.list(null, 4, deadline()));
            assertThat(page.chunks()).as("a page of at most 4").hasSizeLessThanOrEqualTo(4);
            long hour = Duration.ofHours(1).toMillis();
            long now = context().clock().millis();
            assertThat(listAll(blobs, 100, sizes.keySet()).values())
                    .allSatisfy(chunk -> assertThat(Math.min(
                                    Math.abs(chunk.storedAtMillis() - before), Math.abs(chunk.storedAtMillis() - now)))
                            .as("how far its time is from now")
                            .isLessThan(hour));
        });
    }

    @Test
    @DisplayName("TIER-19 delete removes a chunk and no other, and it can be written again")
    void deleteRemovesOne() throws Exception {
        withBlobs((tier, blobs) -> {
            byte[] bytes = chunk(5_000);
            String gone = write(blobs, bytes);
            String stays = write(blobs, chunk(5_000));
            wait("delete", blobs.delete(gone, deadline()));
            wait("delete", blobs.delete(gone, deadline()));
            assertThat(has(blobs, gone)).isFalse();
            assertThat(has(blobs, stays)).isTrue();
            assertThat(listAll(blobs, 500, new LinkedHashSet<>(List.of(gone, stays))))
                    .containsOnlyKeys(stays);
            assertFails("reading what was deleted", () -> readFully(blobs, gone, 0, 5_000));
            write(blobs, bytes);
            assertThat(read(blobs, gone, 0, bytes.length)).isEqualTo(bytes);
        });
    }

    @Test
    @DisplayName("TIER-20 with PERSISTENT chunks are there after close and open, and what was cut off is not")
    void persistentChunksOutliveTheTier() throws Exception {
        withBlobs((tier, blobs) -> {
            boolean persistent = tier.traits().contains(TierTrait.PERSISTENT);
            byte[] bytes = chunk(MIB);
            byte[] torn = chunk(10_000);
            String address = write(blobs, bytes);
            assertFails(
                    "a write that ends early",
                    () -> blobs.write(address(torn), new ByteArrayInputStream(torn, 0, 9_000), 10_000, deadline()));
            close(tier);
            BlobTier again = open().blobs().orElseThrow();
            boolean there = has(again, address);
            if (persistent || there) { // a tier that may forget must not remember wrongly either
                assertThat(Arrays.equals(read(again, address, 0, MIB), bytes)).isTrue();
                assertThat(listAll(again, 500, Set.of(address))).containsOnlyKeys(address);
            }
            assertThat(has(again, address(torn))).isFalse();
        });
    }

    @Test
    @DisplayName("TIER-21 addresses that are none are refused, and so is a deadline that is over")
    void wrongAddressesAreRefused() throws Exception {
        withBlobs((tier, blobs) -> {
            String right = write(blobs, chunk(10));
            List<String> wrong = List.of(
                    "",
                    "..",
                    "../../../../etc/passwd",
                    right.substring(1),
                    right + "0",
                    "../" + right.substring(3),
                    "g" + right.substring(1),
                    "A" + right.substring(1));
            for (String address : wrong) {
                byte[] bytes = {1};
                assertFails("has", () -> blobs.has(address, deadline()));
                assertFails("write", () -> blobs.write(address, new ByteArrayInputStream(bytes), 1, deadline()));
                assertFails("read", () -> readFully(blobs, address, 0, 1));
                assertFails("delete", () -> blobs.delete(address, deadline()));
            }
            Deadline over = Deadline.in(Duration.ofSeconds(-1));
            assertThat(Bounded.stageFailure(tierPatience(), "has", () -> blobs.has(right, over)))
                    .isInstanceOfSatisfying(
                            TierException.class, e -> assertThat(e.retryable()).isTrue());
        });
    }

    @Test
    @DisplayName("TIER-21 after the tier's end every method of its blobs fails")
    void closedBlobsFail() throws Exception {
        withBlobs((tier, blobs) -> {
            byte[] bytes = chunk(10);
            String address = write(blobs, bytes);
            close(tier);
            assertFails("has", () -> blobs.has(address, deadline()));
            assertFails("write", () -> blobs.write(address, new ByteArrayInputStream(bytes), 10, deadline()));
            assertFails("read", () -> readFully(blobs, address, 0, 10));
            assertFails("delete", () -> blobs.delete(address, deadline()));
            assertFails("list", () -> blobs.list(null, 10, deadline()));
        });
    }
}
