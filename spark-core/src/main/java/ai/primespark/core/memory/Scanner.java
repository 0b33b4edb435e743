package ai.primespark.core.memory;

import ai.primespark.memory.ScanPage;
import ai.primespark.memory.Version;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierPage;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lists keys over all tiers. The tiers lead one after another, the authority first; each page of the leading tier is compared
 * with what all others hold of its keys, and a key that an earlier leader holds is left out. So no key comes twice, tombstones
 * hide what other tiers still have, and nothing but a page is kept in memory.
 *
 * <p>The near tier leads only when no persistent tier answers: otherwise all it holds is in another tier or on the way there.
 */
final class Scanner {

    /** A backlog as small as this is waited for. */
    private static final int FEW = 10_000;

    private final Surroundings around;
    private final Reader reader;
    private final Filler filler;
    private final Map<TierLink, Backlog> backlogs;

    Scanner(Surroundings around, Reader reader, Filler filler, Map<TierLink, Backlog> backlogs) {
        this.around = around;
        this.reader = reader;
        this.filler = filler;
        this.backlogs = backlogs;
    }

    /** Where a page begins: which leader, and its own cursor. */
    private record Position(int leader, @Nullable String cursor) {

        static Position parse(@Nullable String text, int leaders) {
            if (text == null) {
                return new Position(0, null);
            }
            int colon = text.indexOf(':');
            try {
                int leader = Integer.parseInt(text.substring(0, Math.max(0, colon)));
                if (leader >= 0 && leader <= leaders) { // one more for what waits in the backlogs
                    return new Position(leader, colon + 1 == text.length() ? null : text.substring(colon + 1));
                }
            } catch (NumberFormatException e) {
                // reported below
            }
            throw new IllegalArgumentException("not a cursor of this namespace; pass what the page before gave");
        }

        @Override
        public String toString() {
            return leader + ":" + (cursor == null ? "" : cursor);
        }
    }

    /** What is known of one key. */
    private static final class Found {
        Version version;
        long expiry;
        long bytes;
        boolean tombstone;
        final Set<TierLink> holders = new LinkedHashSet<>();

        Found(TierPage.Header header, TierLink holder) {
            this.version = header.version();
            take(header, holder);
        }

        final void take(TierPage.Header header, TierLink holder) {
            int order = header.version().compareTo(version);
            if (order > 0) {
                holders.clear();
            }
            if (order >= 0) {
                version = header.version();
                expiry = header.expiresAtMillis();
                bytes = header.bodyBytes();
                tombstone = header.tombstone();
                holders.add(holder);
            }
        }
    }

    ScanPage page(Space space, String prefix, @Nullable String cursor, int limit, Deadline deadline) {
        List<TierLink> leaders = leaders(space);
        Position position = Position.parse(cursor, leaders.size());
        filler.yieldToListing(space, deadline);
        if (cursor == null) {
            leaders.forEach(link -> sendRest(link, deadline));
        }
        Set<TierLink> missing = new LinkedHashSet<>();
        Map<TierKey, Found> found = new LinkedHashMap<>();
        String next = lead(space, leaders, position, prefix, limit, missing, found, deadline);
        long now = around.clock().millis();
        List<ScanPage.Entry> entries = new ArrayList<>();
        found.forEach((key, entry) -> {
            if (!entry.tombstone && entry.expiry > now) {
                entries.add(new ScanPage.Entry(
                        key.key(),
                        entry.version,
                        entry.expiry == TierRecord.NEVER ? null : Instant.ofEpochMilli(entry.expiry),
                        entry.bytes,
                        entry.holders.stream()
                                .sorted(Comparator.comparingInt(link -> link.number))
                                .map(link -> link.id)
                                .toList()));
            }
        });
        if (space.decided && !missing.contains(space.authority)) {
            missing.clear(); // they would have nothing to add
        }
        return new ScanPage(entries, next, missing.stream().map(link -> link.id).toList());
    }

    private List<TierLink> leaders(Space space) {
        List<TierLink> leaders = new ArrayList<>(space.tiers);
        leaders.remove(space.authority);
        leaders.add(0, space.authority);
        leaders.sort(Comparator.comparing(link -> space.isNear(link) || link.has(TierTrait.MAY_EVICT))); // stable
        return leaders;
    }

    /** A tier that has still to get a little lists it after a short wait; what is left is listed from the backlog. */
    private void sendRest(TierLink link, Deadline deadline) {
        Backlog backlog = backlog(link);
        if (backlog.size() > 0 && backlog.size() < FEW && !link.isDown() && !backlog.isHeldBack()) {
            try {
                boolean unused = backlog.awaitSent(backlog.mark(), deadline.orIn(around.tierTimeout()), false);
            } catch (InterruptedException e) {
                throw Surroundings.interrupted("tier '" + link.id + "'");
            }
        }
    }

