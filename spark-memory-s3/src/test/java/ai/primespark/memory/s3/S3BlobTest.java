package ai.primespark.memory.s3;

import static ai.primespark.memory.s3.S3Fixture.BUCKET;
import static ai.primespark.memory.s3.S3Fixture.blobs;
import static ai.primespark.memory.s3.S3Fixture.deadline;
import static ai.primespark.memory.s3.S3Fixture.failure;
import static ai.primespark.memory.s3.S3Fixture.result;
import static ai.primespark.memory.s3.S3Fixture.sha256;
import static ai.primespark.spi.TierException.Kind.CORRUPT;
import static ai.primespark.spi.TierException.Kind.TRANSIENT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.primespark.spi.BlobTier;
import ai.primespark.testkit.S3Fault;
import ai.primespark.testkit.S3Operation;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class S3BlobTest {

    private static final int PART = 5 << 20;

    private S3Fixture s3;

    @BeforeEach
    void start() throws IOException {
        s3 = new S3Fixture();
    }

    @AfterEach
    void stop() {
        s3.close();
    }

    private static byte[] random(int length, long seed) {
        byte[] content = new byte[length];
        new Random(seed).nextBytes(content);
        return content;
    }

    private static CompletionStage<Void> write(BlobTier blobs, byte[] content) {
        return blobs.write(sha256(content), new ByteArrayInputStream(content), content.length, deadline());
    }

    private static byte[] read(BlobTier blobs, byte[] content, int offset, int length) throws IOException {
        try (InputStream in = result(blobs.read(sha256(content), offset, length, deadline()))) {
            return in.readAllBytes();
        }
    }

    @Test
    void chunksOfOnePartGoOutInOneRequestAndLargerOnesInParts() throws IOException {
        BlobTier blobs = blobs(s3.open("part-size", "5 MiB"));
        byte[] small = random(100_000, 1);
        byte[] large = random(2 * PART + 12_345, 2);
        for (byte[] content : List.of(new byte[0], small, large)) {
            assertThat(result(blobs.has(sha256(content), deadline()))).isFalse();
            result(write(blobs, content));
            assertThat(result(blobs.has(sha256(content), deadline()))).isTrue();
            assertThat(Arrays.equals(read(blobs, content, 0, content.length), content))
                    .isTrue();
        }
        assertThat(s3.server.requests(S3Operation.PUT_OBJECT)).isEqualTo(2);
        assertThat(s3.server.requests(S3Operation.UPLOAD_PART)).isEqualTo(3);
        assertThat(s3.server.uploads()).isEmpty();
        String name = sha256(small);
        assertThat(s3.server.objects(BUCKET)).contains("prime-spark/blobs/" + name.substring(0, 2) + "/" + name);
    }

    @Test
    void aChunkThatIsThereIsNotSentAgain() {
        BlobTier blobs = blobs(s3.open());
        byte[] content = random(50_000, 3);
        result(write(blobs, content));
        result(write(blobs, content));
        assertThat(s3.server.bytesReceived(S3Operation.PUT_OBJECT)).isEqualTo(content.length);
    }

    @Test
    void contentThatIsNotWhatItIsSaidToBeIsRefusedAndLeavesNothing() {
        BlobTier blobs = blobs(s3.open("part-size", "5 MiB"));
        for (byte[] content : List.of(random(1_000, 4), random(PART + 1_000, 5))) {
            byte[] other = content.clone();
            other[17] ^= 1;
            InputStream wrong = new ByteArrayInputStream(other);
            InputStream tooShort = new ByteArrayInputStream(content, 0, content.length - 1);
            InputStream tooLong = new ByteArrayInputStream(Arrays.copyOf(content, content.length + 1));
            for (InputStream in : List.of(wrong, tooShort, tooLong)) {
                assertThat(failure(blobs.write(sha256(content), in, content.length, deadline()))
                                .kind())
                        .isEqualTo(CORRUPT);
            }
            assertThat(result(blobs.has(sha256(content), deadline()))).isFalse();
        }
        assertThat(s3.server.uploads()).isEmpty();
    }

    @Test
    void rangesMoveOnlyWhatIsAskedFor() throws IOException {
        BlobTier blobs = blobs(s3.open());
        byte[] content = random(1_000_000, 6);
        result(write(blobs, content));
        for (int[] range : new int[][] {{0, 1}, {999_999, 1}, {500_000, 4_096}, {7, 0}}) {
            s3.server.resetCounts();
            assertThat(read(blobs, content, range[0], range[1]))
                    .isEqualTo(Arrays.copyOfRange(content, range[0], range[0] + range[1]));
            assertThat(s3.server.bytesSent(S3Operation.GET_OBJECT)).isEqualTo(range[1]);
        }
        assertThat(failure(blobs.read(sha256(content), 999_999, 2, deadline())).kind())
                .isEqualTo(CORRUPT);
        assertThat(failure(blobs.read(sha256(content), 2_000_000, 2, deadline()))
                        .kind())
                .isEqualTo(CORRUPT);
        assertThat(failure(blobs.read("0".repeat(64), 0, 1, deadline()))).hasMessageContaining("not there");
    }

    @Test
    void aReadThatIsCutGoesOnWhereItWas() throws IOException {
        BlobTier blobs = blobs(s3.open());
        byte[] content = random(300_000, 7);
        result(write(blobs, content));
        s3.server.resetCounts();
        s3.server.inject(S3Operation.GET_OBJECT, 2, S3Fault.cutBody(100_000));
        assertThat(Arrays.equals(read(blobs, content, 0, content.length), content))
                .isTrue();
        assertThat(s3.server.requests(S3Operation.GET_OBJECT)).isEqualTo(3);
        assertThat(s3.server.bytesSent(S3Operation.GET_OBJECT)).isLessThanOrEqualTo(content.length + 100_000L);
    }

    @Test
    void aReadThatIsCutAgainAndAgainFails() {
        BlobTier blobs = blobs(s3.open());
        byte[] content = random(300_000, 8);
        result(write(blobs, content));
        s3.server.inject(S3Operation.GET_OBJECT, Integer.MAX_VALUE, S3Fault.cutBody(1));
        assertThatThrownBy(() -> read(blobs, content, 0, content.length)).isInstanceOf(IOException.class);
    }

    @Test
    void aChunkThatWasReplacedIsNotReadOnInTheMiddle() throws IOException {
        BlobTier blobs = blobs(s3.open());
        byte[] content = random(300_000, 9);
        String name = sha256(content);
        result(write(blobs, content));
        s3.server.inject(S3Operation.GET_OBJECT, 1, S3Fault.cutBody(50_000));
        try (InputStream in = result(blobs.read(name, 0, content.length, deadline()))) {
            assertThat(in.readNBytes(1_000)).hasSize(1_000);
            s3.server.put(BUCKET, new S3Names("prime-spark").blob(name), random(300_000, 10));
            assertThatThrownBy(in::readAllBytes).isInstanceOf(IOException.class);
        }
    }

    @Test
    void closingTheTierEndsAReadThatHangs() throws Exception {
        S3Tier tier = s3.open();
        byte[] content = random(300_000, 11);
        result(write(blobs(tier), content));
        s3.server.inject(S3Operation.GET_OBJECT, 1, S3Fault.slowBody(1_000, Duration.ofHours(1)));
        InputStream in = result(blobs(tier).read(sha256(content), 0, content.length, deadline()));
        assertThat(in.readNBytes(1_000)).hasSize(1_000);
        tier.close();
        assertThatThrownBy(in::readAllBytes).isInstanceOf(IOException.class).hasMessageContaining("closed");
    }

    @Test
    void anUploadThatBrokeSendsOnlyTheRest() {
        BlobTier blobs = blobs(s3.open("part-size", "5 MiB"));
        byte[] content = random(4 * PART, 12);
        s3.server.injectAfter(S3Operation.UPLOAD_PART, 2, 2, S3Fault.cutRequest(1_000_000));
        assertThat(failure(write(blobs, content)).kind()).isEqualTo(TRANSIENT);
        assertThat(s3.server.uploads().values()).containsExactly(2);
        s3.server.resetCounts();
        result(write(blobs(s3.open("part-size", "5 MiB")), content));
        assertThat(s3.server.bytesReceived(S3Operation.UPLOAD_PART)).isEqualTo(2L * PART);
        assertThat(s3.server.uploads()).isEmpty();
        assertThat(s3.server.content(BUCKET, new S3Names("prime-spark").blob(sha256(content))))
                .isEqualTo(content);
    }

    @Test
    void partsOfOtherContentAreSentAgain() {
        BlobTier blobs = blobs(s3.open("part-size", "5 MiB"));
        byte[] content = random(3 * PART, 13);
        byte[] damaged = content.clone();
        damaged[PART + 1] ^= 1;
        s3.server.injectAfter(S3Operation.UPLOAD_PART, 2, 2, S3Fault.resetBefore());
        assertThat(failure(blobs.write(sha256(content), new ByteArrayInputStream(damaged), damaged.length, deadline())))
                .isNotNull();
        s3.server.resetCounts();
        result(write(blobs, content));
        assertThat(s3.server.requests(S3Operation.UPLOAD_PART)).isEqualTo(2);
        assertThat(result(blobs.has(sha256(content), deadline()))).isTrue();
    }

    @Test
    void anUploadWhoseCompletionGotLostIsDone() {
        BlobTier blobs = blobs(s3.open("part-size", "5 MiB"));
        byte[] content = random(PART + 1, 14);
        s3.server.inject(S3Operation.COMPLETE_UPLOAD, 1, S3Fault.resetAfter());
        result(write(blobs, content));
        assertThat(result(blobs.has(sha256(content), deadline()))).isTrue();
    }

    @Test
    void anUploaderThatWasKilledIsGoneOnWithAndSendsAtMostOnePartTwice() throws Exception {
        int length = 6 * PART;
        byte[] content = random(length, 15);
        // the fourth part never gets an answer, so that the child is killed in the middle
        s3.server.injectAfter(S3Operation.UPLOAD_PART, 3, Integer.MAX_VALUE, S3Fault.blackHole());
        Process child = child("64m", "write", "15", String.valueOf(length));
        try {
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> s3.server.bytesReceived(S3Operation.UPLOAD_PART) >= 4L * PART);
        } finally {
            child.destroyForcibly();
        }
        assertThat(child.waitFor(20, TimeUnit.SECONDS)).isTrue();
        s3.server.heal();
        result(write(blobs(s3.open("part-size", "5 MiB")), content));
        assertThat(s3.server.bytesReceived(S3Operation.UPLOAD_PART)).isEqualTo(3L * PART);
        assertThat(s3.server.content(BUCKET, new S3Names("prime-spark").blob(sha256(content))))
                .isEqualTo(content);
    }

    @Test
    void sixtyFourMebibytesPassThroughAHeapOfThirtyTwo() throws Exception {
        Process child = child("32m", "both", "16", String.valueOf(64 << 20));
        assertThat(child.waitFor(90, TimeUnit.SECONDS)).isTrue();
        assertThat(child.exitValue())
                .as("what the child said is in the test's output")
                .isZero();
        assertThat(s3.server.bytesReceived(S3Operation.UPLOAD_PART)).isEqualTo(64L << 20);
        assertThat(s3.server.bytesSent(S3Operation.GET_OBJECT)).isGreaterThanOrEqualTo(64L << 20);
    }

    private Process child(String heap, String what, String seed, String length) throws IOException {
        return new ProcessBuilder(
                        System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
                        "-Xmx" + heap,
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        S3BlobChild.class.getName(),
                        s3.server.uri().toString(),
                        what,
                        seed,
                        length)
                .inheritIO()
                .start();
    }

    @Test
    void abandonedUploadsAndTrialObjectsAreSweptAfterADay() {
        S3Tier tier = s3.open("part-size", "5 MiB");
        byte[] content = random(2 * PART, 17);
        s3.server.injectAfter(S3Operation.UPLOAD_PART, 1, 2, S3Fault.resetBefore());
        assertThat(failure(write(blobs(tier), content))).isNotNull();
        result(tier.work().run(deadline(), tier::sweepNow));
        assertThat(s3.server.uploads()).as("a fresh one stays").hasSize(1);
        s3.server.ageUploads(Instant.ofEpochMilli(s3.context.clock().millis()).minus(Duration.ofHours(25)));
        result(tier.work().run(deadline(), tier::sweepNow));
        assertThat(s3.server.uploads()).isEmpty();
        s3.server.put(BUCKET, "prime-spark/probe/left", new byte[] {1});
        s3.context.clock().advance(Duration.ofDays(3_650));
        result(tier.work().run(deadline(), tier::sweepNow));
        assertThat(s3.server.objects(BUCKET)).doesNotContain("prime-spark/probe/left");
    }

    @Test
    void manyDeletionsAtOnceGoOutInFewRequests() {
        S3Tier tier = s3.open("max-connections", 2);
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            String name = sha256(random(10, 1_000 + i));
            names.add(name);
            s3.server.put(BUCKET, new S3Names("prime-spark").blob(name), new byte[] {1});
        }
        List<CompletionStage<Void>> stages = new ArrayList<>();
        names.forEach(name -> stages.add(blobs(tier).delete(name, deadline())));
        stages.forEach(S3Fixture::result);
        assertThat(s3.server.objects(BUCKET)).noneMatch(name -> name.contains("/blobs/"));
        assertThat(s3.server.requests(S3Operation.DELETE_OBJECT) + s3.server.requests(S3Operation.DELETE_OBJECTS))
                .isLessThan(100);
        result(blobs(tier).delete(names.get(0), deadline()));
        assertThat(failure(blobs(tier).delete("not-a-name", deadline()))).isNotNull();
    }

    @Test
    void aDeletionThatFailsFailsAloneAndTheNextOneWorks() {
        S3Tier tier = s3.open();
        String name = sha256(random(10, 1));
        s3.server.put(BUCKET, new S3Names("prime-spark").blob(name), new byte[] {1});
        s3.server.inject(null, 1, S3Fault.error(403, "AccessDenied"));
        assertThat(failure(blobs(tier).delete(name, deadline()))).hasMessageContaining("access denied");
        result(blobs(tier).delete(name, deadline()));
        assertThat(result(blobs(tier).has(name, deadline()))).isFalse();
    }

    @Test
    void chunksAreListedInPages() {
        S3Tier tier = s3.open();
        TreeSet<String> names = new TreeSet<>();
        for (int i = 0; i < 25; i++) {
            String name = sha256(random(10, 2_000 + i));
            names.add(name);
            s3.server.put(BUCKET, new S3Names("prime-spark").blob(name), new byte[i]);
        }
        s3.server.put(BUCKET, "prime-spark/blobs/not-a-chunk", new byte[1]);
        List<String> listed = new ArrayList<>();
        String cursor = null;
        do {
            BlobTier.Page page = result(blobs(tier).list(cursor, 7, deadline()));
            page.chunks().forEach(chunk -> listed.add(chunk.sha256()));
            assertThat(page.chunks()).hasSizeLessThanOrEqualTo(7);
            cursor = page.next();
        } while (cursor != null);
        assertThat(listed).containsExactlyElementsOf(names);
    }
}
