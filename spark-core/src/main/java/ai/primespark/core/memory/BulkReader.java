package ai.primespark.core.memory;

import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads many keys with a round trip for each tier and batch, by the same rules as {@link Reader}. */
final class BulkReader {

    private final Reader reader;
    private final Space space;
    private final Deadline deadline;
    private final Map<TierKey, Open> open = new LinkedHashMap<>();
    private final Map<TierKey, Answer> answers = new LinkedHashMap<>();

    /** A key without an answer so far. */
    private static final class Open {
        final int epoch;
        final @Nullable Answer unsent;
        final List<String> missing = new ArrayList<>();
        final List<String> damaged = new ArrayList<>();
        boolean confirmed;

        Open(int epoch, @Nullable Answer unsent) {
            this.epoch = epoch;
            this.unsent = unsent;
        }
    }

    BulkReader(Reader reader, Space space, Deadline deadline) {
        this.reader = reader;
        this.space = space;
        this.deadline = deadline;
    }

    Map<TierKey, Answer> read(List<TierKey> keys) {
        for (TierKey key : keys) {
            int epoch = reader.epochs().current(key);
            Answer known = reader.known(space, key);
            if (known != null) {
                answers.put(key, known);
            } else {
                open.put(key, new Open(epoch, reader.unsent(space, key)));
            }
        }
        for (TierLink link : space.tiers) {
            if (!space.isNear(link) && !open.isEmpty()) {
                ask(link, List.copyOf(open.keySet()));
            }
        }
        open.forEach((key, state) -> answers.put(
                key,
                Reader.newer(
                        state.unsent, new Answer(null, "", state.missing.isEmpty(), state.missing, state.damaged))));
        return answers;
    }

    private void ask(TierLink link, List<TierKey> keys) {
        String doubt = space.doubt(link, deadline);
        if (!doubt.isEmpty()) {
            keys.forEach(key -> state(key).missing.add(link.id + ": " + doubt));
            return;
        }
        int batch = link.tier.limits().preferredBatch();
        for (int from = 0; from < keys.size(); from += batch) {
            List<TierKey> some = keys.subList(from, Math.min(keys.size(), from + batch));
            try {
                List<@Nullable TierRecord> records = link.call(deadline, own -> link.tier.getAll(some, own));
                for (int i = 0; i < some.size(); i++) {
                    take(link, some.get(i), records.get(i));
                }
            } catch (TierException e) {
                if (e.kind() == TierException.Kind.CORRUPT) { // one of them is; the others are not
                    some.forEach(key -> askAlone(link, key));
                } else {
                    some.forEach(key -> state(key).missing.add(link.id + ": " + e.getMessage()));
                }
            }
        }
    }

    private void askAlone(TierLink link, TierKey key) {
        try {
            take(link, key, link.call(deadline, own -> link.tier.get(key, own)));
        } catch (TierException e) {
            (e.kind() == TierException.Kind.CORRUPT ? state(key).damaged : state(key).missing)
                    .add(link.id + ": " + e.getMessage());
        }
    }

    private void take(TierLink link, TierKey key, @Nullable TierRecord record) {
        Open state = state(key);
        state.confirmed |= link == space.authority;
        if (record == null) {
            link.misses.increment();
            return;
        }
        boolean certain = state.confirmed || state.missing.isEmpty() && state.damaged.isEmpty();
        Answer answer = Reader.newer(state.unsent, new Answer(record, link.id, certain, state.missing, state.damaged));
        reader.count(link, record);
        reader.fillNear(space, answer, state.epoch);
        answers.put(key, answer);
        open.remove(key);
    }

    private Open state(TierKey key) {
        return Objects.requireNonNull(open.get(key));
    }
}
