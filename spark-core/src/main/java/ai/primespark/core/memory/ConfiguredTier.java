package ai.primespark.core.memory;

import ai.primespark.Zone;
import ai.primespark.spi.MemoryTier;
import java.util.Objects;

/**
 * A tier that is started and ready for the engine.
 *
 * @param id as configured
 * @param type its provider's name
 * @param zone how far data travels to it
 * @param tier the tier; whoever made it closes it, after the engine
 */
public record ConfiguredTier(String id, String type, Zone zone, MemoryTier tier) {

    /** Refuses nulls. */
    public ConfiguredTier {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(zone, "zone");
        Objects.requireNonNull(tier, "tier");
    }
}
