package ai.primespark.core.power;

import ai.primespark.power.PowerFlag;
import ai.primespark.power.PowerReading;
import ai.primespark.power.PowerReading.Quality;
import ai.primespark.power.PowerSupply;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one source: what it said last, how old that is, and how its battery falls. Immutable; all times are of the
 * monotonic clock, because machines without a battery-backed clock jump at boot.
 *
 * @param id of the source
 * @param last what counts of what it said; null while it has said nothing
 * @param freshAt when it last gave a fresh reading, or when asking it began
 * @param old whether its latest answer was that its own data is old
 * @param trouble why the latest read failed; null when it did not
 * @param doubted whether the latest charge was not believed
 * @param fall how the charge fell on battery
 * @param reported how much time the source itself says is left; null when it does not say
 */
record SourceState(
        String id,
        @Nullable PowerReading last,
        long freshAt,
        boolean old,
        @Nullable String trouble,
        boolean doubted,
        RuntimeForecast fall,
        @Nullable Duration reported) {

    /** Between readings that are further apart the charge may well have changed a lot. */
    private static final long JUMPS_WITHIN = Duration.ofSeconds(60).toNanos();

    /**
     * How readings age.
     *
     * @param poll between two reads on mains
     * @param pollOnBattery between two reads otherwise
     * @param stalePolls after how many reads without a fresh reading it is stale
     * @param deadTime after which it is lost
     * @param jump by how many points the charge may change from one reading to the next
     * @param floor the charge, in percent, at which a battery counts as empty
     */
    record Rules(Duration poll, Duration pollOnBattery, int stalePolls, Duration deadTime, double jump, double floor) {}

    /** Nothing is known yet. */
    static SourceState unread(String id, long now) {
        return new SourceState(id, null, now, false, null, false, RuntimeForecast.NONE, null);
    }

    /** With what the source has just said. */
    SourceState read(PowerReading said, long now, Rules rules) {
        if (said.quality() != Quality.FRESH || knowsLessThanBefore(said)) {
            boolean ordered = said.flags().contains(PowerFlag.FORCED_SHUTDOWN); // which does not age
            boolean keeps = !ordered && last != null && last.quality() == Quality.FRESH;
            Duration left = keeps ? reported : said.runtime().orElse(null);
            return new SourceState(id, keeps ? last : named(said), freshAt, true, null, false, fall, left);
        }
        boolean doubt = isDoubtful(said, now, rules);
        PowerReading.Builder believed = named(said).toBuilder();
        if (doubt && last != null) {
            believed.charge(last.chargePercent().orElseThrow());
        }
        PowerReading reading = believed.build();
        RuntimeForecast falling = falling(reading, now);
        Duration left = reading.runtime().orElse(null);
        return new SourceState(id, predicted(reading, falling, rules), now, false, null, doubt, falling, left);
    }

    /** A UPS whose driver is being started again says nothing of its supply; it may well still be on battery. */
    private boolean knowsLessThanBefore(PowerReading said) {
        return said.supply() == PowerSupply.UNKNOWN
                && !said.flags().contains(PowerFlag.FORCED_SHUTDOWN)
                && last != null
                && last.supply() != PowerSupply.UNKNOWN;
    }

    private PowerReading named(PowerReading said) {
        return said.toBuilder(id, said.supply(), said.at()).build();
    }

    /** One reading that jumps is a gauge's glitch; two in a row are the truth. */
    private boolean isDoubtful(PowerReading said, long now, Rules rules) {
        if (last == null || doubted || now - freshAt > JUMPS_WITHIN) {
            return false;
        }
        return last.chargePercent().isPresent()
                && said.chargePercent().isPresent()
                && Math.abs(last.chargePercent().getAsDouble()
                                - said.chargePercent().getAsDouble())
                        > rules.jump();
    }

    private RuntimeForecast falling(PowerReading reading, long now) {
        if (reading.supply() != PowerSupply.BATTERY) {
            return RuntimeForecast.NONE;
        }
        return reading.chargePercent().isPresent()
                ? fall.with(now, reading.chargePercent().getAsDouble())
                : fall;
    }

    /** The shorter of what the source reports and what its charge predicts. */
    private static PowerReading predicted(PowerReading reading, RuntimeForecast fall, Rules rules) {
        Optional<Duration> own = fall.until(rules.floor());
        boolean shorter = own.isPresent()
                && (reading.runtime().isEmpty()
                        || own.get().compareTo(reading.runtime().get()) < 0);
        return shorter ? reading.toBuilder().runtime(own.get(), true).build() : reading;
    }

    /** After a read that failed. */
    SourceState failed(String why) {
        return new SourceState(id, last, freshAt, old, why, doubted, fall, reported);
    }

    /**
     * How long its battery lasts, down to nothing, as of its last reading; the shorter of what it reports and what its charge
     * predicts. Not what readings show, where the battery counts as empty at the charge at which a shutdown begins.
     */
    Optional<Duration> untilEmpty() {
        Optional<Duration> own = fall.until(0);
        Duration said = reported;
        return said == null || own.isPresent() && own.get().compareTo(said) < 0 ? own : Optional.of(said);
    }

    /**
     * What the source says as of a moment.
     *
     * @param wall the same moment by the wall clock, for a source that has said nothing
     */
    PowerReading view(long now, Instant wall, Rules rules) {
        PowerReading said = last;
        Quality quality = quality(now, rules);
        if (said == null) {
            return PowerReading.builder(id, PowerSupply.UNKNOWN, wall)
                    .quality(quality)
                    .build();
        }
        return said.quality() == quality ? said : said.withQuality(quality);
    }

    private Quality quality(long now, Rules rules) {
        long age = now - freshAt;
        boolean neverSpoke = last == null && trouble != null; // and is not just being asked for the first time
        if (neverSpoke || age > lostAfter(rules)) {
            return Quality.LOST;
        }
        return last == null || old || age > staleAfter(rules) ? Quality.STALE : Quality.FRESH;
    }

    private boolean alert() {
        return last != null && last.supply() != PowerSupply.MAINS && last.supply() != PowerSupply.UNKNOWN;
    }

    private long staleAfter(Rules rules) {
        return (alert() ? rules.pollOnBattery() : rules.poll()).toNanos() * rules.stalePolls();
    }

    private long lostAfter(Rules rules) {
        long stale = staleAfter(rules);
        return Math.max(rules.deadTime().toNanos(), alert() ? stale : 2 * stale);
    }

    /** When the view changes by age alone; {@link Long#MAX_VALUE} for never. */
    long changesAt(long now, Rules rules) {
        long age = now - freshAt;
        if (age <= staleAfter(rules)) {
            return freshAt + staleAfter(rules) + 1;
        }
        return age <= lostAfter(rules) ? freshAt + lostAfter(rules) + 1 : Long.MAX_VALUE;
    }
}
