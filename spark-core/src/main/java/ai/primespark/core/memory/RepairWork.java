package ai.primespark.core.memory;

import ai.primespark.core.memory.UpkeepTier.Gone;
import ai.primespark.core.memory.UpkeepTier.Held;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierPage;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Compares one namespace after another, and reads every record if asked to. For one worker. */
final class RepairWork {

    private static final Logger LOG = LoggerFactory.getLogger(RepairWork.class);

    private static final int PINNED_AT_ONCE = 16;

    private final Surroundings around;
    private final Epochs epochs;
    private final Pacer pacer;
    private final Tally tally;
    private final Mender.Orders orders;
    private final boolean deep;

    RepairWork(Surroundings around, Epochs epochs, Pacer pacer, Tally tally, Mender.Orders orders, boolean deep) {
        this.around = around;
        this.epochs = epochs;
        this.pacer = pacer;
        this.tally = tally;
        this.orders = orders;
        this.deep = deep;
    }

    /**
     * Compares a namespace.
     *
     * @return the tiers that were compared to the end
     */
    List<TierLink> run(UpkeepSpace space) {
        List<TierLink> links = new ArrayList<>();
        for (TierLink link : space.persistent()) {
            boolean admitted = link.isTrusted() || orders.admitted().contains(link);
            String reason = link.isDown() ? "down" : admitted ? "" : link.distrust();
            if (reason.isEmpty()) {
                links.add(link);
            } else {
                tally.skipped(space.space.name + ": " + link.id + ": " + reason);
            }
        }
        while (true) {
            try {
                compare(space, links);
                return links;
            } catch (Gone e) { // on without it, from the beginning: what was mended stays mended
                links.remove(e.link);
                tally.skipped(space.space.name + ": " + e.link.id + ": " + e.getMessage());
                LOG.debug(
                        "Namespace '{}' is compared without tier '{}': {}",
                        space.space.name,
                        e.link.id,
                        e.getMessage());
            }
        }
    }

    private void compare(UpkeepSpace space, List<TierLink> links) throws Gone {
        List<UpkeepTier> tiers =
                links.stream().map(link -> new UpkeepTier(link, pacer, around)).toList();
        List<UpkeepTier> sources = space.space.tiers.stream()
                .filter(link -> !links.contains(link) && !space.space.isNear(link) && !link.isDown())
                .map(link -> new UpkeepTier(link, pacer, around))
                .toList();
        long now = around.clock().millis();
        Mender mender = new Mender(space, tiers, sources, epochs, now, tally, orders);
        if (tiers.size() > 1) {
            new Comparison(space, tiers, mender, tally, now).run();
            List<TierKey> pinned = space.pinned(); // a tier that need not have all must have these
            for (int from = 0; from < pinned.size(); from += PINNED_AT_ONCE) {
                mender.mend(pinned.subList(from, Math.min(pinned.size(), from + PINNED_AT_ONCE)));
            }
        }
        if (deep) {
            for (UpkeepTier tier : tiers) {
                readAll(space, tier, mender, now);
            }
        }
    }

    private void readAll(UpkeepSpace space, UpkeepTier tier, Mender mender, long now) throws Gone {
        tally.at(space.space.name, "read " + tier.link.id);
        tier.scan(space.space.name, headers -> {
            for (List<TierPage.Header> some : Batches.of(headers, tier)) {
                List<TierKey> keys = Batches.keys(some);
                List<Held> held = tier.read(keys);
                for (int i = 0; i < some.size(); i++) {
                    String damage = held.get(i).damage();
                    if (damage != null && some.get(i).expiresAtMillis() > now && !space.isPending(keys.get(i))) {
                        mender.heal(tier, keys.get(i), some.get(i).version(), damage);
                    }
                }
                tally.examined(some.size());
            }
        });
    }
}
