package ai.primespark.memory.s3;

import static ai.primespark.memory.s3.S3Fixture.apply;
import static ai.primespark.memory.s3.S3Fixture.deadline;
import static ai.primespark.memory.s3.S3Fixture.failure;
import static ai.primespark.memory.s3.S3Fixture.key;
import static ai.primespark.memory.s3.S3Fixture.object;
import static ai.primespark.memory.s3.S3Fixture.result;
import static ai.primespark.memory.s3.S3Fixture.scan;
import static ai.primespark.memory.s3.S3Fixture.text;
import static ai.primespark.memory.s3.S3Fixture.value;
import static ai.primespark.memory.s3.S3Fixture.version;
import static ai.primespark.spi.TierException.Kind.CORRUPT;
import static ai.primespark.spi.TierException.Kind.PERMANENT;
import static ai.primespark.spi.TierException.Kind.TRANSIENT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.spi.Applied;
import ai.primespark.spi.Condition;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierRecord;
import ai.primespark.testkit.FaultServer;
import ai.primespark.testkit.S3Fault;
import ai.primespark.testkit.S3Operation;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(120)
class S3FaultTest {

    private S3Fixture s3;

    @BeforeEach
    void start() throws IOException {
        s3 = new S3Fixture();
    }

    @AfterEach
    void stop() {
        s3.close();
    }

    private static CompletionStage<?> get(S3Tier tier) {
        return tier.get(key("first"), deadline());
    }

    @ParameterizedTest
    @CsvSource({
        "403, InvalidAccessKeyId, PERMANENT, access-key",
        "403, SignatureDoesNotMatch, PERMANENT, secret-key",
        "400, ExpiredToken, PERMANENT, session-token",
        "403, AccessDenied, PERMANENT, rights",
        "404, NoSuchBucket, PERMANENT, create-bucket",
        "301, PermanentRedirect, PERMANENT, region",
        "400, AuthorizationHeaderMalformed, PERMANENT, region",
        "501, NotImplemented, PERMANENT, lacks",
        "507, InsufficientStorage, FULL, delete something",
        "403, QuotaExceeded, FULL, quota",
        "507, XMinioStorageFull, FULL, space",
        "500, InternalError, TRANSIENT, InternalError",
        "503, SlowDown, TRANSIENT, SlowDown",
        "429, TooManyRequests, TRANSIENT, TooManyRequests",
        "504, GatewayTimeout, TRANSIENT, 504"
    })
    void errorsSayWhatToDoAndWhetherToTryAgain(int status, String code, TierException.Kind kind, String word) {
        S3Tier tier = s3.open();
        s3.server.inject(null, Integer.MAX_VALUE, S3Fault.error(status, code));
        for (CompletionStage<?> stage :
                List.of(get(tier), tier.apply(value("second", 1, "x"), Condition.IF_NEWER, deadline()))) {
            TierException failure = failure(stage);
            assertThat(failure.kind()).isEqualTo(kind);
            assertThat(failure)
                    .hasMessageContaining(word)
                    .hasMessageContaining("'test'")
                    .hasMessageContaining("'memory'");
            assertNoSecret(failure);
        }
    }

    @Test
    void aWrongClockIsNamedWithTheMinutes() {
        S3Tier tier = s3.open();
        String date = DateTimeFormatter.RFC_1123_DATE_TIME.format(
                s3.context.clock().instant().plus(Duration.ofMinutes(42)).atOffset(ZoneOffset.UTC));
        s3.server.inject(null, 1, S3Fault.error(403, "RequestTimeTooSkewed").header("Date", date));
        TierException failure = failure(get(tier));
        assertThat(failure.kind()).isEqualTo(PERMANENT);
        assertThat(failure).hasMessageContaining("clock is 42 minutes behind");
    }

    @Test
    void anAccessKeyThatTheServerDoesNotKnowIsPermanent() {
        s3.server.requireAccessKey("somebody-else");
        TierException failure = failure(s3.start().probe(deadline()));
        assertThat(failure.kind()).isEqualTo(PERMANENT);
        assertThat(failure).hasMessageContaining("access-key");
        assertNoSecret(failure);
    }

    @Test
    void aMissingBucketIsMadeOnlyIfThatIsWanted() {
        s3.server.dropBucket(S3Fixture.BUCKET);
        assertThat(failure(s3.start().probe(deadline()))).hasMessageContaining("create-bucket");
        assertThat(result(s3.start("create-bucket", true).probe(deadline())).storage())
                .isNotBlank();
        assertThat(s3.server.objects(S3Fixture.BUCKET)).contains(S3Fixture.IDENTITY);
    }

