package ai.primespark.core.memory;

import ai.primespark.memory.UpkeepProgress;
import ai.primespark.memory.UpkeepReport;
import ai.primespark.memory.UpkeepReport.Damage;
import ai.primespark.spi.TierKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Counts what a comparison finds and mends, and tells its progress. For one worker. */
final class Tally {

    private static final int MOST_REASONS = 1_000;

    private final Consumer<UpkeepProgress> listener;
    private final Map<String, Long> mended = new LinkedHashMap<>();
    private final Map<String, Long> removed = new LinkedHashMap<>();
    private final List<Damage> damages = new ArrayList<>();
    private final Set<String> skipped = new LinkedHashSet<>();
    private String namespace = "";
    private String step = "";
    private long examined;
    private long differing;
    private long damaged;
    private long unmendable;
    private long mendedInAll;

    long expected = -1;

    Tally(Consumer<UpkeepProgress> listener) {
        this.listener = listener;
    }

    void at(String nowNamespace, String nowStep) {
        namespace = nowNamespace;
        step = nowStep;
        tell();
    }

    void examined(int records) {
        examined += records;
        tell();
    }

    void differing(long keys) {
        differing += keys;
    }

    void mended(TierLink link, long records) {
        if (records > 0) {
            mended.merge(link.id, records, Long::sum);
            mendedInAll += records;
            tell();
        }
    }

    void removed(TierLink link) {
        removed.merge(link.id, 1L, Long::sum);
    }

    void damaged(TierKey key, TierLink link, boolean whole, String detail) {
        damaged++;
        unmendable += whole ? 0 : 1;
        if (damages.size() < UpkeepReport.MOST_DAMAGES) {
            damages.add(new Damage(key.namespace(), key.key(), link.id, whole, detail));
        }
        tell();
    }

    void skipped(String reason) {
        if (skipped.size() < MOST_REASONS) {
            skipped.add(reason);
        }
    }

    private void tell() {
        listener.accept(new UpkeepProgress(
                namespace, step, examined, Math.max(examined, expected), differing, mendedInAll, damaged));
    }

    UpkeepReport report(Instant began, Instant ended, boolean complete) {
        return new UpkeepReport(
                began,
                ended,
                complete,
                examined,
                differing,
                mended,
                removed,
                damaged,
                unmendable,
                damages,
                List.copyOf(skipped));
    }
}
