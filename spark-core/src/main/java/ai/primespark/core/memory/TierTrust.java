package ai.primespark.core.memory;

import ai.primespark.event.SparkEvent;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.Version;
import ai.primespark.spi.Applied;
import ai.primespark.spi.Condition;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierIdentity;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides whether what a persistent tier holds may be believed. It may not when the tier was away for longer than deletions are
 * remembered, when its storage is another one than before, or when it has forgotten what this machine wrote to it: then it may
 * hold values that were deleted in its absence, and is compared with the others before it is read again.
 *
 * <p>To notice the last, the engine keeps a record of its own in each tier, its <em>mark</em>, with an ever newer version: a tier
 * whose mark is older than the one that this machine knows it wrote has been put back to an earlier state, for example from a
 * backup. A backup that is younger than the last mark ({@link #MARK_INTERVAL}) cannot be told apart that way.
 *
 * <p>Thread-safe.
 */
final class TierTrust {

    /** The namespace of the engine's own records; not for applications. */
    static final String NAMESPACE = "primespark.system";

    static final Duration MARK_INTERVAL = Duration.ofMinutes(10);

    private static final Logger LOG = LoggerFactory.getLogger(TierTrust.class);

    /** By how much a shared tier's last sight must be older than any other's, to say that it was away and not this machine. */
    private static final Duration SLACK = Duration.ofHours(1);

    private final TrustFile file;
    private final Surroundings around;
    private final HybridClock versions;
    private final Duration tombstoneLife;
    private final TierKey markKey;
    private final List<TierLink> links;
    private final Consumer<TierLink> compare;
    private final Map<TierLink, TrustFile.Known> known = new HashMap<>(); // guarded by this
    private final Map<TierLink, Long> marked = new HashMap<>(); // guarded by this
    private volatile boolean closed;

    /** @param compare begins the comparison of a tier that is not believed; must not block */
    TierTrust(
            TrustFile file,
            List<TierLink> all,
            Surroundings around,
            HybridClock versions,
            String node,
            Duration tombstoneLife,
            Consumer<TierLink> compare) {
        this.file = file;
        this.around = around;
        this.versions = versions;
        this.tombstoneLife = tombstoneLife;
        this.markKey = TierKey.of(NAMESPACE, "mark/" + node);
        this.links = all.stream().filter(link -> link.has(TierTrait.PERSISTENT)).toList();
        this.compare = compare;
    }

    /** Doubts what must be doubted by what is known from earlier runs, and looks at the others, before they are read. */
    void start() {
        Map<TierLink, TrustFile.Known> before = new HashMap<>();
        for (TierLink link : links) {
            TrustFile.Known its = file.known(link.id);
            if (its != null) {
                before.put(link, its);
            }
            link.onReturn(identity -> returned(link, identity));
            around.meters().gauge("spark.memory.tier.trusted", () -> link.isTrusted() ? 1 : 0, "tier", link.id);
        }
        synchronized (this) {
            known.putAll(before);
        }
        long now = around.clock().millis();
        long alive = before.values().stream()
                .mapToLong(TrustFile.Known::lastSeenMillis)
                .max()
                .orElse(now);
        before.keySet().forEach(TierLink::beginCheck); // all of them, before the comparison of any begins
        boolean othersWrite = links.stream().anyMatch(link -> link.has(TierTrait.SHARED));
        before.forEach((link, its) -> {
            boolean tooLong = now - its.lastSeenMillis() > tombstoneLife.toMillis();
            boolean byItself = alive - its.lastSeenMillis() > SLACK.toMillis();
            if (its.doubted()) {
                doubt(link, "its comparison with the other tiers was not done when the process before ended");
            } else if (tooLong && (byItself || othersWrite && !link.has(TierTrait.SHARED))) {
                doubt(link, "it was not in use for longer than deletions are remembered");
            } else {
                later(() -> look(link), Duration.ZERO);
            }
        });
    }

    /** Looks at a tier of which it is not known whether it is the same as before. */
    private void look(TierLink link) {
        try {
            TierIdentity identity = link.call(deadline(), link.tier::probe);
            String reason =
                    reasonToDoubt(link, identity, () -> link.call(deadline(), own -> link.tier.get(markKey, own)));
            if (reason.isEmpty()) {
                link.trust();
            } else {
                doubt(link, reason);
            }
        } catch (TierException e) {
            link.leaveUndecided(": " + e.getMessage());
            later(() -> look(link), TierLink.PROBE_INTERVAL);
        } catch (MemoryException e) { // interrupted, because the instance is closing
            link.leaveUndecided("");
        }
    }

    /** A tier that was down answers again; its link does not let operations through yet. */
    private void returned(TierLink link, TierIdentity identity) {
        TrustFile.Known before = known(link);
        if (before == null || before.doubted()) {
            return;
        }
        if (around.clock().millis() - before.lastSeenMillis() > tombstoneLife.toMillis()) {
            doubt(link, "it was away for longer than deletions are remembered");
            return;
        }
        try {
            String reason = reasonToDoubt(link, identity, () -> markPastTheLink(link));
            if (!reason.isEmpty()) {
                doubt(link, reason);
            }
        } catch (TierException e) {
            link.leaveUndecided(": " + e.getMessage());
            later(() -> look(link), TierLink.PROBE_INTERVAL);
        }
    }

    private @Nullable TierRecord markPastTheLink(TierLink link) {
        Deadline deadline = deadline();
        try {
            return link.tier
                    .get(markKey, deadline)
                    .toCompletableFuture()
                    .get(deadline.remainingNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw TierLink.asTierException(e.getCause() == null ? e : e.getCause());
        } catch (TimeoutException e) {
            throw new TierException(TierException.Kind.TRANSIENT, "no answer in time", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TierException(TierException.Kind.TRANSIENT, "interrupted", e);
        }
    }

    /** Empty when there is none. */
    private String reasonToDoubt(TierLink link, TierIdentity identity, Supplier<@Nullable TierRecord> mark) {
        TrustFile.Known before = known(link);
        if (before == null) {
            return "";
        }
        if (!before.storage().equals(identity.storage())) {
            return "its storage is another one than before";
        }
        Version written = before.markVersion();
        if (written == null) {
            return "";
        }
        TierRecord held = readMark(mark);
        if (held == null && link.has(TierTrait.MAY_EVICT)) {
            return "";
        }
        return held == null || written.isNewerThan(held.version())
                ? "it does not hold what this machine wrote to it; it may have been put back to an earlier state"
                : "";
    }

    private static @Nullable TierRecord readMark(Supplier<@Nullable TierRecord> mark) {
        try {
            return mark.get();
        } catch (TierException e) {
            if (e.kind() == TierException.Kind.CORRUPT) {
                return null;
            }
            throw e;
        }
    }

    private void doubt(TierLink link, String reason) {
        link.distrust("being compared with the other tiers: " + reason);
        synchronized (this) {
            TrustFile.Known before = known.get(link);
            if (before != null) {
                known.put(link, before.doubtedNow());
                file.remember(link.id, before.doubtedNow());
            }
        }
        LOG.warn("Memory tier '{}' is not read until it has been compared with the others: {}", link.id, reason);
        around.events().accept(new SparkEvent.TierRejoined(around.clock().instant(), link.id, false, reason));
        compare.accept(link);
    }

    /** What was written before that was known to all others while the tier was; see {@link Mender}. */
    long knownBeforeMillis(TierLink link) {
        TrustFile.Known before = known(link);
        long forgotten = around.clock().millis() - tombstoneLife.toMillis();
        return before == null
                ? Long.MIN_VALUE
                : Math.min(forgotten, before.lastSeenMillis()) - HybridClock.MAX_SKEW.toMillis();
    }

    /** The comparison of a doubted tier is done. */
    void believe(TierLink link) {
        TierIdentity identity = link.call(deadline(), link.tier::probe);
        mark(link, identity);
        link.trust();
        LOG.info("Memory tier '{}' has been compared with the others and is read again", link.id);
        around.events()
                .accept(new SparkEvent.TierRejoined(
                        around.clock().instant(), link.id, true, "compared with the other tiers"));
    }

    /** Notes that tiers are there and the same as before, and renews their marks when it is time to. */
    void observe(boolean localOnly) {
        for (TierLink link : links) {
            if (!link.isDown() && link.isTrusted() && (!localOnly || link.has(TierTrait.LOCAL))) {
                try {
                    observe(link);
                } catch (TierException e) {
                    LOG.debug("Memory tier '{}' could not be looked at: {}", link.id, e.getMessage());
                }
            }
        }
    }

    private void observe(TierLink link) {
        TierIdentity identity = link.call(deadline(), link.tier::probe);
        TrustFile.Known before = known(link);
        long now = around.clock().millis();
        boolean due;
        synchronized (this) {
            due = now - marked.getOrDefault(link, 0L) >= MARK_INTERVAL.toMillis();
        }
        if (before != null && !before.storage().equals(identity.storage())) {
            doubt(link, "its storage is another one than before");
        } else if (due) {
            String reason =
                    reasonToDoubt(link, identity, () -> link.call(deadline(), own -> link.tier.get(markKey, own)));
            if (reason.isEmpty()) {
                mark(link, identity);
            } else {
                doubt(link, reason);
            }
        } else if (before != null) {
            synchronized (this) {
                known.put(link, before.seen(now));
            }
        }
    }

    /** Writes a new mark, then remembers it: what is remembered is never newer than what the tier has. */
    private void mark(TierLink link, TierIdentity identity) {
        TrustFile.Known before = known(link);
        String held = before == null || before.doubted() ? null : before.mark();
        TierRecord mark = TierRecord.value(
                markKey,
                versions.tick(),
                TierRecord.NEVER,
                "text",
                "written by the engine to notice a tier that was put back to an earlier state\n"
                        .getBytes(StandardCharsets.US_ASCII));
        try {
            Applied outcome = link.call(deadline(), own -> link.tier.apply(mark, Condition.IF_NEWER, own));
            held = (outcome instanceof Applied.Older older ? older.current() : mark.version()).toString();
        } catch (TierException e) {
            if (e.kind() != TierException.Kind.FULL) {
                throw e;
            }
        }
        long now = around.clock().millis();
        TrustFile.Known seen = new TrustFile.Known(identity.storage(), now, held, false);
        synchronized (this) {
            known.put(link, seen);
            marked.put(link, now);
        }
        file.remember(link.id, seen);
    }

    private synchronized TrustFile.@Nullable Known known(TierLink link) {
        return known.get(link);
    }

    private void later(Runnable work, Duration pause) {
        if (closed) {
            return;
        }
        try {
            var unused = around.scheduler()
                    .schedule(
                            () -> {
                                try {
                                    around.blocking().execute(work);
                                } catch (RejectedExecutionException e) { // all threads are busy
                                    later(work, TierLink.PROBE_INTERVAL);
                                }
                            },
                            pause.toMillis(),
                            TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // the instance is closing
        }
    }

    private Deadline deadline() {
        return Deadline.in(around.tierTimeout());
    }

    /** Remembers when the tiers were last seen. */
    void close() {
        closed = true;
        Map<TierLink, TrustFile.Known> last;
        synchronized (this) {
            last = new HashMap<>(known);
        }
        last.forEach((link, its) -> {
            if (!its.equals(file.known(link.id))) {
                file.remember(link.id, its);
            }
        });
    }
}
