package ai.primespark.core.memory;

import ai.primespark.memory.TierUnavailableException;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads a key from the tiers, hottest first, and copies what it finds to hotter ones. Of the threads that read one key at once,
 * one asks the tiers.
 */
final class Reader {

    /** How long the near tier may answer for tiers that others write to without news of their changes. */
    static final Duration NEAR_LIFE = Duration.ofSeconds(5);

    private final Surroundings around;
    private final HybridClock clock;
    private final Epochs epochs;
    private final Map<TierLink, Backlog> backlogs;
    private final Coherence coherence;
    private final DamageRepair repair;
    private final ConcurrentHashMap<TierKey, Flight> flights = new ConcurrentHashMap<>();
    private final Filler filler;
    private volatile Consumer<TierKey> accesses = key -> {};

    /** A read under way. */
    private static final class Flight {
        final int epoch;
        final CompletableFuture<@Nullable Answer> result = new CompletableFuture<>();
        final AtomicInteger waiters = new AtomicInteger();

        Flight(int epoch) {
            this.epoch = epoch;
        }
    }

    Reader(
            Surroundings around,
            HybridClock clock,
            Epochs epochs,
            Map<TierLink, Backlog> backlogs,
            Coherence coherence,
            Filler filler) {
        this.around = around;
        this.clock = clock;
        this.epochs = epochs;
        this.backlogs = backlogs;
        this.coherence = coherence;
        this.filler = filler;
        this.repair = new DamageRepair(around, backlogs, epochs);
    }

    /** Reads a key that the near tier has no ready answer for. */
    Answer read(Space space, TierKey key, Deadline deadline) {
        Answer known = known(space, key);
        if (known != null) {
            return known;
        }
        while (true) {
            Flight mine = new Flight(epochs.current(key));
            Flight running = flights.putIfAbsent(key, mine);
            // a read that began before a write may give what was there before; it serves only those who came before,
            // too
            if (running == null || running.epoch != mine.epoch && flights.replace(key, running, mine)) {
                return lead(space, key, mine, deadline);
            }
            if (running.epoch == mine.epoch) {
                Answer answer = join(running, deadline);
                if (answer != null) {
                    return answer;
                }
            }
        }
    }

    private Answer lead(Space space, TierKey key, Flight flight, Deadline deadline) {
        try {
            Answer answer = ask(space, key, space.tiers, flight.epoch, deadline);
            flight.result.complete(answer);
            return answer;
        } finally {
            flights.remove(key, flight);
            flight.result.complete(
                    null); // without effect unless this thread gave up: then the others go on by themselves
        }
    }

