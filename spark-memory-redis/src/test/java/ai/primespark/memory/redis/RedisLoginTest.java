package ai.primespark.memory.redis;

import static ai.primespark.memory.redis.Tiers.apply;
import static ai.primespark.memory.redis.Tiers.failure;
import static ai.primespark.memory.redis.Tiers.key;
import static ai.primespark.memory.redis.Tiers.soon;
import static ai.primespark.memory.redis.Tiers.text;
import static ai.primespark.memory.redis.Tiers.value;
import static ai.primespark.memory.redis.Tiers.version;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.spi.Applied;
import ai.primespark.spi.Condition;
import ai.primespark.spi.LeaseTier;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.TierException;
import ai.primespark.testkit.LocalRedis;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RedisLoginTest {

    private static LocalRedis redis;
    private final Tiers tiers = new Tiers();

    @BeforeAll
    static void startServer() {
        redis = Servers.start("--requirepass", "geheim").login("geheim");
        // the rights that the README lists, and no others
        redis.command(
                "ACL",
                "SETUSER",
                "spark",
                "on",
                ">funke",
                "resetkeys",
                "~ps:*",
                "resetchannels",
                "-@all",
                "+get",
                "+set",
                "+getrange",
                "+exists",
                "+unlink",
                "+eval",
                "+evalsha",
                "+time",
                "+scan",
                "+ping",
                "+hello",
                "+auth",
                "+client|tracking",
                "+client|setname",
                "+info");
        redis.command("ACL", "SETUSER", "reader", "on", ">lesen", "~ps:*", "-@all", "+get", "+ping", "+hello");
    }

    @AfterAll
    static void stopServer() {
        redis.close();
    }

    @AfterEach
    void closeTiers() throws Exception {
        tiers.close();
    }

    /** At the latest at the next attempt to connect: the client may lose why the first was refused. */
    private static void assertPermanent(Callable<TierException> operation, String... words) throws Exception {
        await().untilAsserted(() -> assertThat(operation.call().kind()).isEqualTo(TierException.Kind.PERMANENT));
        TierException failure = operation.call();
        assertThat(failure.kind()).as(failure.getMessage()).isEqualTo(TierException.Kind.PERMANENT);
        assertThat(failure.getMessage()).contains(words).doesNotContain("geheim", "falsch", "funke", "lesen");
    }

    @Test
    void thePasswordMayStandInTheUrlOrBesideIt() throws Exception {
        MemoryTier beside = tiers.open(redis, "password", "geheim");
        assertThat(apply(beside, value("a", 1, "one"))).isEqualTo(Applied.DONE);
        MemoryTier inUrl = tiers.open(redis, "url", "redis://:geheim@127.0.0.1:" + redis.port());
        assertThat(text(inUrl, "a")).isEqualTo("one");
        assertThat(inUrl.toString()).doesNotContain("geheim");
    }

    @Test
    void aWrongPasswordIsPermanentAndSaysHowToMendIt() throws Exception {
        MemoryTier tier = tiers.open(redis, "password", "falsch");
        assertPermanent(() -> failure(tier.get(key("a"), soon())), "refuses the password", "username and password");
        assertPermanent(() -> failure(tier.probe(soon())), "refuses the password");
    }

    @Test
    void aMissingPasswordIsPermanent() throws Exception {
        assertPermanent(() -> failure(tiers.open(redis).get(key("a"), soon())), "asks for a password");
    }

    @Test
    void theListedRightsAreEnoughForEverything() throws Exception {
        MemoryTier tier = tiers.open(redis, "username", "spark", "password", "funke");
        apply(tier, value("acl", 1, "one"));
        assertThat(text(tier, "acl")).isEqualTo("one");
        assertThat(Tiers.await(tier.scan("test", "acl", null, 10, soon())).headers())
                .hasSize(1);
        assertThat(failure(tier.probe(soon()))).isNull();
        assertThat(Tiers.await(tier.usage(soon())).records()).isPositive();
        LeaseTier.Lease lease = Tiers.await(
                        tier.leases().orElseThrow().acquire(key("acl"), Duration.ofSeconds(5), soon()))
                .orElseThrow();
        assertThat(failure(tier.leases().orElseThrow().release(lease, soon()))).isNull();
        assertThat(Tiers.await(tier.purge(key("acl"), version(1), soon()))).isTrue();
        Tiers.News news = new Tiers.News();
        try (AutoCloseable subscription = tier.invalidations().orElseThrow().subscribe(news)) {
            assertThat(news.heard).as("tracked").isEmpty();
        }
    }

    @Test
    void aUserWithoutRightsIsToldWhichAreMissing() throws Exception {
        MemoryTier tier = tiers.open(redis, "username", "reader", "password", "lesen", "tracking", false);
        // without INFO the storage's name would have to be written, which this user must not
        assertPermanent(
                () -> failure(tier.apply(value("a", 2, "x"), Condition.IF_NEWER, soon())), "ACL SETUSER", "NOPERM");
    }

    @Test
    void anotherPrefixIsRefusedByTheAclAndReportedAsSuch() throws Exception {
        MemoryTier tier = tiers.open(redis, "username", "spark", "password", "funke", "prefix", "other:");
        assertPermanent(() -> failure(tier.apply(value("a", 2, "x"), Condition.IF_NEWER, soon())), "NOPERM");
    }

    @Test
    void aDatabaseThatIsNotThereIsPermanent() throws Exception {
        assertPermanent(
                () -> failure(
                        tiers.open(redis, "password", "geheim", "database", 99).get(key("a"), soon())),
                "database");
    }

    @Test
    void databasesAreSeparate() throws Exception {
        MemoryTier one = tiers.open(redis, "password", "geheim", "database", 1);
        MemoryTier two = tiers.open(redis, "password", "geheim", "database", 2);
        apply(one, value("db", 1, "one"));
        assertThat(text(two, "db")).isNull();
        assertThat(text(one, "db")).isEqualTo("one");
    }
}
