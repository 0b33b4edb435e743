package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.memory.Version;
import ai.primespark.spi.InvalidationFeed;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** TIER-12: news of what others change, for tiers that say that they have some. */
abstract class TierFeedRules extends TierStorageRules {

    private static final int CHANGES = 200;

    /** Cuts the connection that brings the news, so that it comes back by itself; false when the subclass cannot. */
    abstract boolean cutFeed(MemoryTier tier);

    @Test
    @DisplayName("TIER-12 what is read is followed: the next change by another is announced")
    void changesAfterAReadAreAnnounced() throws Exception {
        MemoryTier here = open();
        Optional<InvalidationFeed> feed = here.invalidations();
        if (feed.isEmpty()) {
            expectNoneEither(here);
            return;
        }
        MemoryTier there = open();
        FeedListener news = new FeedListener();
        try (AutoCloseable subscription = feed.get().subscribe(news)) {
            apply(there, value(key("held"), version(1), "one"));
            assertThat(text(get(here, key("held")))).isEqualTo("one");
            awaitHearing(news);
            for (int round = 2; round < 6; round++) {
                expectNews(here, there, news, value(key("held"), version(round), "v" + round));
            }
            expectNews(here, there, news, TierRecord.tombstone(key("held"), version(9), inOneHour()));
            expectNews(here, there, news, value(key("missing"), version(1), "came to be"));
            wait("getAll", here.getAll(List.of(key("a"), key("b")), deadline()));
            long before = news.count(key("b"));
            apply(there, value(key("b"), version(1), "b"));
            await("news of a key that was read in a batch", () -> news.count(key("b")) > before);
        }
    }

    private void expectNoneEither(MemoryTier silent) {
        close(silent); // some storages let in one at a time
        assertThat(open().invalidations()).as("a tier has news always or never").isEmpty();
    }

    private void expectNews(MemoryTier here, MemoryTier there, FeedListener news, TierRecord record) {
        get(here, record.key());
        long before = news.count(record.key());
        apply(there, record);
        await("news of " + record, () -> news.count(record.key()) > before);
        assertThat(news.faults()).isEmpty();
    }

    /** The guard that the engine uses: what is read is kept only if no news came since the read began. */
    @Test
    @DisplayName(
            "TIER-12 news arrives in order: a cache that keeps what it read until it is told ends with what is stored")
    void aGuardedCacheIsNeverStaleForGood() throws Exception {
        MemoryTier here = open();
        Optional<InvalidationFeed> feed = here.invalidations();
        if (feed.isEmpty()) {
            expectNoneEither(here);
            return;
        }
        MemoryTier there = open();
        TierKey key = key("raced");
        FeedListener news = new FeedListener();
        try (AutoCloseable subscription = feed.get().subscribe(news)) {
            get(here, key);
            awaitHearing(news);
            FutureTask<@Nullable Object> writer = Bounded.start("writer", () -> {
                for (int i = 1; i <= CHANGES; i++) {
                    apply(there, value(key, version(i), "v" + i));
                }
                return null;
            });
            Version cached = null;
            long token = -1;
            boolean done;
            do { // one more time after the last write, when all news of earlier ones may still be on its way
                done = writer.isDone();
                long now = news.count(key);
                if (now != token) {
                    TierRecord record = get(here, key);
                    cached = record == null ? null : record.version();
                    token = now;
                }
            } while (!done);
            Bounded.result(tierPatience(), "writer", writer);
            Version kept = cached;
            if (!version(CHANGES).equals(kept)) {
                long stale = token;
                await("news that what was kept, " + kept + ", was overwritten", () -> news.count(key) != stale);
            }
            assertThat(news.faults()).isEmpty();
        }
    }

    @Test
    @DisplayName("TIER-12 a subscription that was closed hears nothing more, and others go on")
    void closedSubscriptionsHearNothing() throws Exception {
        MemoryTier here = open();
        Optional<InvalidationFeed> feed = here.invalidations();
        if (feed.isEmpty()) {
            expectNoneEither(here);
            return;
        }
        MemoryTier there = open();
        FeedListener ended = new FeedListener();
        FeedListener lasting = new FeedListener();
        AutoCloseable first = feed.get().subscribe(ended);
        try (AutoCloseable second = feed.get().subscribe(lasting)) {
            get(here, key("key"));
            awaitHearing(lasting);
            first.close();
            get(here, key("key"));
            long before = ended.count(key("key"));
            long others = lasting.count(key("key"));
            apply(there, value(key("key"), version(1), "v"));
            await("news for the one that still listens", () -> lasting.count(key("key")) > others);
            assertThat(ended.count(key("key"))).isEqualTo(before);
            first.close();
        }
    }

    @Test
    @DisplayName("TIER-12 a lost connection is a gap, its return is announced, and then news arrives again")
    void gapsAreAnnounced() throws Exception {
        MemoryTier here = open();
        Optional<InvalidationFeed> feed = here.invalidations();
        if (feed.isEmpty()) {
            expectNoneEither(here);
            return;
        }
        MemoryTier there = open();
        FeedListener news = new FeedListener();
        try (AutoCloseable subscription = feed.get().subscribe(news)) {
            get(here, key("key"));
            awaitHearing(news);
            long gaps = news.gaps();
            if (cutFeed(here)) {
                await("a gap", () -> news.gaps() > gaps);
                awaitHearing(news);
            }
            await("an answer after the cut", () -> answers(here) && answers(there)); // the cut may hit both
            expectNews(here, there, news, value(key("key"), version(1), "after"));
            assertThat(news.faults()).isEmpty();
        }
    }

    private boolean answers(MemoryTier tier) {
        return Bounded.stageFailure(tierPatience(), "get", () -> tier.get(key("key"), deadline())) == null;
    }

    private void awaitHearing(FeedListener news) {
        await("the feed to work", news::isWhole);
    }

    final void await(String what, BooleanSupplier condition) {
        Object unused = Bounded.run(tierPatience(), what, () -> {
            while (!condition.getAsBoolean()) {
                context().clock().advance(Duration.ofMillis(5)); // for tiers whose time is the context's
                Thread.sleep(5);
            }
            return null;
        });
    }
}
