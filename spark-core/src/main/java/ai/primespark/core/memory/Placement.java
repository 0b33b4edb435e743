package ai.primespark.core.memory;

import ai.primespark.memory.KeyPlaces;
import ai.primespark.memory.KeyPlaces.Place;
import ai.primespark.memory.KeyPlaces.Presence;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.TierUnavailableException;
import ai.primespark.spi.Condition;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Shows where one key's records are, and moves them when somebody asks for it. Thread-safe. */
final class Placement {

    private final UpkeepSpace upkeep;
    private final Space space;
    private final Map<TierLink, Backlog> backlogs;
    private final Wishes wishes;
    private final Reader reader;

    Placement(UpkeepSpace upkeep, Map<TierLink, Backlog> backlogs, Wishes wishes, Reader reader) {
        this.upkeep = upkeep;
        this.space = upkeep.space;
        this.backlogs = backlogs;
        this.wishes = wishes;
        this.reader = reader;
    }

    KeyPlaces where(TierKey key, Deadline deadline) {
        List<Place> places = new ArrayList<>();
        for (TierLink link : space.tiers) {
            boolean pending = backlog(link).peek(key) != null;
            try {
                TierRecord record =
                        space.isNear(link) ? upkeep.near(key) : link.call(deadline, own -> link.tier.get(key, own));
                String doubt = record == null ? "" : space.doubt(link, deadline);
                places.add(place(link, record == null ? Presence.ABSENT : Presence.PRESENT, record, pending, doubt));
            } catch (TierException e) {
                boolean damaged = e.kind() == TierException.Kind.CORRUPT;
                places.add(place(
                        link,
                        damaged ? Presence.DAMAGED : Presence.UNKNOWN,
                        null,
                        pending,
                        String.valueOf(e.getMessage())));
            }
        }
        return new KeyPlaces(space.name, key.key(), wishes.isPinned(key), places);
    }

    private static Place place(
            TierLink link, Presence presence, @Nullable TierRecord record, boolean pending, String detail) {
        Instant expiry = record == null || record.expiresAtMillis() == TierRecord.NEVER
                ? null
                : Instant.ofEpochMilli(record.expiresAtMillis());
        return new Place(
                link.id,
                link.number,
                link.zone,
                presence,
                record == null ? null : record.version(),
                expiry,
                record != null && record.isTombstone(),
                record == null ? 0 : record.body().length,
                pending,
                detail);
    }

    /** Remembers a pin, and brings what there is to this machine. */
    void pin(TierKey key, boolean pinned, Deadline deadline) {
        wishes.pin(key, pinned);
        TierLink local = space.tiers.stream()
                .filter(link -> link.has(TierTrait.LOCAL) && link.has(TierTrait.PERSISTENT))
                .findFirst()
                .orElse(null);
        if (!pinned || local == null) {
            return;
        }
        Answer answer = reader.read(space, key, deadline);
        TierRecord record = answer.record();
        if (record != null && answer.certain() && !record.isTombstone()) {
            try {
                var unused = local.call(deadline, own -> local.tier.apply(record, Condition.IF_NEWER, own));
            } catch (TierException e) {
                throw Writer.refused("pin", local, key, e);
            }
        }
    }

    /** True when only the coldest tier that keeps it has it. */
    boolean demote(TierKey key, Deadline deadline) {
        if (wishes.isPinned(key) || space.decided) {
            return false;
        }
        TierLink last = space.tiers.stream()
                .filter(link -> link.has(TierTrait.PERSISTENT) && !link.has(TierTrait.MAY_EVICT))
                .reduce((hotter, colder) -> colder)
                .orElse(null);
        if (last == null || last == space.tiers.get(0)) {
            return false;
        }
        String doubt = space.doubt(last, deadline);
        if (!doubt.isEmpty()) {
            throw new TierUnavailableException("demote", List.of(last.id + ": " + doubt));
        }
        try {
            backlog(last).settle(key, deadline);
            TierRecord kept = last.call(deadline, own -> last.tier.get(key, own));
            if (kept == null || kept.isTombstone() || upkeep.isPending(key)) {
                return false;
            }
            return forget(key, kept, last, deadline);
        } catch (TierException e) {
            throw Writer.refused("demote", last, key, e);
        }
    }

    private boolean forget(TierKey key, TierRecord kept, TierLink last, Deadline deadline) {
        List<TierLink> hotter =
                space.tiers.stream().filter(link -> link.number < last.number).toList();
        List<String> failed = new ArrayList<>();
        boolean newerThere = false;
        for (TierLink link : hotter) { // looked at before anything goes
            if (!space.isNear(link)) {
                try {
                    TierRecord held = link.call(deadline, own -> link.tier.get(key, own));
                    newerThere |= held != null && held.version().isNewerThan(kept.version());
                } catch (TierException e) {
                    failed.add(link.id + ": " + e.getMessage());
                }
            }
        }
        if (!failed.isEmpty()) {
            throw new TierUnavailableException("demote", failed);
        }
        if (newerThere) {
            return false;
        }
        try {
            wishes.demoted(key);
        } catch (IOException e) {
            throw new MemoryException("cannot demote key '" + key.key() + "': it cannot be noted: " + e, true, e);
        }
        reader.epochs().advance(key); // copies that are on their way to hotter tiers stop here
        for (TierLink link : hotter) {
            try {
                Boolean unused = link.call(deadline, own -> link.tier.purge(key, kept.version(), own));
            } catch (TierException e) {
                failed.add(link.id + ": " + e.getMessage());
            }
        }
        if (!failed.isEmpty()) {
            throw new TierUnavailableException("demote", failed);
        }
        return true;
    }

    private Backlog backlog(TierLink link) {
        return Objects.requireNonNull(backlogs.get(link));
    }
}