    private static @Nullable Answer join(Flight flight, Deadline deadline) {
        flight.waiters.incrementAndGet();
        try {
            return flight.result.get(Math.max(0, deadline.remainingNanos()), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            throw Surroundings.interrupted("another thread's read of the same key");
        } catch (TimeoutException e) {
            throw new TierUnavailableException("read", List.of("another thread's read of the same key is not done"));
        } catch (ExecutionException e) {
            throw new IllegalStateException("reads end with an answer", e);
        } finally {
            flight.waiters.decrementAndGet();
        }
    }

    /** Reads a key from the hottest tiers only. */
    Answer readUpTo(Space space, TierKey key, int maxTier, Deadline deadline) {
        List<TierLink> some =
                space.tiers.stream().filter(link -> link.number <= maxTier).toList();
        Answer answer = ask(space, key, some, epochs.current(key), deadline);
        if (some.size() == space.tiers.size() || answer.record() != null) {
            return answer;
        }
        List<String> missing = new ArrayList<>(answer.missing());
        space.tiers.stream()
                .filter(link -> link.number > maxTier)
                .forEach(link -> missing.add(link.id + ": not asked"));
        return new Answer(null, "", false, missing, answer.damaged());
    }

    private Answer ask(Space space, TierKey key, List<TierLink> tiers, int epoch, Deadline deadline) {
        Answer known = known(space, key); // filled or written since the caller looked
        if (known != null) {
            return known;
        }
        Inquiry inquiry = inquiry(space, key, epoch);
        List<TierLink> others = tiers.isEmpty() || !space.isNear(tiers.get(0)) ? tiers : tiers.subList(1, tiers.size());
        new Asking(this, inquiry, deadline, around.patience().toNanos()).ask(others);
        return conclude(space, inquiry, tiers.size() == space.tiers.size());
    }

    /** Begins to find out about a key; looks at what is unsent before the tiers are asked: what is not here any more, they have. */
    Inquiry inquiry(Space space, TierKey key, int epoch) {
        int ownChanges = coherence.ownChanges(key);
        NearEntry suspect = space.near == null ? null : space.near.peek(key.namespace(), key.key());
        Answer unsent = unsent(space, key);
        return new Inquiry(
                space, key, epoch, ownChanges, unsent, suspect == null || suspect.isAbsent() ? null : suspect);
    }

    /** A tier answered. */
    void heard(Inquiry inquiry, TierLink link, @Nullable TierRecord record) {
        inquiry.heard(link, record, coherence.hears(link));
        if (record == null) {
            link.misses.increment();
        } else {
            count(link, record);
        }
    }

    /**
     * Makes the answer, and lets hotter tiers have what was found.
     *
     * @param everybody whether all tiers of the space were asked
     */
    Answer conclude(Space space, Inquiry inquiry, boolean everybody) {
        Answer given = inquiry.answer();
        Answer answer = newer(space, inquiry.unsent, given);
        TierRecord record = answer.record();
        NearEntry suspect = inquiry.suspect;
        boolean nobodyTells = record == null && !answer.missing().isEmpty();
        if (suspect != null
                && (nobodyTells || record != null && suspect.record().version().isNewerThan(record.version()))) {
            // its time is over, but those who could tell whether it still holds are away, or have not come as far; what
            // is
            // older than what was seen here before is not shown
            return new Answer(
                    suspect.record(),
                    space.tiers.get(0).id,
                    answer.missing().isEmpty() && answer.damaged().isEmpty(),
                    answer.missing(),
                    answer.damaged());
        }
        fillNear(space, inquiry, answer, everybody);
        if (inquiry.unsent == null && record != null && !record.isTombstone()) {
            if (answer.certain()) {
                inquiry.lacking().forEach(link -> filler.fillLater(space, link, record, inquiry.epoch));
            }
            inquiry.damaged().forEach(link -> repair.repairLater(space, link, inquiry.key));
        }
        return answer;
    }

    /**
     * The newer of what is on its way to tiers and what the tiers gave. A tier that lags behind is corrected by what it has
     * still to get; and a write that was overtaken on its way is corrected by the tiers, if they could be asked.
     */
    private static Answer newer(Space space, @Nullable Answer unsent, Answer answer) {
        if (unsent == null || unsent.record() == null) {
            return answer;
        }
        TierRecord given = answer.record();
        if (given != null && !unsent.record().version().isNewerThan(given.version())) {
            return answer;
        }
        // what was deleted here is absent here, whoever cannot be asked
        boolean certain = !space.shared || answer.certain() || unsent.record().isTombstone();
        return new Answer(unsent.record(), unsent.tier(), certain, answer.missing(), answer.damaged());
    }

    /** Whether the near tier may answer with it: also once it has ended, as nothing else is valid before it is replaced. */
    private boolean isValid(NearEntry entry) {
        long until = entry.checkAtMillis();
        return until == TierRecord.NEVER || until > now();
    }

    long now() {
        return around.clock().millis();
    }

    /** A record that was acknowledged, but that some tier has still to get. */
    @Nullable
    Answer unsent(Space space, TierKey key) {
        TierRecord newest = null;
        for (TierLink link : space.tiers) {
            TierRecord record = backlog(link).peek(key);
            if (record != null && (newest == null || record.version().isNewerThan(newest.version()))) {
                newest = record;
            }
        }
        if (newest == null) {
            return null;
        }
        String holder = space.tiers.stream()
                .filter(link -> !space.isNear(link) && backlog(link).peek(key) == null)
                .map(link -> link.id)
                .findFirst()
                .orElse(space.tiers.get(0).id);
        return new Answer(newest, holder, true, List.of(), List.of());
    }

    /** The newest of what is known without asking a tier, or null. */
    @Nullable
    TierRecord pending(Space space, TierKey key) {
        Answer unsent = unsent(space, key);
        return unsent == null ? null : unsent.record();
    }

    /** Counts what a tier gave, and moves the clock beyond it. */
    void count(TierLink giver, TierRecord record) {
        boolean unused = clock.observe(record.version());
        accesses.accept(record.key());
        (record.isLive(around.clock().millis()) ? giver.hits : giver.misses).increment();
    }

    /** What the near tier knows of a key, or null. */
    @Nullable
    Answer known(Space space, TierKey key) {
        if (space.near != null) {
            NearEntry entry = space.near.peek(key.namespace(), key.key());
            if (entry != null && isValid(entry)) {
                TierRecord record = entry.isAbsent() ? null : entry.record();
                return new Answer(record, space.tiers.get(0).id, true, List.of(), List.of());
            }
        }
        return null;
    }

    private void fillNear(Space space, Inquiry inquiry, Answer answer, boolean everybody) {
        if (space.near == null || !answer.certain()) {
            return;
        }
        // what is on its way to the tiers is not there yet, so nobody could tell of a change to it
        boolean followed = inquiry.isFollowed() && inquiry.unsent == null;
        long checkAt = !space.shared ? TierRecord.NEVER : now() + (followed ? around.nearLife() : NEAR_LIFE).toMillis();
        TierRecord record = answer.record();
        BooleanSupplier current = () ->
                epochs.current(inquiry.key) == inquiry.epoch && coherence.ownChanges(inquiry.key) == inquiry.ownChanges;
        if (record != null) {
            space.near.fill(record, checkAt, current);
        } else if (everybody
                && answer.damaged().isEmpty()
                && !space.options.absentLife().isZero()) {
            long life = space.options.absentLife().toMillis();
            space.near.fillAbsent(inquiry.key, Math.min(checkAt, now() + life), current);
        }
    }

    /**
     * When what this process writes must be compared with the other tiers. Nobody tells of changes to what was not read, so
     * where somebody could tell, that is at the first read.
     */
    long checkAt(Space space) {
        if (!space.shared) {
            return TierRecord.NEVER;
        }
        return coherence.hears(space) ? 0 : now() + NEAR_LIFE.toMillis();
    }

    private Backlog backlog(TierLink link) {
        return Objects.requireNonNull(backlogs.get(link));
    }

    /** Hears of each key that a tier gave; must be fast. */
    void onAccess(Consumer<TierKey> listener) {
        accesses = listener;
    }

    /** A key was used without being read from a tier. */
    void accessed(TierKey key) {
        accesses.accept(key);
    }

    Epochs epochs() {
        return epochs;
    }

    int waiting() {
        return (int) flights.values().stream()
                .filter(flight -> flight.waiters.get() > 0)
                .count();
    }
}
