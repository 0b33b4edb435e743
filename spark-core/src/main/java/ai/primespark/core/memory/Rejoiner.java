package ai.primespark.core.memory;

import ai.primespark.memory.MemoryException;
import ai.primespark.memory.UpkeepReport;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierTrait;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares tiers that are not believed with the others, until every namespace has been compared with at least one tier that is;
 * then the tier is read again. Where no other persistent tier is believed either, they are merged by the law, and nothing is
 * removed. Tiers beyond this machine wait for that while power is short. Thread-safe.
 */
final class Rejoiner implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Rejoiner.class);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

    private final Upkeep upkeep;
    private final Surroundings around;
    private final long recordsPerSecond;
    private final Map<TierLink, Pacer> running = new ConcurrentHashMap<>();
    private volatile boolean closed;

    Rejoiner(Upkeep upkeep, Surroundings around, long recordsPerSecond) {
        this.upkeep = upkeep;
        this.around = around;
        this.recordsPerSecond = recordsPerSecond;
    }

    /** Compares a tier in the background; tried again until it is done. */
    void begin(TierLink link) {
        // what is on this machine costs little, and its values are missed meanwhile
        Pacer pacer = new Pacer(recordsPerSecond, () -> !link.has(TierTrait.LOCAL) && upkeep.isPaused());
        if (running.putIfAbsent(link, pacer) == null) {
            plan(link, pacer, Duration.ZERO);
        }
    }

    private void plan(TierLink link, Pacer pacer, Duration pause) {
        if (closed) {
            return;
        }
        try {
            var unused = around.scheduler()
                    .schedule(
                            () -> {
                                try {
                                    around.blocking().execute(() -> attempt(link, pacer, pause));
                                } catch (RejectedExecutionException e) { // all threads are busy
                                    plan(link, pacer, PAUSE);
                                }
                            },
                            pause.toMillis(),
                            TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // the instance is closing
        }
    }

    private void attempt(TierLink link, Pacer pacer, Duration before) {
        String trouble;
        try {
            trouble = link.isDown() ? "it is down" : compare(link, pacer);
            if (trouble.isEmpty()) {
                upkeep.trust.believe(link);
                Pacer unused = running.remove(link);
                return;
            }
        } catch (Pacer.Cancelled e) {
            return;
        } catch (TierException | MemoryException e) {
            trouble = String.valueOf(e.getMessage());
        } catch (RuntimeException e) {
            LOG.warn("Comparing memory tier '{}' with the others failed; it is tried again", link.id, e);
            trouble = e.toString();
        }
        LOG.debug("Memory tier '{}' cannot be compared yet: {}", link.id, trouble);
        Duration next = before.isZero() ? PAUSE : before.multipliedBy(2);
        plan(link, pacer, next.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : next);
    }

    /** Empty when it is done. */
    private String compare(TierLink link, Pacer pacer) {
        Instant began = around.clock().instant();
        upkeep.tiering.measure();
        Tally tally = new Tally(progress -> {});
        String trouble = "";
        for (UpkeepSpace space : upkeep.spaces(Set.of(), tally::skipped)) {
            List<TierLink> others =
                    space.persistent().stream().filter(other -> other != link).toList();
            if (others.isEmpty() || !space.persistent().contains(link)) {
                continue;
            }
            List<String> undecided = undecided(others);
            if (!undecided.isEmpty()) { // taken for not believed, they would get back what they know to be deleted
                trouble = "whether " + undecided + " may be believed is not known yet";
                continue;
            }
            boolean noneBelieved = others.stream().noneMatch(TierLink::isTrusted);
            Set<TierLink> admitted = new HashSet<>(noneBelieved ? others : List.of());
            admitted.add(link);
            Mender.Returning returning = noneBelieved ? null : upkeep.returning(link);
            List<TierLink> compared = upkeep.rejoinWork(
                            pacer, tally, new Mender.Orders(true, false, admitted, returning))
                    .run(space);
            if (!compared.contains(link) || compared.size() < 2) {
                trouble = "namespace '" + space.space.name + "' could not be compared: "
                        + "the tier itself, or every other one, did not answer to the end";
            }
        }
        UpkeepReport unused = upkeep.done(tally.report(began, around.clock().instant(), trouble.isEmpty()));
        return trouble;
    }

    /** Those of which it is still not known whether they may be believed; waits for that as long as an operation may. */
    private List<String> undecided(List<TierLink> others) {
        Deadline deadline = Deadline.in(around.tierTimeout());
        others.forEach(other -> {
            String unused = other.distrust(deadline);
        });
        return others.stream()
                .filter(other -> other.isUndecided() && !other.isDown())
                .map(other -> other.id)
                .toList();
    }

    @Override
    public void close() {
        closed = true;
        running.values().forEach(Pacer::cancel);
    }
}
