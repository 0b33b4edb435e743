package ai.primespark.spi;

import ai.primespark.memory.Version;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What must hold, besides the law, for a record to be applied. */
public sealed interface Condition permits Condition.IfNewer, Condition.IfVersion, Condition.IfAbsent {

    /** Nothing besides the law. */
    Condition IF_NEWER = new IfNewer();

    /** There is no value: no record, a tombstone, or an ended record. */
    Condition IF_ABSENT = new IfAbsent();

    /**
     * The record held has exactly this version.
     *
     * @param version the version
     * @return the condition
     */
    static Condition ifVersion(Version version) {
        return new IfVersion(version);
    }

    /**
     * Decides, for tiers that look at the record held and then replace it under a lock.
     *
     * @param held the record held, or null
     * @param candidate the record to apply
     * @param nowMillis now, in milliseconds since 1970
     * @return done when the candidate is to be stored; otherwise the answer to give
     */
    Applied decide(@Nullable TierRecord held, TierRecord candidate, long nowMillis);

    /** See {@link Condition#IF_NEWER}. */
    record IfNewer() implements Condition {
        @Override
        public Applied decide(@Nullable TierRecord held, TierRecord candidate, long nowMillis) {
            return byLaw(held, candidate);
        }
    }

    /** See {@link Condition#IF_ABSENT}. */
    record IfAbsent() implements Condition {
        @Override
        public Applied decide(@Nullable TierRecord held, TierRecord candidate, long nowMillis) {
            return held != null && held.isLive(nowMillis)
                    ? new Applied.Conflict(held.version())
                    : byLaw(held, candidate);
        }
    }

    /**
     * See {@link Condition#ifVersion(Version)}.
     *
     * @param version the version
     */
    record IfVersion(Version version) implements Condition {

        /** Refuses null. */
        public IfVersion {
            Objects.requireNonNull(version, "version");
        }

        @Override
        public Applied decide(@Nullable TierRecord held, TierRecord candidate, long nowMillis) {
            if (held == null || !held.isLive(nowMillis)) {
                return new Applied.Conflict(null);
            }
            return version.equals(held.version()) ? byLaw(held, candidate) : new Applied.Conflict(held.version());
        }
    }

    private static Applied byLaw(@Nullable TierRecord held, TierRecord candidate) {
        return held == null || candidate.version().isNewerThan(held.version())
                ? Applied.DONE
                : new Applied.Older(held.version());
    }
}
