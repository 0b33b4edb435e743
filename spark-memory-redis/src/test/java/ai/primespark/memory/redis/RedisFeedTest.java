package ai.primespark.memory.redis;

import static ai.primespark.memory.redis.Tiers.apply;
import static ai.primespark.memory.redis.Tiers.get;
import static ai.primespark.memory.redis.Tiers.key;
import static ai.primespark.memory.redis.Tiers.text;
import static ai.primespark.memory.redis.Tiers.value;
import static ai.primespark.memory.redis.Tiers.version;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.memory.redis.Tiers.News;
import ai.primespark.spi.Condition;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.TierRecord;
import ai.primespark.testkit.LocalRedis;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class RedisFeedTest {

    private final Tiers tiers = new Tiers();
    private final News news = new News();
    private LocalRedis redis;

    @BeforeEach
    void startServer() {
        redis = Servers.start();
    }

    @AfterEach
    void stop() throws Exception {
        tiers.close();
        redis.close();
    }

    private MemoryTier listening() throws Exception {
        MemoryTier tier = tiers.open(redis);
        apply(tier, value("warm", 1, "up")); // connected from here on
        var unused = tier.invalidations().orElseThrow().subscribe(news);
        return tier;
    }

    @Test
    void changesByOthersAreAnnouncedOnceTheKeyWasRead() throws Exception {
        MemoryTier reader = listening();
        MemoryTier writer = tiers.open(redis);
        apply(writer, value("a", 1, "one"));
        apply(writer, value("b", 1, "one"));
        assertThat(text(reader, "a")).isEqualTo("one");
        apply(writer, value("b", 2, "two"));
        apply(writer, TierRecord.tombstone(key("a"), version(2), TierRecord.NEVER));
        await().until(() -> !news.heard.isEmpty());
        assertThat(news.heard).containsExactly("test/a");
        assertThat(get(reader, "a").isTombstone()).isTrue();
    }

    @Test
    void readingNothingIsWatchedToo() throws Exception {
        MemoryTier reader = listening();
        assertThat(get(reader, "later")).isNull();
        apply(tiers.open(redis), value("later", 1, "here"));
        await().untilAsserted(() -> assertThat(news.heard).containsExactly("test/later"));
    }

    @Test
    void ownWritesAreSilentAndLeaveTheKeyWatched() throws Exception {
        MemoryTier own = listening();
        MemoryTier other = tiers.open(redis);
        get(own, "a");
        apply(own, value("a", 1, "mine"));
        apply(own, value("a", 2, "mine again"));
        apply(own, value("a", 1, "older"));
        assertThat(text(own, "a")).isEqualTo("mine again");
        assertThat(news.heard).isEmpty(); // the read's answer came after whatever the writes would have caused
        apply(own, value("a", 3, "mine, and not read afterwards"));
        apply(other, value("a", 4, "theirs"));
        await().untilAsserted(() -> assertThat(news.heard).containsExactly("test/a"));
    }

    @Test
    void flushingTheDatabaseInvalidatesEverything() throws Exception {
        MemoryTier reader = listening();
        get(reader, "a");
        redis.command("FLUSHALL");
        await().untilAsserted(() -> assertThat(news.heard).contains("all"));
        assertThat(get(reader, "a")).isNull();
    }

    @Test
    void aRecordThatTheServerExpiresIsAnnounced() throws Exception {
        MemoryTier reader = listening();
        long end = tiers.context.clock().millis() + 1_500;
        apply(tiers.open(redis), TierRecord.value(key("short"), version(1), end, "text", new byte[1]));
        assertThat(get(reader, "short")).isNotNull();
        await().untilAsserted(() -> assertThat(news.heard).containsExactly("test/short"));
    }

    @Test
    void aLostConnectionIsAGapUntilTheNextOneTracks() throws Exception {
        MemoryTier reader = listening();
        MemoryTier writer = tiers.open(redis);
        get(reader, "a");
        redis.command("CLIENT", "KILL", "TYPE", "normal");
        await().untilAsserted(() -> assertThat(news.heard).containsExactly("gap", "restored"));
        assertThat(get(reader, "a")).isNull();
        await().until(() ->
                Tiers.failure(writer.apply(value("a", 5, "new"), Condition.IF_NEWER, Tiers.soon())) == null);
        await().untilAsserted(() -> assertThat(news.heard).containsExactly("gap", "restored", "test/a"));
    }

    @Test
    void whoeverSubscribesWithoutAConnectionHearsOfTheGapAtOnce() throws Exception {
        redis.kill();
        MemoryTier tier = tiers.open(redis);
        var unused = tier.invalidations().orElseThrow().subscribe(news);
        assertThat(news.heard).containsExactly("gap");
        redis.startAgain();
        await().untilAsserted(() -> assertThat(news.heard).containsExactly("gap", "restored"));
    }

    @Test
    void aClosedSubscriptionHearsNothing() throws Exception {
        MemoryTier reader = tiers.open(redis);
        apply(reader, value("a", 1, "one"));
        News other = new News();
        AutoCloseable subscription = reader.invalidations().orElseThrow().subscribe(other);
        var unused = reader.invalidations().orElseThrow().subscribe(news);
        subscription.close();
        apply(tiers.open(redis), value("a", 2, "two"));
        await().untilAsserted(() -> assertThat(news.heard).containsExactly("test/a"));
        assertThat(other.heard).isEmpty();
    }

    @Test
    void aListenerThatFailsCostsOthersNothing() throws Exception {
        MemoryTier reader = tiers.open(redis);
        apply(reader, value("a", 1, "one"));
        var first = reader.invalidations().orElseThrow().subscribe(new FailingListener());
        var second = reader.invalidations().orElseThrow().subscribe(news);
        apply(tiers.open(redis), value("a", 2, "two"));
        await().untilAsserted(() -> assertThat(news.heard).containsExactly("test/a"));
        first.close();
        second.close();
    }

    @Test
    void aWriteWhoseAnswerCameTooLateIsAnnouncedOrFollowedByAGap() throws Exception {
        MemoryTier tier = tiers.open(redis, "timeout", "200ms");
        await().until(() -> Tiers.failure(tier.apply(value("a", 1, "one"), Condition.IF_NEWER, Tiers.soon())) == null);
        var unused = tier.invalidations().orElseThrow().subscribe(news);
        redis.pause();
        assertThat(Tiers.failure(
                        tier.apply(value("a", 2, "late"), Condition.IF_NEWER, Deadline.in(Duration.ofMillis(100)))))
                .isNotNull();
        redis.resume();
        await().until(() -> news.heard.contains("test/a") || news.heard.contains("gap"));
        await().until(() -> Tiers.failure(tier.get(key("a"), Tiers.soon())) == null);
    }

    @Test
    void withoutTrackingThereIsNoFeed() throws Exception {
        assertThat(tiers.open(redis, "tracking", false).invalidations()).isEmpty();
    }

    @Test
    void withoutTheRightToTrackTheGapStaysAndEverythingElseWorks() throws Exception {
        redis.command(
                "ACL",
                "SETUSER",
                "untracked",
                "on",
                ">pw",
                "~*",
                "&*",
                "+@all",
                "-client"); // old servers cannot deny a part of it
        MemoryTier tier = tiers.open(redis, "username", "untracked", "password", "pw");
        var unused = tier.invalidations().orElseThrow().subscribe(news);
        apply(tier, value("a", 1, "one"));
        assertThat(text(tier, "a")).isEqualTo("one");
        assertThat(news.heard).containsExactly("gap");
        assertThat(Tiers.await(tier.probe(Tiers.soon())).detail()).contains("no news of changes");
    }

    private static final class FailingListener implements ai.primespark.spi.InvalidationFeed.Listener {
        @Override
        public void onInvalidate(java.util.List<ai.primespark.spi.TierKey> keys) {
            throw new IllegalStateException("a listener's mistake, as this test wants it");
        }

        @Override
        public void onInvalidateAll() {}

        @Override
        public void onGap() {}

        @Override
        public void onRestored() {}
    }
}
