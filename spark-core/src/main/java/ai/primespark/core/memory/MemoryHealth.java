package ai.primespark.core.memory;

import ai.primespark.core.health.Checked;
import ai.primespark.core.journal.Journal;
import ai.primespark.core.journal.JournalStats;
import ai.primespark.health.HealthResult;
import ai.primespark.health.HealthStatus;
import ai.primespark.memory.MemoryStats.TierState;
import ai.primespark.memory.MemoryStats.TierStats;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierUsage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Says how the memory and each tier are. Thread-safe. */
public final class MemoryHealth {

    private final Map<TierLink, Backlog> backlogs;
    private final Journal journal;
    private final Surroundings around;

    MemoryHealth(Map<TierLink, Backlog> backlogs, Journal journal, Surroundings around) {
        this.backlogs = backlogs;
        this.journal = journal;
        this.around = around;
    }

    /** The ids of the tiers, hottest first. */
    public List<String> tiers() {
        return backlogs.keySet().stream().map(link -> link.id).toList();
    }

    /** What is known without asking a tier, so that one that hangs does not hide how the others are. */
    public Checked check() {
        long now = around.clock().millis();
        List<TierStats> tiers = new ArrayList<>();
        backlogs.forEach((link, backlog) -> tiers.add(link.stats(backlog, -1, -1, now)));
        Map<String, HealthResult> parts = new TreeMap<>();
        tiers.forEach(tier -> parts.put(tier.id(), part(tier)));
        return new Checked(whole(tiers, journal.stats()), parts);
    }

    private static HealthResult whole(List<TierStats> tiers, JournalStats journal) {
        List<String> troubles = new ArrayList<>();
        tiers.stream()
                .filter(tier -> tier.state() != TierState.UP)
                .forEach(tier -> troubles.add(tier.id() + ": " + tier.detail()));
        if (!journal.trouble().isEmpty()) {
            troubles.add("the journal cannot be written: " + journal.trouble());
        }
        long down =
                tiers.stream().filter(tier -> tier.state() == TierState.DOWN).count();
        Map<String, Double> metrics = new HashMap<>();
        metrics.put("tiers", (double) tiers.size());
        metrics.put("tiers_up", (double)
                tiers.stream().filter(tier -> tier.state() == TierState.UP).count());
        metrics.put(
                "pending", (double) tiers.stream().mapToLong(TierStats::pending).sum());
        metrics.put("journal_entries", (double) journal.entries());
        if (journal.maxBytes() > 0) {
            metrics.put("journal_percent", 100.0 * journal.fileBytes() / journal.maxBytes());
        }
        if (troubles.isEmpty()) {
            return new HealthResult(HealthStatus.HEALTHY, "all tiers answer", metrics);
        }
        return new HealthResult(
                down == tiers.size() ? HealthStatus.UNHEALTHY : HealthStatus.DEGRADED,
                String.join("; ", troubles),
                metrics);
    }

    private static HealthResult part(TierStats tier) {
        Map<String, Double> metrics = new HashMap<>();
        metrics.put("hits", (double) tier.hits());
        metrics.put("misses", (double) tier.misses());
        metrics.put("errors", (double) tier.errors());
        metrics.put("pending", (double) tier.pending());
        metrics.put("pending_oldest_seconds", Math.max(0, tier.pendingOldestMillis()) / 1_000.0);
        return switch (tier.state()) {
            case UP -> new HealthResult(HealthStatus.HEALTHY, "", metrics);
            case DEGRADED -> new HealthResult(HealthStatus.DEGRADED, tier.detail(), metrics);
            case DOWN -> new HealthResult(HealthStatus.UNHEALTHY, tier.detail(), metrics);
        };
    }

    /**
     * Asks a tier who it is and what it holds.
     *
     * @param id one of {@link #tiers()}
     */
    public HealthResult ask(String id) {
        TierLink link = backlogs.keySet().stream()
                .filter(one -> one.id.equals(id))
                .findFirst()
                .orElseThrow();
        if (link.isDown()) { // which its state says; it is probed already
            return HealthResult.healthy("");
        }
        Deadline deadline = Deadline.in(around.timeout());
        try {
            String detail = link.call(deadline, link.tier::probe).detail();
            TierUsage usage = link.call(deadline, link.tier::usage);
            Map<String, Double> metrics = new HashMap<>();
            put(metrics, "records", usage.records());
            put(metrics, "bytes", usage.bytes());
            put(metrics, "capacity_bytes", usage.capacityBytes());
            return new HealthResult(HealthStatus.HEALTHY, detail.isEmpty() ? "answers" : detail, metrics);
        } catch (TierException e) {
            return HealthResult.unhealthy(String.valueOf(e.getMessage()));
        }
    }

    private static void put(Map<String, Double> metrics, String name, long value) {
        if (value >= 0) { // else not known
            metrics.put(name, (double) value);
        }
    }
}
