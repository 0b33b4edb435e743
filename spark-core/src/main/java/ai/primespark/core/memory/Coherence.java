package ai.primespark.core.memory;

import ai.primespark.spi.InvalidationFeed;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.TierKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the near tier in step with what others write, by the news of the tiers that have some.
 *
 * <p>News of a key moves its epoch on first and drops it from the near tier then, so that a read which began before the news
 * can neither keep what it found nor have kept it unseen. While news may be missing, what the near tier holds is compared with
 * the tiers before it is given, and what it takes over is good for {@link Reader#NEAR_LIFE} only. Thread-safe.
 */
final class Coherence implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Coherence.class);

    private final Epochs epochs;
    private final Epochs ownChanges = new Epochs();
    private final @Nullable CaffeineTier near;
    private final BiPredicate<String, TierLink> reaches;
    private final Surroundings around;
    private final Map<TierLink, Feed> feeds = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<TierKey, CompletableFuture<Boolean>> watched = new ConcurrentHashMap<>();
    private final List<AutoCloseable> subscriptions = new ArrayList<>();

    /**
     * Makes one that hears nothing yet.
     *
     * @param reaches whether a namespace, by its name, has values in a tier
     */
    Coherence(Surroundings around, Epochs epochs, @Nullable CaffeineTier near, BiPredicate<String, TierLink> reaches) {
        this.around = around;
        this.epochs = epochs;
        this.near = near;
        this.reaches = reaches;
    }

    /** The tier as the engine is to use it. */
    MemoryTier wrap(MemoryTier tier) {
        return near == null || tier.invalidations().isEmpty() ? tier : new FollowedTier(tier, this::changedHere);
    }

    /** Starts listening. */
    void follow(List<TierLink> links) {
        for (TierLink link : links) {
            link.tier.invalidations().ifPresent(news -> follow(link, news));
        }
    }

    private void follow(TierLink link, InvalidationFeed news) {
        Feed feed = new Feed(link);
        feeds.put(link, feed);
        link.onDown(feed::silent);
        subscriptions.add(news.subscribe(feed));
    }

    /** This process has changed a key in a tier that tells only of the next change after a read. */
    private void changedHere(TierKey key) {
        ownChanges.advance(key);
        if (near != null) {
            near.check(key);
        }
    }

    /** The load token of a key for the near tier, besides its epoch. */
    int ownChanges(TierKey key) {
        return ownChanges.current(key);
    }

    /** Whether a tier's news of what is read from it now will arrive. */
    boolean hears(TierLink link) {
        Feed feed = feeds.get(link);
        return feed != null && feed.whole && !link.isDown();
    }

    /** Whether some tier of a namespace tells of others' changes. */
    boolean hears(Space space) {
        if (feeds.isEmpty()) {
            return false;
        }
        for (TierLink link : space.tiers) {
            if (hears(link)) {
                return true;
            }
        }
        return false;
    }

    /** Completed by the next news of a key, or by news that may be of it. Ask before looking, {@link #unwatch} after it. */
    CompletableFuture<Boolean> watch(TierKey key) {
        return Objects.requireNonNull(watched.computeIfAbsent(key, same -> new CompletableFuture<>()));
    }

    /** Nobody waits for news of a key any more, as far as the caller knows; others who do look by themselves now and then. */
    void unwatch(TierKey key) {
        CompletableFuture<Boolean> news = watched.remove(key);
        if (news != null) {
            news.complete(false);
        }
    }

    @Override
    public void close() {
        for (AutoCloseable subscription : subscriptions) {
            try {
                subscription.close();
            } catch (Exception e) {
                LOG.debug("A tier's news could not be ended", e);
            }
        }
    }

    /** What one tier tells. */
    private final class Feed implements InvalidationFeed.Listener {

        private final TierLink link;
        private volatile boolean whole = true; // a feed that cannot hear at first says so when it is subscribed to

        Feed(TierLink link) {
            this.link = link;
        }

        @Override
        public void onInvalidate(List<TierKey> keys) {
            for (TierKey key : keys) {
                epochs.advance(key);
                if (near != null) {
                    near.drop(key);
                }
                CompletableFuture<Boolean> waiting = watched.remove(key);
                if (waiting != null) {
                    var unused = waiting.completeAsync(() -> true, around.blocking()); // not on the tier's thread
                }
            }
        }

        @Override
        public void onInvalidateAll() {
            doubtAll(Long.MIN_VALUE);
        }

        @Override
        public void onGap() {
            whole = false; // first, so that nobody fills for long what is doubted here
            doubtAll(Long.MIN_VALUE);
        }

        /** What was filled meanwhile is doubted as well, because nobody told of changes to it. */
        @Override
        public void onRestored() {
            doubtAll(Long.MIN_VALUE);
            whole = true;
        }

        /** A tier that does not answer may not tell either; nothing is known to be missing yet. */
        private void silent() {
            if (near != null) {
                near.checkBy(this::covers, around.clock().millis() + Reader.NEAR_LIFE.toMillis());
            }
        }

        private void doubtAll(long checkAtMillis) {
            epochs.advanceAll();
            if (near != null) {
                near.checkBy(this::covers, checkAtMillis);
            }
            for (TierKey key : watched.keySet()) {
                unwatch(key);
            }
        }

        private boolean covers(String namespace) {
            return reaches.test(namespace, link);
        }
    }
}