    @Test
    void refusedConnectionsAreTransientAndNameTheAddress() throws IOException {
        String nobody = FaultServer.nobody().toString();
        TierException failure = failure(get(s3.start("endpoint", nobody)));
        assertThat(failure.kind()).isEqualTo(TRANSIENT);
        assertThat(failure).hasMessageContaining(nobody).hasMessageContaining("check endpoint");
    }

    @Test
    void aPassingErrorIsTriedAgainTwiceAndNoMore() {
        S3Tier tier = s3.open();
        s3.server.inject(S3Operation.GET_OBJECT, 2, S3Fault.error(503, "SlowDown"));
        assertThat(text(tier, "first")).isEqualTo("x");
        assertThat(s3.server.requests(S3Operation.GET_OBJECT)).isEqualTo(3);
        s3.server.inject(S3Operation.GET_OBJECT, 3, S3Fault.error(503, "SlowDown"));
        assertThat(failure(get(tier)).kind()).isEqualTo(TRANSIENT);
        assertThat(s3.server.requests(S3Operation.GET_OBJECT)).isEqualTo(6);
    }

    @Test
    void retryAfterIsHonouredSoThatNothingIsAskedBeforeTheDeadline() {
        S3Tier tier = s3.open();
        s3.server.inject(
                S3Operation.GET_OBJECT, 1, S3Fault.error(503, "SlowDown").header("Retry-After", "3600"));
        assertThat(failure(get(tier)).kind()).isEqualTo(TRANSIENT);
        assertThat(s3.server.requests(S3Operation.GET_OBJECT)).isEqualTo(1);
    }

    @Test
    void anIdleConnectionThatDiedCostsOneMoreRequestAndNoError() {
        S3Tier tier = s3.open();
        s3.server.inject(S3Operation.GET_OBJECT, 1, S3Fault.resetBefore());
        assertThat(text(tier, "first")).isEqualTo("x");
        s3.server.inject(S3Operation.PUT_OBJECT, 1, S3Fault.resetBefore());
        assertThat(apply(tier, value("first", 2, "y"))).isEqualTo(Applied.DONE);
        assertThat(text(tier, "first")).isEqualTo("y");
    }

    @Test
    void aWriteWhoseAnswerGotLostIsDoneAndNotOlderThanItself() {
        S3Tier tier = s3.open();
        s3.server.inject(S3Operation.PUT_OBJECT, 1, S3Fault.resetAfter());
        assertThat(apply(tier, value("lost", 5, "y"))).isEqualTo(Applied.DONE);
        assertThat(text(tier, "lost")).isEqualTo("y");
        assertThat(apply(tier, value("lost", 5, "y"))).isEqualTo(new Applied.Older(version(5)));
    }

    @Test
    void aBodyThatIsCutIsReadAgainOnceAndThenTransient() {
        S3Tier tier = s3.open();
        s3.server.inject(S3Operation.GET_OBJECT, 1, S3Fault.cutBody(20));
        assertThat(text(tier, "first")).isEqualTo("x");
        s3.server.inject(S3Operation.GET_OBJECT, 2, S3Fault.cutBody(20));
        assertThat(failure(get(tier)).kind()).isEqualTo(TRANSIENT);
    }

    @Test
    void aRequestThatIsCutChangesNothing() {
        S3Tier tier = s3.open();
        s3.server.inject(S3Operation.PUT_OBJECT, 2, S3Fault.cutRequest(10));
        assertThat(failure(tier.apply(value("cut", 1, "y"), Condition.IF_NEWER, deadline()))
                        .kind())
                .isEqualTo(TRANSIENT);
        assertThat(text(tier, "cut")).isNull();
    }

    @Test
    void aSlowBodyEndsAtTheDeadline() {
        S3Tier tier = s3.open();
        s3.server.inject(S3Operation.GET_OBJECT, 1, S3Fault.slowBody(1, Duration.ofHours(1)));
        assertThat(failure(tier.get(key("first"), Deadline.in(Duration.ofMillis(300))))
                        .kind())
                .isEqualTo(TRANSIENT);
        assertThat(text(tier, "first")).isEqualTo("x");
    }

    @Test
    void aSlowBodyThatArrivesInTimeIsRead() {
        S3Tier tier = s3.open();
        s3.server.inject(S3Operation.GET_OBJECT, 1, S3Fault.slowBody(16, Duration.ofMillis(2)));
        assertThat(text(tier, "first")).isEqualTo("x");
    }

