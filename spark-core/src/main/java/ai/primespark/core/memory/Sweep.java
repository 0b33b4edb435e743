package ai.primespark.core.memory;

import ai.primespark.core.journal.JournalEntry;
import ai.primespark.core.journal.JournalException;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.memory.Version;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierPage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends what is kept for one cache that is away for too long. The hints are dropped only when the journal says that the cache must
 * be swept: until everything in it that is not newer than that moment is gone, this machine does not read from it, so a value that
 * was overwritten meanwhile is never seen. Thread-safe.
 */
final class Sweep {

    private static final Logger LOG = LoggerFactory.getLogger(Sweep.class);
    private static final int PAGE = 500;
    private static final int LARGE = 2_000;
    private static final long PAUSE_MILLIS = 1_000;

    private final TierLink link;
    private final DoubtedTier tier;
    private final Backlog backlog;
    private final Outbox outbox;
    private final HybridClock clock;
    private final NamespaceCatalog catalog;
    private final Surroundings around;
    private final Duration hintLife;
    private final AtomicBoolean running = new AtomicBoolean();
    private final List<JournalEntry> entries = new ArrayList<>(); // guarded by this
    private @Nullable Version upTo; // guarded by this
    private volatile long lastLook = System.nanoTime() - TimeUnit.DAYS.toNanos(1);

    Sweep(
            TierLink link,
            DoubtedTier tier,
            Backlog backlog,
            Outbox outbox,
            HybridClock clock,
            NamespaceCatalog catalog,
            Surroundings around,
            Duration hintLife) {
        this.link = link;
        this.tier = tier;
        this.backlog = backlog;
        this.outbox = outbox;
        this.clock = clock;
        this.catalog = catalog;
        this.around = around;
        this.hintLife = hintLife;
    }

    /** Drops hints that are too old. */
    void expire() {
        long now = System.nanoTime();
        if (backlog.size() > LARGE && now - lastLook < TimeUnit.SECONDS.toNanos(1)) {
            return; // a look costs something then
        }
        lastLook = now;
        long before = around.clock().millis() - hintLife.toMillis();
        if (!backlog.hasOlderThan(before)) {
            return;
        }
        Version limit = clock.tick();
        try {
            JournalEntry entry = outbox.journal()
                    .append(
                            MemoryEntries.SWEEP,
                            MemoryEntries.sweep(link.id, limit),
                            Deadline.in(around.tierTimeout()));
            doubt(limit, entry);
        } catch (JournalException e) {
            LOG.debug("Hints of '{}' are kept: the journal takes no mark", link.id, e);
            return;
        }
        int dropped = backlog.dropOlderThan(before);
        LOG.warn(
                "Memory tier '{}' is away for longer than {}: {} writes are not kept for it any more; it will be emptied of"
                        + " older values before it is asked again",
                link.id,
                hintLife,
                dropped);
        start();
    }

    /** The tier is not to be believed; the entry says so after a restart. */
    synchronized void doubt(Version limit, JournalEntry entry) {
        tier.doubt(true);
        entries.add(entry);
        if (upTo == null || limit.isNewerThan(upTo)) {
            upTo = limit;
        }
    }

    private synchronized @Nullable Version limit() {
        return upTo;
    }

    /** Sweeps in the background if that is needed. */
    void start() {
        if (limit() == null || link.isDown() || !running.compareAndSet(false, true)) {
            return;
        }
        try {
            around.blocking().execute(this::run);
        } catch (RejectedExecutionException e) {
            running.set(false);
            later();
        }
    }

    private void run() {
        Version limit = limit();
        boolean done = false;
        try {
            done = limit == null || sweep(limit);
        } catch (TierException | MemoryException e) {
            LOG.debug("Sweeping '{}' is not finished", link.id, e);
        } finally {
            running.set(false);
        }
        if (!done) {
            later(); // or the tier's recovery, whichever comes first
        }
    }

    private void later() {
        try {
            var unused = around.scheduler().schedule(this::start, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // the instance is closing; the journal remembers
        }
    }

    /** False when it must be done again, up to a newer version. */
    private boolean sweep(Version limit) {
        long removed = 0;
        for (Map.Entry<String, NamespaceOptions> space : catalog.all().entrySet()) {
            if (link.zone.compareTo(space.getValue().reach()) <= 0) {
                removed += sweep(space.getKey(), limit);
            }
        }
        synchronized (this) {
            if (!limit.equals(upTo)) {
                return false;
            }
            upTo = null;
            tier.doubt(false);
            entries.forEach(outbox.journal()::release);
            entries.clear();
        }
        LOG.info("Memory tier '{}' is believed again; {} outdated records were removed", link.id, removed);
        return true;
    }

    private long sweep(String namespace, Version limit) {
        long removed = 0;
        String cursor = null;
        do {
            String from = cursor;
            TierPage page = link.call(
                    Deadline.in(around.tierTimeout()), own -> tier.beneath().scan(namespace, "", from, PAGE, own));
            for (TierPage.Header header : page.headers()) {
                if (!header.version().isNewerThan(limit)) {
                    TierKey key = header.key();
                    boolean gone = link.call(
                            Deadline.in(around.tierTimeout()),
                            own -> tier.beneath().purge(key, limit, own));
                    removed += gone ? 1 : 0;
                }
            }
            cursor = page.next();
        } while (cursor != null);
        return removed;
    }
}
