package ai.primespark.core.memory;

import ai.primespark.core.journal.JournalEntry;
import ai.primespark.core.journal.JournalException;
import ai.primespark.memory.Ack;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.Stored;
import ai.primespark.memory.TierUnavailableException;
import ai.primespark.memory.Version;
import ai.primespark.memory.WriteResult;
import ai.primespark.spi.Applied;
import ai.primespark.spi.Condition;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Writes a key: stamps the record, has whoever the acknowledgement rests on take it first (a tier, or the journal), and brings it
 * to all others.
 *
 * <p>The order is what makes reads right: it is safe where the acknowledgement says, then the backlogs show it to readers, then
 * the key's epoch moves on, then the near tier takes it, then it is acknowledged.
 */
final class Writer {

    private static final int MOST_ATTEMPTS = 100;

    private final HybridClock clock;
    private final Epochs epochs;
    private final Reader reader;
    private final Map<TierLink, Backlog> backlogs;
    private final Outbox outbox;
    private final UnderWay underWay = new UnderWay();

    Writer(HybridClock clock, Reader reader, Map<TierLink, Backlog> backlogs, Outbox outbox) {
        this.clock = clock;
        this.reader = reader;
        this.epochs = reader.epochs();
        this.backlogs = backlogs;
        this.outbox = outbox;
    }

    /** What to write; called with each stamp that is tried. */
    interface Draft extends Function<Version, TierRecord> {}

    /** Writes, whatever is there. */
    Stored put(Space space, TierKey key, Draft draft, Ack ack, Deadline deadline) {
        List<TierLink> confirming = space.confirming(ack);
        if (confirming.isEmpty()) {
            return finish(space, journal(space, key, draft, deadline), deadline);
        }
        underWay.begin(key);
        try {
            return putFirst(space, key, draft, ack, confirming, deadline);
        } finally {
            underWay.end(key);
        }
    }