    @Test
    void inABlackHoleEveryCallEndsByItsDeadlineAndNoThreadStays() {
        S3Tier tier = s3.open("max-connections", 4);
        s3.server.inject(null, Integer.MAX_VALUE, S3Fault.blackHole());
        Deadline soon = Deadline.in(Duration.ofMillis(400));
        List<CompletionStage<?>> stages = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            stages.add(tier.get(key("first"), soon));
            stages.add(tier.apply(value("hole-" + i, 1, "x"), Condition.IF_NEWER, soon));
        }
        stages.add(tier.scan("ns", "", null, 10, soon));
        stages.add(tier.purge(key("first"), version(9), soon));
        stages.add(tier.probe(soon));
        stages.add(tier.usage(soon));
        stages.add(S3Fixture.blobs(tier).has("0".repeat(64), soon));
        stages.forEach(stage -> assertThat(failure(stage).kind()).isEqualTo(TRANSIENT));
        await().until(() -> threads("spark-s3-test") == 0 || s3.server.openConnections() == 0);
        s3.server.heal();
        assertThat(text(tier, "first")).as("the tier works again").isEqualTo("x");
        tier.close();
        await().untilAsserted(() -> assertThat(threads("spark-s3-test")).isZero());
    }

    @Test
    void closingEndsWhatHangs() {
        S3Tier tier = s3.open();
        s3.server.inject(null, Integer.MAX_VALUE, S3Fault.blackHole());
        CompletionStage<?> hanging = get(tier);
        await().until(() -> s3.server.requests(S3Operation.GET_OBJECT) == 1);
        tier.close();
        assertThat(failure(hanging)).hasMessageContaining("closed");
        await().untilAsserted(() -> assertThat(threads("spark-s3-test")).isZero());
    }

    @Test
    void damageIsFoundAndAWriteReplacesIt() {
        S3Tier tier = s3.open();
        s3.server.corrupt(S3Fixture.BUCKET, object("first"), 40);
        assertThat(failure(get(tier)).kind()).isEqualTo(CORRUPT);
        assertThat(apply(tier, value("first", 2, "mended"))).isEqualTo(Applied.DONE);
        assertThat(text(tier, "first")).isEqualTo("mended");
        s3.server.put(S3Fixture.BUCKET, object("first"), new byte[] {1, 2, 3});
        assertThat(failure(tier.apply(value("first", 3, "x"), Condition.IF_ABSENT, deadline()))
                        .kind())
                .isEqualTo(CORRUPT);
        assertThat(apply(tier, value("first", 3, "mended again"))).isEqualTo(Applied.DONE);
        assertThat(text(tier, "first")).isEqualTo("mended again");
    }

    @Test
    void emptyAndForeignObjectsDoNotStopAScan() {
        S3Tier tier = s3.open();
        s3.server.put(S3Fixture.BUCKET, object("empty"), new byte[0]);
        s3.server.put(
                S3Fixture.BUCKET, object("foreign"), "not a record".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        assertThat(scan(tier, "", 10)).extracting(header -> header.key().key()).containsExactly("first");
        assertThat(failure(tier.get(key("empty"), deadline())).kind()).isEqualTo(CORRUPT);
        assertThat(apply(tier, value("empty", 1, "filled"))).isEqualTo(Applied.DONE);
    }

    @ParameterizedTest
    @EnumSource(names = {"REQUIRED", "AUTO", "OFF"})
    void aServerThatIgnoresConditionsIsFoundOut(S3Options.ConditionalWrites mode) {
        s3.server.honourConditions(false);
        S3Tier tier = s3.start("conditional-writes", mode);
        CompletionStage<Applied> write = tier.apply(value("k", 2, "x"), Condition.IF_NEWER, deadline());
        if (mode == S3Options.ConditionalWrites.REQUIRED) {
            TierException failure = failure(write);
            assertThat(failure.kind()).isEqualTo(PERMANENT);
            assertThat(failure).hasMessageContaining("conditional-writes");
            assertThat(text(tier, "k")).isNull();
        } else {
            assertThat(result(write)).isEqualTo(Applied.DONE);
            assertThat(apply(tier, value("k", 1, "y"))).isEqualTo(new Applied.Older(version(2)));
            assertThat(text(tier, "k")).isEqualTo("x");
        }
        assertThat(result(tier.probe(deadline())).detail()).contains("may overwrite one another");
        assertThat(s3.server.objects(S3Fixture.BUCKET)).noneMatch(name -> name.contains("/probe/"));
    }

    @Test
    void theServerIsTriedOutOnceAndTheProbeSaysWhatItCan() {
        s3.server.honourConditionalDeletes(true);
        S3Tier tier = s3.open();
        assertThat(result(tier.probe(deadline())).detail())
                .contains("conditional writes work")
                .contains("deletions too");
        for (int i = 0; i < 5; i++) {
            assertThat(apply(tier, value("once", i, "x"))).isEqualTo(Applied.DONE);
        }
        assertThat(s3.server.requests(S3Operation.PUT_OBJECT)).isEqualTo(5);
        assertThat(s3.server.requests(S3Operation.GET_OBJECT))
                .as("one probe, and one look at a record that was not remembered")
                .isEqualTo(2);
    }

    @Test
    void aBucketThatWasReplacedHasAnotherIdentity() {
        S3Tier tier = s3.open();
        String before = result(tier.probe(deadline())).storage();
        assertThat(result(s3.start().probe(deadline())).storage()).isEqualTo(before);
        s3.server.dropBucket(S3Fixture.BUCKET);
        s3.server.createBucket(S3Fixture.BUCKET);
        assertThat(result(tier.probe(deadline())).storage()).isNotEqualTo(before);
        s3.server.put(S3Fixture.BUCKET, S3Fixture.IDENTITY, new byte[] {1});
        assertThat(failure(tier.probe(deadline()))).hasMessageContaining("prefix");
    }

    @Test
    void whatIsRememberedOfAPurgedRecordKeepsNobodyOut() {
        S3Tier tier = s3.open();
        apply(tier, value("gone", 5, "x"));
        S3Tier other = s3.open();
        assertThat(result(other.purge(key("gone"), version(5), deadline()))).isTrue();
        assertThat(apply(tier, value("gone", 3, "older, but nothing is there"))).isEqualTo(Applied.DONE);
        assertThat(text(other, "gone")).isEqualTo("older, but nothing is there");
    }

    @Test
    void encryptionAndStorageClassGoWithEveryWrite() {
        S3Tier tier = s3.open("sse", "kms:key-7", "storage-class", "STANDARD_IA");
        apply(tier, value("k", 1, "x"));
        assertThat(s3.server.headers(S3Fixture.BUCKET, object("k")))
                .containsEntry("x-amz-server-side-encryption", "aws:kms")
                .containsEntry("x-amz-server-side-encryption-aws-kms-key-id", "key-7")
                .containsEntry("x-amz-storage-class", "STANDARD_IA");
        apply(s3.open("sse", "s3"), value("k2", 1, "x"));
        assertThat(s3.server.headers(S3Fixture.BUCKET, object("k2")))
                .containsEntry("x-amz-server-side-encryption", "AES256");
    }

    @Test
    void twoThousandFiveHundredRecordsAreListedInPagesAndTheSecondTimeWithoutReadingThem() {
        S3Tier tier = s3.open();
        for (int i = 0; i < 2_500; i++) {
            TierRecord record = value(String.format(java.util.Locale.ROOT, "many/%05d", i), 1, "x");
            s3.server.put(S3Fixture.BUCKET, object(record.key().key()), ai.primespark.spi.RecordFormat.write(record));
        }
        assertThat(scan(tier, "many/", 1_000))
                .hasSize(2_500)
                .extracting(header -> header.key().key())
                .isSorted()
                .doesNotHaveDuplicates();
        assertThat(s3.server.requests(S3Operation.LIST_OBJECTS)).isEqualTo(3);
        assertThat(s3.server.requests(S3Operation.GET_OBJECT)).isEqualTo(2_500);
        s3.server.resetCounts();
        assertThat(scan(tier, "many/", 1_000)).hasSize(2_500);
        assertThat(s3.server.requests(S3Operation.GET_OBJECT)).isZero();
        assertThat(result(tier.usage(deadline())).records()).isEqualTo(2_501);
    }

    private static long threads(String prefix) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith(prefix))
                .count();
    }

    static void assertNoSecret(Throwable failure) {
        StringWriter trace = new StringWriter();
        failure.printStackTrace(new PrintWriter(trace));
        assertThat(trace.toString()).doesNotContain(S3Fixture.SECRET_KEY).doesNotContain(S3Fixture.ACCESS_KEY);
    }
}
