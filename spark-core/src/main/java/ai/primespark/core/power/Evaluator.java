package ai.primespark.core.power;

import ai.primespark.power.PowerPolicy;
import ai.primespark.power.PowerPolicy.Verdict;
import ai.primespark.power.PowerProfile;
import ai.primespark.power.PowerReading;
import ai.primespark.power.PowerReading.Quality;
import ai.primespark.power.PowerSupply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Follows a {@link PowerPolicy}: a profile is entered once it, or a more sparing one, was called for without a break for the
 * verdict's dwell and by so many fresh readings; a less sparing one likewise, but by fresh readings only. A pure function of the
 * state, a reading and the time; immutable.
 *
 * <p>Three rules hold whatever the policy says. A shutdown that has begun is called off by mains alone. And there are at most
 * {@code maxChanges} changes within the window, besides those further down, which nothing may hold up: when there have been that
 * many, it stays as sparing as it is. And a machine whose very first reading is of a battery saves at once.
 *
 * @param policy judges readings
 * @param maxChanges within the window; at least 2
 * @param window over which changes are counted
 */
record Evaluator(PowerPolicy policy, int maxChanges, Duration window) {

    /**
     * Where it stands.
     *
     * @param profile in force
     * @param calls the profiles that are called for besides
     * @param changes when the changes within the window were
     * @param flapping whether a better profile is held back because there were too many changes
     * @param rule what the policy said last
     * @param heard whether a fresh reading has said what feeds the machine
     */
    record State(
            PowerProfile profile,
            Map<PowerProfile, Call> calls,
            List<Long> changes,
            boolean flapping,
            String rule,
            boolean heard) {

        /** At full power, with nothing known. */
        static final State START = new State(PowerProfile.FULL, Map.of(), List.of(), false, "start", false);

        State {
            calls = Map.copyOf(calls);
            changes = List.copyOf(changes);
        }
    }

    /**
     * That a profile is called for.
     *
     * @param since when it began
     * @param readings how many fresh readings have called for it since
     * @param exact whether the policy has named this very profile, or only one beyond
     * @param verdict which said what is needed
     */
    record Call(long since, int readings, boolean exact, Verdict verdict) {

        boolean isMet(long now) {
            return now - since >= verdict.dwell().toNanos()
                    && (verdict.readings() <= 1 || readings >= verdict.readings());
        }
    }

    /**
     * A change of profile.
     *
     * @param from until now
     * @param to from now on
     * @param rule which led to it
     */
    record Change(PowerProfile from, PowerProfile to, String rule) {}

    /**
     * What comes of a reading.
     *
     * @param state from now on
     * @param changed the change, or null
     * @param at when to look again even if nobody says anything; {@link Long#MAX_VALUE} for never
     */
    record Step(State state, @Nullable Change changed, long at) {

        Optional<Change> change() {
            return Optional.ofNullable(changed);
        }
    }

    /**
     * Goes on to a moment.
     *
     * @param before where it stood
     * @param reading what is known now
     * @param counts whether the reading is a new one, and fresh; false when only time has passed
     * @param now by the monotonic clock
     */
    Step step(State before, PowerReading reading, boolean counts, long now) {
        PowerProfile current = before.profile();
        Verdict verdict = policy.judge(reading, current);
        Map<PowerProfile, Call> calls = calls(before, reading, verdict, counts, now);
        boolean says = counts && reading.supply() != PowerSupply.UNKNOWN;
        boolean heard = before.heard() || says;
        if (says && !before.heard() && reading.supply() == PowerSupply.BATTERY) { // how long already, nobody knows
            calls.computeIfPresent(
                    PowerProfile.SAVING, (level, call) -> new Call(now, 1, true, Verdict.now(level, verdict.rule())));
        }
        List<Long> changes = before.changes().stream()
                .filter(at -> now - at < window.toNanos())
                .toList();
        PowerProfile target = target(current, calls, now);
        boolean full = changes.size() + 2 > maxChanges; // one may always have to follow: down again
        boolean held = target.compareTo(current) < 0 && full;
        if (target == current || held) {
            State after = new State(current, calls, changes, held, verdict.rule(), heard);
            long next = held ? changes.get(0) + window.toNanos() : Long.MAX_VALUE;
            return new Step(after, null, Math.min(next, nextDue(calls, now)));
        }
        Call met = calls.get(target);
        String rule = met == null ? verdict.rule() : met.verdict().rule();
        List<Long> counted = new ArrayList<>(changes);
        counted.add(now);
        boolean down = target.compareTo(current) > 0;
        // on the way down time goes on counting; on the way up it begins anew with each step
        calls.keySet().removeIf(called -> !down || called.compareTo(target) <= 0);
        State after = new State(target, calls, lately(counted), false, rule, heard);
        return new Step(after, new Change(current, target, rule), nextDue(calls, now));
    }

    private List<Long> lately(List<Long> changes) {
        int most = maxChanges + PowerProfile.values().length; // what is older could not be one of too many
        return changes.subList(Math.max(0, changes.size() - most), changes.size());
    }

    /** Every profile between the one in force and the one that is called for is called for as well. */
    private static Map<PowerProfile, Call> calls(
            State before, PowerReading reading, Verdict verdict, boolean counts, long now) {
        PowerProfile current = before.profile();
        PowerProfile wanted = verdict.profile();
        boolean upward = wanted.compareTo(current) < 0;
        boolean mayRise =
                reading.quality() == Quality.FRESH && (current != PowerProfile.SHUTDOWN || isMains(reading.supply()));
        Map<PowerProfile, Call> calls = new EnumMap<>(PowerProfile.class);
        if (wanted == current || upward && !mayRise) {
            return calls;
        }
        for (PowerProfile level : PowerProfile.values()) {
            boolean between = upward
                    ? level.compareTo(wanted) >= 0 && level.compareTo(current) < 0
                    : level.compareTo(wanted) <= 0 && level.compareTo(current) > 0;
            if (between) {
                calls.put(level, call(before.calls().get(level), level, verdict, counts, now));
            }
        }
        return calls;
    }

    private static Call call(@Nullable Call known, PowerProfile level, Verdict verdict, boolean counts, long now) {
        int one = counts ? 1 : 0;
        boolean exact = verdict.profile() == level;
        if (known == null) {
            return new Call(now, one, exact, verdict);
        }
        Verdict needs = exact || !known.exact() ? verdict : known.verdict();
        return new Call(known.since(), known.readings() + one, exact || known.exact(), needs);
    }

    /** As far down, or as far up, as is called for long enough. */
    private static PowerProfile target(PowerProfile current, Map<PowerProfile, Call> calls, long now) {
        PowerProfile target = current;
        for (Map.Entry<PowerProfile, Call> entry : calls.entrySet()) {
            PowerProfile level = entry.getKey();
            boolean down = level.compareTo(current) > 0; // as all of them are, or none
            boolean farther = down ? level.compareTo(target) > 0 : level.compareTo(target) < 0;
            if (farther && entry.getValue().isMet(now)) {
                target = level;
            }
        }
        return target;
    }

    private static long nextDue(Map<PowerProfile, Call> calls, long now) {
        long next = Long.MAX_VALUE;
        for (Call call : calls.values()) {
            long due = call.since() + call.verdict().dwell().toNanos();
            if (due - now > 0) {
                next = Math.min(next, due);
            }
        }
        return next;
    }

    private static boolean isMains(PowerSupply supply) {
        return supply == PowerSupply.MAINS || supply == PowerSupply.BYPASS;
    }
}
