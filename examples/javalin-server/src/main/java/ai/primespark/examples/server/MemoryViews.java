package ai.primespark.examples.server;

import ai.primespark.Zone;
import ai.primespark.memory.MemoryStats;
import ai.primespark.memory.MemoryStats.JournalStats;
import ai.primespark.memory.MemoryStats.TierStats;
import ai.primespark.memory.Version;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Memory in the API's words. */
final class MemoryViews {

    private MemoryViews() {}

    record Written(boolean success, String key, Version version) {}

    record Value(
            String key,
            Object value,
            Version version,
            String tier,
            @Nullable Instant expiresAt) {}

    /** A page of keys; {@code cursor} is null on the last one, and keys of {@code missing_tiers} may be missing. */
    record Keys(List<String> keys, @Nullable String cursor, List<String> missingTiers) {}

    record Gone(boolean success, String key) {}

    /**
     * The tiers under the names that dashboards know: the in-process cache apart, the hottest of the others, the NAS, the cloud. Those for
     * which there is no such name are in {@code other_tiers}, by their ids.
     */
    record Stats(
            Tier tier1LocalCache,
            Tier tier2NasStorage,
            Tier tier3CloudStorage,
            Map<String, Tier> otherTiers,
            JournalStats journal,
            Tier nearCache) {

        static Stats of(MemoryStats stats) {
            List<TierStats> rest = new ArrayList<>(stats.tiers());
            Tier near = take(rest, tier -> tier.type().equals("caffeine"));
            Tier cloud = take(rest, tier -> tier.zone() == Zone.CLOUD);
            Tier nas = take(rest, tier -> tier.type().equals("nfs"));
            Tier local = take(rest, tier -> tier.zone() != Zone.CLOUD);
            if (nas.equals(Tier.NONE)) { // what is behind the hottest stands in for it
                nas = take(rest, tier -> tier.zone() != Zone.CLOUD);
            }
            Map<String, Tier> others = new LinkedHashMap<>();
            rest.forEach(tier -> others.put(tier.id(), Tier.of(tier)));
            return new Stats(local, nas, cloud, others, stats.journal(), near);
        }

        /** The hottest of those that are left, which then is not left. */
        private static Tier take(List<TierStats> left, Predicate<TierStats> which) {
            for (TierStats tier : left) {
                if (which.test(tier)) {
                    left.remove(tier);
                    return Tier.of(tier);
                }
            }
            return Tier.NONE;
        }
    }

    /** A tier; of one that is not there only {@code state}. Numbers are -1 when not known. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Tier(
            String state,
            @Nullable String id,
            @Nullable String type,
            @Nullable Integer number,
            @Nullable Zone location,
            @Nullable String detail,
            @Nullable Long keys,
            @Nullable Long bytes,
            @Nullable Long hits,
            @Nullable Long misses,
            @Nullable Long errors,
            @Nullable Long pending,
            @Nullable Long pendingBytes,
            @Nullable Long pendingOldestMillis) {

        static final Tier NONE = new Tier(
                "not_configured", null, null, null, null, null, null, null, null, null, null, null, null, null);

        static Tier of(TierStats tier) {
            return new Tier(
                    Choices.name(tier.state()),
                    tier.id(),
                    tier.type(),
                    tier.number(),
                    tier.zone(),
                    tier.detail(),
                    tier.keys(),
                    tier.bytes(),
                    tier.hits(),
                    tier.misses(),
                    tier.errors(),
                    tier.pending(),
                    tier.pendingBytes(),
                    tier.pendingOldestMillis());
        }
    }
}
