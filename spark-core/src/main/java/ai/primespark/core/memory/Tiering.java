package ai.primespark.core.memory;

import ai.primespark.event.SparkEvent;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierTrait;
import ai.primespark.spi.TierUsage;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows how full the tiers are, and has those that are too full, or that hold what has not been used for long, let records go.
 * {@link #run} is for one worker at a time; the rest is thread-safe.
 */
final class Tiering {

    private static final Logger LOG = LoggerFactory.getLogger(Tiering.class);
    private static final int MOST_ROUNDS = 10;

    private final List<TierLink> links;
    private final Surroundings around;
    private final AccessLog accesses;
    private final UpkeepMeters meters;
    private final UpkeepSettings settings;
    private final Map<TierLink, TierUsage> usages = new ConcurrentHashMap<>();
    private final Set<TierLink> stuck = ConcurrentHashMap.newKeySet();

    Tiering(
            List<TierLink> links,
            Surroundings around,
            AccessLog accesses,
            UpkeepMeters meters,
            UpkeepSettings settings) {
        this.links = links;
        this.around = around;
        this.accesses = accesses;
        this.meters = meters;
        this.settings = settings;
    }

    private static boolean isKeeper(TierLink link) {
        return link.has(TierTrait.PERSISTENT) && !link.has(TierTrait.MAY_EVICT);
    }

    /** Asks how much the tiers hold, and how much fits. */
    void measure() {
        for (TierLink link : links) {
            if (!link.isDown() && isKeeper(link)) {
                try {
                    TierUsage usage = link.call(Deadline.in(around.tierTimeout()), link.tier::usage);
                    usages.put(link, usage);
                    if (usage.capacityBytes() > 0) {
                        accesses.enable();
                    }
                } catch (TierException e) {
                    LOG.debug("How full tier '{}' is, is not known: {}", link.id, e.getMessage());
                }
            }
        }
    }

    /** How many records all tiers hold together, as far as is known. */
    long records() {
        return usages.values().stream()
                .mapToLong(usage -> Math.max(0, usage.records()))
                .sum();
    }

    /** Whether this engine lets records go from a tier. */
    boolean isEvicting(TierLink link) {
        TierUsage usage = usages.get(link);
        return isKeeper(link) && (settings.coldAfterMinutes() > 0 || usage != null && usage.capacityBytes() > 0);
    }

    /** Whether it may, as far as is known: a tier that was never asked may have a capacity. */
    boolean mayMakeRoom(TierLink link) {
        return isKeeper(link) && (isEvicting(link) || !usages.containsKey(link));
    }

    boolean isSomethingTooFull() {
        return links.stream().anyMatch(this::isTooFull);
    }

    private boolean isTooFull(TierLink link) {
        TierUsage usage = usages.get(link);
        return usage != null
                && usage.capacityBytes() > 0
                && usage.bytes() > settings.highWater() * usage.capacityBytes();
    }

    /** How many bytes must go until the low water mark is reached. */
    private long toLowWater(TierLink link) {
        TierUsage usage = usages.get(link);
        return usage == null ? 0 : usage.bytes() - (long) (settings.lowWater() * usage.capacityBytes());
    }

    /**
     * Has every tier that is too full let records go.
     *
     * @param unusedToo also what has not been used for long
     */
    void run(List<UpkeepSpace> spaces, Pacer pacer, SweepTally tally, boolean unusedToo, String why) {
        measure();
        Evictor evictor = new Evictor(around, pacer, accesses, tally);
        for (int i = links.size() - 1;
                i >= 0;
                i--) { // the coldest first: it may be what a hotter one leaves its records to
            TierLink link = links.get(i);
            if (link.isDown() || !link.isTrusted() || !isEvicting(link)) {
                continue;
            }
            List<UpkeepSpace> its = spaces.stream()
                    .filter(space -> space.space.tiers.contains(link))
                    .toList();
            if (unusedToo && settings.coldAfterMinutes() > 0) {
                announce(link, evictor.dropUnused(link, its, settings.coldAfterMinutes()), "not used for long");
            }
            if (isTooFull(link)) {
                announce(link, makeRoom(evictor, link, its), why);
            } else {
                stuck.remove(link);
            }
        }
    }

    /** How much a record takes is estimated, so the tier is asked again until it says that there is room. */
    private Evictor.Outcome makeRoom(Evictor evictor, TierLink link, List<UpkeepSpace> spaces) {
        Evictor.Outcome all = new Evictor.Outcome(0, 0);
        Evictor.Outcome last = all;
        for (int round = 0; round < MOST_ROUNDS && (round == 0 || last.records() > 0); round++) {
            long much = toLowWater(link);
            if (much <= 0) {
                break;
            }
            last = evictor.makeRoom(link, spaces, much);
            all = all.plus(last);
            measure();
        }
        if (isTooFull(link) && stuck.add(link)) {
            LOG.warn(
                    "Memory tier '{}' stays above its high water mark: what it holds is pinned, not sent yet, or in no colder"
                            + " tier. Raise its capacity, unpin something, or see to the colder tiers.",
                    link.id);
        }
        return all;
    }

    private void announce(TierLink link, Evictor.Outcome outcome, String why) {
        if (outcome.records() > 0) {
            meters.evicted(link.id, outcome.records());
            around.events()
                    .accept(new SparkEvent.MemoryEvicted(
                            around.clock().instant(), link.id, outcome.records(), outcome.bytes(), why));
        }
    }
}
