package ai.primespark.core.memory;

import ai.primespark.Zone;
import ai.primespark.core.journal.DiskJournal;
import ai.primespark.core.journal.Journal;
import ai.primespark.core.journal.JournalEntry;
import ai.primespark.core.journal.JournalException;
import ai.primespark.core.journal.JournalOptions;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.spi.Settings;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierRecord;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts what an earlier life of this instance journaled back on its way, before anybody reads. A tier that is not configured any
 * more gets nothing; one that is new gets nothing from here either. Nothing travels farther than its namespace may, and a
 * namespace that nobody remembers stays within the edge. Used once.
 */
final class Replay {

    private static final Logger LOG = LoggerFactory.getLogger(Replay.class);

    private final Journal journal;
    private final Outbox outbox;
    private final HybridClock clock;
    private final NamespaceCatalog catalog;
    private final Map<TierLink, Backlog> backlogs;
    private final Map<TierLink, Sweep> sweeps;
    private final Map<String, Long> vanished = new TreeMap<>();
    private long beyond;
    private long unreadable;
    private long records;

    Replay(
            Journal journal,
            Outbox outbox,
            HybridClock clock,
            NamespaceCatalog catalog,
            Map<TierLink, Backlog> backlogs,
            Map<TierLink, Sweep> sweeps) {
        this.journal = journal;
        this.outbox = outbox;
        this.clock = clock;
        this.catalog = catalog;
        this.backlogs = backlogs;
        this.sweeps = sweeps;
    }

    static Journal open(Path directory, Settings settings, InstantSource clock) {
        try {
            return DiskJournal.open(
                    directory,
                    JournalOptions.of(
                            settings.get(MemorySettings.JOURNAL_MAX_BYTES),
                            settings.get(MemorySettings.JOURNAL_MAX_RECORDS),
                            settings.get(MemorySettings.JOURNAL_COMMIT_INTERVAL)),
                    clock);
        } catch (JournalException e) {
            throw new MemoryException(String.valueOf(e.getMessage()), e.retryable(), e);
        }
    }

    void run() {
        try {
            journal.replay(kind -> kind >= MemoryEntries.RECORD && kind <= MemoryEntries.SWEEP, this::take);
        } catch (JournalException e) {
            throw new MemoryException(String.valueOf(e.getMessage()), true, e);
        }
        vanished.forEach((tier, count) -> LOG.warn(
                "Memory tier '{}' is not configured any more; {} records that it had still to get are not kept for it",
                tier,
                count));
        if (beyond > 0) {
            LOG.warn("{} records in the journal may not travel to all tiers that they once were for", beyond);
        }
        if (unreadable > 0) {
            LOG.error("{} entries of the journal cannot be understood and stay there", unreadable);
        }
        if (records > 0) {
            LOG.info("{} records of an earlier run are on their way to their tiers", records);
        }
        sweeps.values().forEach(Sweep::expire);
        sweeps.values().forEach(Sweep::start);
        backlogs.values().forEach(Backlog::kick);
    }

    private void take(JournalEntry entry, byte[] payload) {
        try {
            switch (entry.kind()) {
                case MemoryEntries.RECORD -> takeRecord(entry, MemoryEntries.readRecord(payload));
                case MemoryEntries.CLOCK -> {
                    long mark = MemoryEntries.readClock(payload);
                    clock.startAbove(mark);
                    outbox.restoreMark(mark, entry);
                }
                default -> takeDoubt(entry, MemoryEntries.readSweep(payload));
            }
        } catch (TierException e) {
            unreadable++;
        }
    }

    private void takeRecord(JournalEntry entry, MemoryEntries.ForTiers what) {
        TierRecord record = what.record();
        clock.startAbove(record.version().clock());
        Zone reach = catalog.options(record.key().namespace())
                .map(NamespaceOptions::reach)
                .orElse(Zone.EDGE);
        List<Backlog> lacking = new ArrayList<>();
        for (String id : what.tiers()) {
            TierLink link = link(id);
            if (link == null) {
                vanished.merge(id, 1L, Long::sum);
            } else if (link.zone.compareTo(reach) > 0) {
                beyond++;
            } else {
                lacking.add(Objects.requireNonNull(backlogs.get(link)));
            }
        }
        records += lacking.isEmpty() ? 0 : 1;
        outbox.add(record, lacking, entry);
    }

    private void takeDoubt(JournalEntry entry, MemoryEntries.Doubt doubt) {
        clock.startAbove(doubt.upTo().clock());
        TierLink link = link(doubt.tier());
        Sweep sweep = link == null ? null : sweeps.get(link);
        if (sweep == null) {
            journal.release(entry);
        } else {
            sweep.doubt(doubt.upTo(), entry);
        }
    }

    private @org.jspecify.annotations.Nullable TierLink link(String id) {
        return backlogs.keySet().stream()
                .filter(each -> each.id.equals(id))
                .findFirst()
                .orElse(null);
    }
}