    private Stored putFirst(
            Space space, TierKey key, Draft draft, Ack ack, List<TierLink> confirming, Deadline deadline) {
        refuseIfFull(space, confirming);
        TierLink first = confirming.get(0);
        for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
            TierRecord record = stamp(space, key, draft);
            outbox.cover(record.version());
            Applied outcome = space.isNear(first)
                    ? Applied.DONE // takes it last, see spread
                    : applyFirst(space, first, record, Condition.IF_NEWER, deadline);
            if (outcome instanceof Applied.Done) {
                Stored stored = spread(space, record, first, confirming, ack, deadline);
                if (stored != null) {
                    return stored;
                }
            } else {
                follow(outcome, first.id, key);
            }
        }
        throw tooContended(key);
    }

    /** A record above what this machine knows of the key. */
    TierRecord stamp(Space space, TierKey key, Draft draft) {
        TierRecord record = draft.apply(clock.tick());
        NearEntry near = space.near == null ? null : space.near.peek(key.namespace(), key.key());
        if (near == null || record.version().isNewerThan(near.record().version())) {
            return record;
        }
        // another machine's version from ahead of this clock: above it, if it is to be believed
        follow(new Applied.Older(near.record().version()), space.tiers.get(0).id, key);
        return draft.apply(clock.tick());
    }

    /** A record on its way into the journal. */
    record Journaling(TierRecord record, CompletableFuture<JournalEntry> entry) {}

    /** Begins a write whose acknowledgement rests on the journal; {@link #finish} must follow. */
    Journaling journal(Space space, TierKey key, Draft draft, Deadline deadline) {
        underWay.begin(key);
        try {
            TierRecord record = stamp(space, key, draft);
            return new Journaling(record, outbox.append(record, space.distant(), deadline));
        } catch (RuntimeException e) {
            underWay.end(key);
            throw e;
        }
    }

    /** Ends it: when the journal has it on the disk, everybody sees it. */
    Stored finish(Space space, Journaling journaling, Deadline deadline) {
        TierRecord record = journaling.record();
        try {
            JournalEntry entry = await(space, journaling, deadline);
            show(space, record, space.distant(), entry);
        } finally {
            underWay.end(record.key());
        }
        space.distant().forEach(link -> backlog(link).kick());
        return stored(space, record, "");
    }

    private JournalEntry await(Space space, Journaling journaling, Deadline deadline) {
        TierRecord record = journaling.record();
        try {
            return journaling.entry().get(Math.max(0, deadline.remainingNanos()), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw Outbox.refused(record, e.getCause() == null ? e : e.getCause());
        } catch (InterruptedException e) {
            landsLate(space, journaling);
            throw Surroundings.interrupted("the journal");
        } catch (TimeoutException e) {
            landsLate(space, journaling);
            throw new MemoryException(
                    "cannot say whether key '" + record.key().key()
                            + "' was written: the disk of the journal does not answer; read it again later",
                    true,
                    e);
        }
    }

    /** It may yet succeed; then it is a write like others, and readers must not go on with what was there before. */
    private void landsLate(Space space, Journaling journaling) {
        TierKey key = journaling.record().key();
        underWay.begin(key);
        var unused = journaling
                .entry()
                .thenAccept(entry -> {
                    show(space, journaling.record(), space.distant(), entry);
                    space.distant().forEach(link -> backlog(link).kick());
                })
                .whenComplete((shown, failure) -> underWay.end(key));
    }

    private void show(Space space, TierRecord record, List<TierLink> lacking, @Nullable JournalEntry entry) {
        underWay.show(record.key(), record.version(), shown -> {
            outbox.add(record, lacking.stream().map(this::backlog).toList(), entry, shown);
            if (shown == null || record.version().isNewerThan(shown)) {
                publish(space, record);
            }
        });
    }

    /** Writes if the arbiter finds that the condition holds. */
    WriteResult putIf(
            Space space, TierKey key, Condition condition, Draft draft, Ack ack, String operation, Deadline deadline) {
        TierLink arbiter = space.arbiterFor(operation, key);
        List<TierLink> confirming = space.confirming(ack);
        refuseIfFull(space, confirming);
        prepareArbiter(space, arbiter, key, operation, deadline);
        underWay.begin(key);
        try {
            return decide(space, key, condition, draft, ack, operation, arbiter, confirming, deadline);
        } finally {
            underWay.end(key);
        }
    }

    private WriteResult decide(
            Space space,
            TierKey key,
            Condition condition,
            Draft draft,
            Ack ack,
            String operation,
            TierLink arbiter,
            List<TierLink> confirming,
            Deadline deadline) {
        if (condition instanceof Condition.IfVersion expected) {
            clock.observe(expected.version());
        }
        for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
            TierRecord record = draft.apply(clock.tick());
            if (ack.kind() == Ack.Kind.JOURNALED && space.distant().size() > 1) { // before it is decided
                awaitRoom(record, deadline);
            }
            outbox.cover(record.version());
            Applied outcome = space.isNear(arbiter)
                    ? Objects.requireNonNull(space.near).put(record, condition, reader.checkAt(space))
                    : applyArbiter(space, arbiter, record, condition, operation, deadline);
            if (outcome instanceof Applied.Conflict conflict) {
                if (!space.isNear(
                        arbiter)) { // the near tier may have told the caller what it expected; do not tell him again
                    doubt(space, record);
                }
                return new WriteResult.Conflict(conflict.current());
            }
            if (outcome instanceof Applied.Done) {
                Stored stored = spread(space, record, arbiter, confirming, ack, deadline);
                // another tier was ahead: what stands above it is a plain write of the same value, which was decided
                // already
                return stored != null ? stored : put(space, key, draft, ack, deadline);
            }
            follow(outcome, arbiter.id, key);
        }
        throw tooContended(key);
    }

    private void awaitRoom(TierRecord record, Deadline deadline) {
        try {
            outbox.awaitRoom(record, deadline);
        } catch (JournalException e) {
            throw Outbox.refused(record, e);
        }
    }

    private Applied applyArbiter(
            Space space,
            TierLink arbiter,
            TierRecord record,
            Condition condition,
            String operation,
            Deadline deadline) {
        try {
            return apply(space, arbiter, record, condition, deadline);
        } catch (TierException e) {
            throw refused(operation, arbiter, record.key(), e);
        }
    }

    /** Lets the arbiter see what it must decide on: what it has still to get, and what only colder tiers hold. */
    private void prepareArbiter(Space space, TierLink arbiter, TierKey key, String operation, Deadline deadline) {
        String doubt = space.doubt(arbiter, deadline);
        if (!doubt.isEmpty()) {
            throw new TierUnavailableException(operation, List.of(arbiter.id + ": " + doubt));
        }
        try {
            backlog(arbiter).settle(key, deadline);
            boolean colder = space.tiers.stream().anyMatch(link -> link.number > arbiter.number);
            if (!colder || space.isNear(arbiter)) {
                return;
            }
            if (arbiter.call(deadline, own -> arbiter.tier.get(key, own)) != null) {
                return;
            }
            Answer answer = reader.read(space, key, deadline);
            TierRecord record = answer.record();
            if (record != null && answer.certain()) {
                Applied unused = arbiter.call(deadline, own -> arbiter.tier.apply(record, Condition.IF_NEWER, own));
            } else if (!answer.missing().isEmpty()) {
                throw new TierUnavailableException(operation, answer.missing());
            }
        } catch (TierException e) {
            throw refused(operation, arbiter, key, e);
        }
    }

    private Applied applyFirst(Space space, TierLink first, TierRecord record, Condition condition, Deadline deadline) {
        try {
            return apply(space, first, record, condition, deadline);
        } catch (TierException e) {
            throw refused("write", first, record.key(), e);
        }
    }

    /** Applies a record to the tier that decides; when its outcome is not known, readers must not trust the near tier. */
    private Applied apply(Space space, TierLink link, TierRecord record, Condition condition, Deadline deadline) {
        TierLink.Ongoing<Applied> ongoing = link.begin(deadline, own -> link.tier.apply(record, condition, own));
        try {
            return link.await(ongoing);
        } catch (TierException | MemoryException e) {
            doubt(space, record);
            // it may yet succeed, after a long wait: then the near tier must not go on with what was there before
            var unused = ongoing.result().thenAccept(late -> {
                if (late instanceof Applied.Done) {
                    doubt(space, record);
                }
            });
            throw e;
        }
    }

    /** Several at once; all or none of the outcomes are known. */
    List<Applied> applyAll(Space space, TierLink link, List<TierRecord> records, Deadline deadline) {
        refuseIfFull(space, List.of(link));
        TierLink.Ongoing<List<Applied>> ongoing = link.begin(deadline, own -> link.tier.applyAll(records, own));
        try {
            return link.await(ongoing);
        } catch (TierException | MemoryException e) {
            records.forEach(record -> doubt(space, record));
            var unused = ongoing.result().thenAccept(late -> {
                for (int i = 0; i < records.size(); i++) {
                    if (late.get(i) instanceof Applied.Done) {
                        doubt(space, records.get(i));
                    }
                }
            });
            throw e;
        }
    }

    /** After {@link #applyAll}: the rest of a put whose record the first tier has; null to write again. */
    @Nullable
    Stored finish(Space space, TierRecord record, TierLink first, Ack ack, Deadline deadline) {
        outbox.cover(record.version());
        return spread(space, record, first, space.confirming(ack), ack, deadline);
    }

    /** Whether it was stored is not known, so readers must ask the tiers. */
    private void doubt(Space space, TierRecord record) {
        epochs.advance(record.key());
        if (space.near != null) {
            space.near.drop(record.key());
        }
    }

    /**
     * Brings a record that the first tier has to the others: by the journal, so that they get it whatever happens, unless the
     * acknowledgement says that it may be lost. When the journal does not take it, the others are asked at once.
     *
     * @return what was stored, or null when another tier holds a newer one that the first does not know: write again, above it
     */
    private @Nullable Stored spread(
            Space space, TierRecord record, TierLink first, List<TierLink> confirming, Ack ack, Deadline deadline) {
        List<TierLink> others =
                space.distant().stream().filter(link -> link != first).toList();
        if (!space.isNear(first)) {
            backlog(first).confirm(record.key(), record.version()); // an older record may still wait there
        }
        String trouble = "";
        JournalEntry entry = null;
        if (ack.kind() != Ack.Kind.MEMORY && !others.isEmpty()) {
            try {
                entry = await(space, new Journaling(record, outbox.append(record, others, half(deadline))), deadline);
            } catch (MemoryException e) {
                trouble = String.valueOf(e.getMessage());
            }
        }
        boolean failedToJournal = !trouble.isEmpty();
        show(space, record, others, entry);
        List<TierLink> asked = others.stream()
                .filter(link -> confirming.contains(link) || failedToJournal)
                .toList();
        Map<String, String> failed = new LinkedHashMap<>();
        boolean overtaken;
        try {
            overtaken = confirm(space, record, first, asked, failed, deadline);
        } finally {
            others.forEach(link -> backlog(link).kick());
        }
        if (overtaken) {
            return null;
        }
        Stored stored = stored(space, record, trouble);
        List<String> lacking = confirming.stream()
                .filter(link -> failed.containsKey(link.id))
                .map(link -> link.id + ": " + failed.get(link.id))
                .toList();
        boolean unsafe =
                ack.kind() == Ack.Kind.JOURNALED && !stored.trouble().isEmpty() && !first.has(TierTrait.PERSISTENT);
        if (!lacking.isEmpty() || unsafe) {
            throw new MemoryException(
                    "key '" + record.key().key() + "' is stored in '" + first.id + "' but was not confirmed by "
                            + (lacking.isEmpty() ? "the journal: " + trouble : String.valueOf(lacking))
                            + "; they get it in the background when they work again"
                            + (trouble.isEmpty() ? "" : ", unless this process ends before"),
                    true,
                    null);
        }
        return stored;
    }

    /** Has tiers take a record at the same time and waits for them; true when one holds a newer one that must be overwritten. */
    private boolean confirm(
            Space space,
            TierRecord record,
            TierLink first,
            List<TierLink> links,
            Map<String, String> failed,
            Deadline deadline) {
        Map<TierLink, TierLink.Ongoing<Applied>> waited = new LinkedHashMap<>();
        for (TierLink link : links) {
            try {
                waited.put(link, link.begin(deadline, own -> link.tier.apply(record, Condition.IF_NEWER, own)));
            } catch (TierException e) {
                failed.put(link.id, String.valueOf(e.getMessage()));
            }
        }
        boolean overtaken = false;
        for (Map.Entry<TierLink, TierLink.Ongoing<Applied>> each : waited.entrySet()) {
            TierLink link = each.getKey();
            try {
                Applied outcome = link.await(each.getValue());
                backlog(link).confirm(record.key(), record.version());
                if (outcome instanceof Applied.Older older
                        && !older.current().equals(record.version())
                        && !isKnownTo(first, space, record, older.current(), deadline)) {
                    follow(outcome, link.id, record.key());
                    overtaken = true;
                }
            } catch (TierException e) {
                failed.put(link.id, String.valueOf(e.getMessage()));
            }
        }
        return overtaken;
    }

    /** Whether the first tier has moved on to a version at least as new, so that this write was merely overwritten since. */
    private boolean isKnownTo(TierLink first, Space space, TierRecord record, Version newer, Deadline deadline) {
        if (space.isNear(first)) {
            NearEntry held = Objects.requireNonNull(space.near)
                    .peek(record.key().namespace(), record.key().key());
            return held != null && !newer.isNewerThan(held.record().version());
        }
        TierRecord held = first.call(deadline, own -> first.tier.get(record.key(), own));
        return held != null && !newer.isNewerThan(held.version());
    }

    /** For writes of several keys at once; {@link #end} must follow. */
    void begin(TierKey key) {
        underWay.begin(key);
    }

    void end(TierKey key) {
        underWay.end(key);
    }

    /** Makes a record visible on this machine. */
    private void publish(Space space, TierRecord record) {
        epochs.advance(record.key());
        reader.accessed(record.key());
        if (space.near != null) {
            Applied unused = space.near.put(record, Condition.IF_NEWER, reader.checkAt(space));
        }
    }

    private Stored stored(Space space, TierRecord record, String trouble) {
        List<String> pending = new ArrayList<>(space.distant().size());
        for (TierLink link : space.distant()) {
            if (backlog(link).pendingVersion(record.key()) != null) {
                pending.add(link.id);
            }
        }
        return new Stored(record.version(), pending, pending.isEmpty() ? "" : trouble);
    }

    /** The journal may take half of the time that is left: the rest is for asking the tiers when it does not. */
    private static Deadline half(Deadline deadline) {
        return Deadline.in(deadline.remaining().dividedBy(2));
    }

    /** A tier holds a newer version: goes on above it, unless its clock is not to be believed. */
    private void follow(Applied outcome, String tier, TierKey key) {
        if (outcome instanceof Applied.Older older && !clock.observe(older.current())) {
            throw new MemoryException(
                    "cannot write key '" + key.key() + "': tier '" + tier
                            + "' holds a version that is more than 5 minutes ahead of this machine's clock (written by node '"
                            + older.current().node() + "'); check the clocks of both machines",
                    true,
                    null);
        }
    }

    private void refuseIfFull(Space space, List<TierLink> confirming) {
        for (TierLink link : space.distant()) {
            if (!confirming.contains(link) && backlog(link).isFull()) {
                throw new MemoryException(
                        "cannot write: too much is waiting for tier '" + link.id
                                + "' already, and nothing acknowledged is dropped; try again when it works",
                        true,
                        null);
            }
        }
    }

    static MemoryException refused(String operation, TierLink link, TierKey key, TierException e) {
        return switch (e.kind()) {
            case TRANSIENT -> new TierUnavailableException(operation, List.of(link.id + ": " + e.getMessage()));
            case FULL, CORRUPT, PERMANENT ->
                new MemoryException(
                        "cannot " + operation + " key '" + key.key() + "': tier '" + link.id + "': " + e.getMessage(),
                        e.kind() == TierException.Kind.FULL,
                        e);
        };
    }

    private static MemoryException tooContended(TierKey key) {
        return new MemoryException(
                "cannot write key '" + key.key() + "': others write it all the time; try again", true, null);
    }

    private Backlog backlog(TierLink link) {
        return Objects.requireNonNull(backlogs.get(link));
    }
}
