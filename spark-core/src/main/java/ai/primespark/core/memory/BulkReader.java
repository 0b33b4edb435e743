package ai.primespark.core.memory;

import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads many keys with a round trip for each tier and batch, by the same rules as {@link Reader}. A tier that lets a batch wait
 * for longer than patience goes is not waited for until all others were asked.
 */
final class BulkReader {

    private final Reader reader;
    private final Space space;
    private final Deadline deadline;
    private final Duration patience;
    private final Map<TierKey, Inquiry> open = new LinkedHashMap<>();
    private final Map<TierKey, Answer> answers = new LinkedHashMap<>();
    private final List<Batch> late = new ArrayList<>();

    /** Keys that one tier was asked for. */
    private record Batch(TierLink link, List<TierKey> keys, TierLink.Ongoing<List<@Nullable TierRecord>> call) {}

    BulkReader(Reader reader, Space space, Deadline deadline, Duration patience) {
        this.reader = reader;
        this.space = space;
        this.deadline = deadline;
        this.patience = patience;
    }

    Map<TierKey, Answer> read(List<TierKey> keys) {
        for (TierKey key : keys) {
            int epoch = reader.epochs().current(key);
            Answer known = reader.known(space, key);
            if (known != null) {
                answers.put(key, known);
            } else {
                open.put(key, reader.inquiry(space, key, epoch));
            }
        }
        try {
            for (TierLink link : space.tiers) {
                if (!space.isNear(link) && !open.isEmpty()) {
                    ask(link, List.copyOf(open.keySet()));
                }
            }
            List.copyOf(open.values()).stream()
                    .filter(inquiry -> inquiry.isWrittenHere(reader.now()))
                    .forEach(this::close);
            while (!late.isEmpty() && !open.isEmpty()) {
                take(late.remove(0));
            }
        } finally {
            late.forEach(batch -> batch.link.abandon(batch.call));
        }
        List.copyOf(open.values()).forEach(this::close);
        return answers;
    }

    private void ask(TierLink link, List<TierKey> keys) {
        String doubt = space.doubt(link, deadline);
        if (!doubt.isEmpty()) {
            keys.forEach(key -> whileOpen(key, inquiry -> inquiry.notAsked(link, doubt)));
            return;
        }
        int most = Math.max(1, link.tier.limits().preferredBatch());
        boolean slow = false;
        for (int from = 0; from < keys.size(); from += most) {
            List<TierKey> some = keys.subList(from, Math.min(keys.size(), from + most));
            Batch batch;
            try {
                batch = new Batch(link, some, link.begin(deadline, own -> link.tier.getAll(some, own)));
            } catch (TierException e) {
                some.forEach(key -> failed(link, key, e));
                continue;
            }
            slow = slow || !answersSoon(batch); // the rest of a slow tier's batches are sent at once
            if (slow) {
                late.add(batch);
                some.forEach(key -> whileOpen(key, inquiry -> inquiry.late(link)));
            } else {
                take(batch);
            }
        }
    }

    private boolean answersSoon(Batch batch) {
        try {
            long most = Math.min(
                    patience.toNanos(), Math.max(0, batch.call.deadline().remainingNanos()));
            Object unused = batch.call.result().get(most, TimeUnit.NANOSECONDS);
            return true;
        } catch (ExecutionException | CancellationException e) {
            return true; // taken as a failure
        } catch (TimeoutException e) {
            batch.link.overdue(batch.call);
            return false;
        } catch (InterruptedException e) {
            batch.link.abandon(batch.call);
            throw Surroundings.interrupted("tier '" + batch.link.id + "'");
        }
    }

    private void take(Batch batch) {
        TierLink link = batch.link;
        try {
            List<@Nullable TierRecord> records = link.await(batch.call);
            for (int i = 0; i < batch.keys.size(); i++) {
                TierRecord record = records.get(i);
                whileOpen(batch.keys.get(i), inquiry -> heard(inquiry, link, record));
            }
        } catch (TierException e) {
            if (e.kind() == TierException.Kind.CORRUPT) { // one of them is; the others are not
                batch.keys.forEach(key -> whileOpen(key, inquiry -> askAlone(inquiry, link)));
            } else {
                batch.keys.forEach(key -> failed(link, key, e));
            }
        }
    }

    private void askAlone(Inquiry inquiry, TierLink link) {
        try {
            heard(inquiry, link, link.call(deadline, own -> link.tier.get(inquiry.key, own)));
        } catch (TierException e) {
            failed(link, inquiry.key, e);
        }
    }

    private void heard(Inquiry inquiry, TierLink link, @Nullable TierRecord record) {
        reader.heard(inquiry, link, record);
        closeIfEnough(inquiry);
    }

    private void failed(TierLink link, TierKey key, TierException failure) {
        whileOpen(key, inquiry -> {
            inquiry.failed(link, failure);
            closeIfEnough(inquiry); // what was found may have waited for this tier only
        });
    }

    private void closeIfEnough(Inquiry inquiry) {
        if (inquiry.isConclusive(reader.now())) {
            close(inquiry);
        }
    }

    private void close(Inquiry inquiry) {
        answers.put(inquiry.key, reader.conclude(space, inquiry, true));
        open.remove(inquiry.key);
    }

    private void whileOpen(TierKey key, Consumer<Inquiry> action) {
        Inquiry inquiry = open.get(key);
        if (inquiry != null) {
            action.accept(inquiry);
        }
    }
}