    private @Nullable String lead(
            Space space,
            List<TierLink> leaders,
            Position from,
            String prefix,
            int limit,
            Set<TierLink> missing,
            Map<TierKey, Found> found,
            Deadline deadline) {
        leaders.subList(0, from.leader()).stream()
                .filter(link -> link.isDown() || !space.doubt(link, deadline).isEmpty())
                .forEach(missing::add);
        Position position = from;
        while (position.leader() < leaders.size()) {
            TierLink leader = leaders.get(position.leader());
            Position after = new Position(position.leader() + 1, null);
            boolean covered = isCovered(space, leader, missing);
            if (!covered && !space.doubt(leader, deadline).isEmpty()) {
                missing.add(leader);
                covered = true;
            }
            if (!covered) {
                String cursor = position.cursor();
                try {
                    TierPage page =
                            leader.call(deadline, own -> leader.tier.scan(space.name, prefix, cursor, limit, own));
                    List<TierLink> earlier = led(space, leaders.subList(0, position.leader()), missing);
                    compare(space, leader, earlier, page, missing, found, deadline);
                    if (page.next() != null) {
                        return new Position(position.leader(), page.next()).toString();
                    }
                    boolean more = after.leader() < leaders.size()
                            || space.distant().stream()
                                    .anyMatch(link -> backlog(link).size() > 0);
                    if (!found.isEmpty() && more) {
                        return after.toString(); // pages of two leaders are not mixed: the limit holds
                    }
                } catch (TierException e) {
                    missing.add(leader);
                }
            }
            position = after;
        }
        return leadByBacklogs(space, leaders, position, prefix, limit, missing, found, deadline);
    }

    /** Whether all that the near tier holds is in another tier that answers, or on its way there. */
    private static boolean isCovered(Space space, TierLink leader, Set<TierLink> missing) {
        return space.isNear(leader)
                && space.tiers.stream().anyMatch(link -> link.has(TierTrait.PERSISTENT) && !missing.contains(link));
    }

    /** Those whose own pages have been given. */
    private static List<TierLink> led(Space space, List<TierLink> leaders, Set<TierLink> missing) {
        return leaders.stream().filter(link -> !isCovered(space, link, missing)).toList();
    }

    /** The last pages: keys that no tier has yet, because all those that will are away or slow. */
    private @Nullable String leadByBacklogs(
            Space space,
            List<TierLink> leaders,
            Position from,
            String prefix,
            int limit,
            Set<TierLink> missing,
            Map<TierKey, Found> found,
            Deadline deadline) {
        PriorityQueue<String> smallest = new PriorityQueue<>(Comparator.reverseOrder());
        boolean more = false;
        String cursor = from.cursor();
        Set<String> seen = new HashSet<>();
        for (TierLink link : space.distant()) {
            for (TierKey key : backlog(link).keys()) {
                boolean wanted = key.namespace().equals(space.name)
                        && key.key().startsWith(prefix)
                        && (cursor == null || key.key().compareTo(cursor) > 0)
                        && seen.add(key.key());
                if (wanted) {
                    smallest.add(key.key());
                    if (smallest.size() > limit) {
                        seen.remove(smallest.poll());
                        more = true;
                    }
                }
            }
        }
        if (smallest.isEmpty()) {
            return null;
        }
        String last = smallest.element();
        List<TierPage.Header> headers = new ArrayList<>();
        for (String key : smallest) {
            TierRecord record = reader.pending(space, space.key(key));
            if (record != null) {
                headers.add(TierPage.Header.of(record));
            }
        }
        headers.sort(Comparator.comparing(header -> header.key().key()));
        compare(
                space,
                space.tiers.get(0),
                led(space, leaders, missing),
                new TierPage(headers, null),
                missing,
                found,
                deadline);
        return more ? new Position(leaders.size(), last).toString() : null;
    }

    private void compare(
            Space space,
            TierLink leader,
            List<TierLink> earlier,
            TierPage page,
            Set<TierLink> missing,
            Map<TierKey, Found> found,
            Deadline deadline) {
        page.headers().forEach(header -> {
            Found known = found.putIfAbsent(header.key(), new Found(header, leader));
            if (known != null) {
                known.take(header, leader); // a tier may list a key twice
            }
        });
        List<TierKey> keys = List.copyOf(found.keySet());
        for (TierLink link : space.tiers) {
            boolean alsoAsked = earlier.contains(link); // the backlogs' pages have no tier of their own
            if ((link != leader || alsoAsked) && !keys.isEmpty()) {
                List<@Nullable TierRecord> held = held(space, link, keys, missing, deadline);
                for (int i = 0; i < held.size(); i++) {
                    TierRecord record = held.get(i);
                    Found known = found.get(keys.get(i));
                    if (record != null && known != null) {
                        if (earlier.contains(link) && !missing.contains(link)) {
                            found.remove(keys.get(i)); // it was on one of that tier's pages
                        } else {
                            known.take(TierPage.Header.of(record), link);
                        }
                    }
                }
            }
        }
        found.forEach((key, entry) -> {
            TierRecord pending = reader.pending(space, key);
            if (pending != null && pending.version().isNewerThan(entry.version)) {
                entry.take(TierPage.Header.of(pending), space.tiers.get(0));
            }
        });
    }

    private List<@Nullable TierRecord> held(
            Space space, TierLink link, List<TierKey> keys, Set<TierLink> missing, Deadline deadline) {
        List<@Nullable TierRecord> held = new ArrayList<>(keys.size());
        if (space.isNear(link)) {
            for (TierKey key : keys) {
                NearEntry entry = Objects.requireNonNull(space.near).peek(key.namespace(), key.key());
                held.add(entry == null || entry.isAbsent() ? null : entry.record());
            }
            return held;
        }
        if (!space.doubt(link, deadline).isEmpty()) {
            missing.add(link);
            return held;
        }
        try {
            int batch = link.tier.limits().preferredBatch();
            for (int from = 0; from < keys.size(); from += batch) {
                List<TierKey> some = keys.subList(from, Math.min(keys.size(), from + batch));
                held.addAll(link.call(deadline, own -> link.tier.getAll(some, own)));
            }
        } catch (TierException e) {
            missing.add(link);
        }
        return held;
    }

    private Backlog backlog(TierLink link) {
        return Objects.requireNonNull(backlogs.get(link));
    }
}
