package ai.primespark.core.memory;

import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Asks tiers for a key, one after the other, and goes on to the next as soon as one lets it wait for longer than patience goes.
 * The first answer that proves something ends it. For one thread.
 */
final class Asking {

    private final Reader reader;
    private final Inquiry inquiry;
    private final Deadline deadline;
    private final long patienceNanos;
    private final List<Asked> late = new ArrayList<>(0);
    private final Semaphore bell = new Semaphore(0); // rung when one that is late has answered

    private record Asked(TierLink link, TierLink.Ongoing<@Nullable TierRecord> call) {}

    Asking(Reader reader, Inquiry inquiry, Deadline deadline, long patienceNanos) {
        this.reader = reader;
        this.inquiry = inquiry;
        this.deadline = deadline;
        this.patienceNanos = patienceNanos;
    }

    void ask(List<TierLink> tiers) {
        try {
            for (TierLink link : tiers) {
                if (ask(link)) {
                    return;
                }
            }
            while (!late.isEmpty() && !isEnough() && !inquiry.isWrittenHere(reader.now())) {
                awaitOne(late.get(0).call.deadline());
            }
        } catch (InterruptedException e) {
            throw Surroundings.interrupted("the tiers' answers");
        } finally {
            late.forEach(asked -> asked.link.abandon(asked.call));
        }
    }

    private boolean ask(TierLink link) throws InterruptedException {
        String doubt = inquiry.doubt(link, deadline);
        if (!doubt.isEmpty()) {
            inquiry.notAsked(link, doubt);
            return false;
        }
        TierLink.Ongoing<@Nullable TierRecord> call;
        try {
            call = link.beginGet(inquiry.key, deadline);
        } catch (TierException e) {
            inquiry.failed(link, e);
            return false;
        }
        Asked asked = new Asked(link, call);
        boolean alone = late.isEmpty();
        if (alone && answersSoon(asked)) {
            take(asked);
            return isEnough();
        }
        late.add(asked);
        inquiry.late(link);
        var unused = call.result().whenComplete((record, failure) -> bell.release());
        Deadline patience = Deadline.in(alone ? Duration.ZERO : Duration.ofNanos(patienceNanos));
        while (late.contains(asked) && !isEnough()) {
            if (patience.isOver()) {
                link.overdue(call);
                return false;
            }
            awaitOne(patience);
        }
        return isEnough();
    }

    /** Waits for the only one that was asked. */
    private boolean answersSoon(Asked asked) throws InterruptedException {
        if (asked.call.result().isDone()) {
            return true;
        }
        try {
            long most =
                    Math.max(0, Math.min(patienceNanos, asked.call.deadline().remainingNanos()));
            Object unused = asked.call.result().get(most, TimeUnit.NANOSECONDS);
            return true;
        } catch (ExecutionException | CancellationException e) {
            return true; // taken as a failure
        } catch (TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            asked.link.abandon(asked.call);
            throw e;
        }
    }

    /** Takes what those that are late have answered, or waits for one of them. */
    private void awaitOne(Deadline until) throws InterruptedException {
        boolean any = false;
        for (Asked asked : List.copyOf(late)) {
            if (asked.call.result().isDone() || asked.call.deadline().isOver()) {
                late.remove(asked);
                take(asked);
                any = true;
            }
        }
        if (!any) {
            long most = late.stream()
                    .mapToLong(asked -> asked.call.deadline().remainingNanos())
                    .reduce(until.remainingNanos(), Math::min);
            boolean unused = bell.tryAcquire(Math.max(0, most), TimeUnit.NANOSECONDS);
        }
    }

    private void take(Asked asked) {
        try {
            reader.heard(inquiry, asked.link, asked.link.await(asked.call));
        } catch (TierException e) {
            inquiry.failed(asked.link, e);
        }
    }

    private boolean isEnough() {
        return inquiry.isConclusive(reader.now());
    }
}
