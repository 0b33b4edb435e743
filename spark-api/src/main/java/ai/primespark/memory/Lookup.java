package ai.primespark.memory;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a read. Immutable; thread-safe as far as the value is.
 *
 * <pre>{@code
 * Lookup<Prefs> answer = memory.get("user:42", Prefs.class);
 * if (answer instanceof Lookup.Found<Prefs> found) { use(found.value()); }
 * }</pre>
 *
 * @param <T> the value's type
 */
public sealed interface Lookup<T> permits Lookup.Found, Lookup.Absent, Lookup.Unknown {

    /**
     * The value, where unknown is a failure.
     *
     * @return empty when absent
     * @throws TierUnavailableException when unknown
     */
    Optional<T> toOptional();

    /**
     * Whether a value was found.
     *
     * @return true for {@link Found}
     */
    default boolean isFound() {
        return this instanceof Found;
    }

    /** How sure it is that no newer value exists. */
    enum Freshness {
        /** A tier that is authoritative for the namespace gave or confirmed it. */
        CONFIRMED,
        /** A tier that may hold a newer value could not be asked. */
        POSSIBLY_STALE
    }

    /**
     * There is a value.
     *
     * @param value the value
     * @param version its version, for {@link Memory#replace}
     * @param tier the id of the tier that gave it
     * @param expiry when it ends, or null for never
     * @param freshness how sure it is that no newer value exists
     * @param <T> the value's type
     */
    record Found<T>(
            T value, Version version, String tier, @Nullable Instant expiry, Freshness freshness) implements Lookup<T> {

        /** Refuses nulls. */
        public Found {
            Objects.requireNonNull(value, "value");
            Objects.requireNonNull(version, "version");
            Objects.requireNonNull(tier, "tier");
            Objects.requireNonNull(freshness, "freshness");
        }

        /**
         * When it ends.
         *
         * @return empty for never
         */
        public Optional<Instant> expiresAt() {
            return Optional.ofNullable(expiry);
        }

        @Override
        public Optional<T> toOptional() {
            return Optional.of(value);
        }

        @Override
        public String toString() { // a stored value is private data
            return "Found[version=" + version + ", tier=" + tier + ", expiry=" + expiry + ", " + freshness + "]";
        }
    }

    /**
     * There is no value, and every tier that could hold one said so.
     *
     * @param <T> the value's type
     */
    record Absent<T>() implements Lookup<T> {
        @Override
        public Optional<T> toOptional() {
            return Optional.empty();
        }
    }

    /**
     * Nobody knows: no tier that was asked has it, and some could not be asked.
     *
     * @param tiersNotAsked ids of the tiers that may hold it, with the reason, for example {@code "nas: circuit open"}
     * @param <T> the value's type
     */
    record Unknown<T>(List<String> tiersNotAsked) implements Lookup<T> {

        /** Copies the list. */
        public Unknown {
            tiersNotAsked = List.copyOf(tiersNotAsked);
        }

        @Override
        public Optional<T> toOptional() {
            throw new TierUnavailableException("read", tiersNotAsked);
        }
    }
}
