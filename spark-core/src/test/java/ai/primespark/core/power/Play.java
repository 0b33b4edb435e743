package ai.primespark.core.power;

import ai.primespark.power.PowerFlag;
import ai.primespark.power.PowerPolicy;
import ai.primespark.power.PowerProfile;
import ai.primespark.power.PowerReading;
import ai.primespark.power.PowerSupply;
import ai.primespark.spi.Settings;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The pure parts of the engine, put together as it does, under a clock that a test moves. */
final class Play {

    static final Instant WALL = Instant.parse("2026-01-01T00:00:00Z");

    final List<Changed> changes = new ArrayList<>();
    private final SourceState.Rules rules;
    private final Merge merge;
    private final Evaluator evaluator;
    private final DrainBudget drain;
    private final SourceState[] sources;
    private Evaluator.State state = Evaluator.State.START;
    private PowerReading reading;
    private long now = -5_000_000_000L; // a monotonic clock may begin anywhere
    private long due = Long.MAX_VALUE;

    /** A change and when it was. */
    record Changed(Duration at, PowerProfile from, PowerProfile to, String rule) {}

    Play(Map<String, Object> settings, int count) {
        this(settings, count, null);
    }

    Play(Map<String, Object> settings, int count, PowerPolicy own) {
        Settings values = settings(settings);
        this.rules = PowerSettings.ages(values);
        this.drain = PowerSettings.drainBudget(values);
        this.merge = new Merge(
                values.get(PowerSettings.MERGE),
                values.get(PowerSettings.MIN_SUPPLIES).intValue());
        this.evaluator = new Evaluator(
                own == null ? PowerSettings.policy(values) : own,
                values.get(PowerSettings.MAX_CHANGES).intValue(),
                values.get(PowerSettings.MAX_CHANGES_WINDOW));
        this.sources = new SourceState[count];
        for (int i = 0; i < count; i++) {
            sources[i] = SourceState.unread("ups" + i, now);
        }
        evaluate(null);
    }

    static Play usual() {
        return new Play(Map.of(), 1);
    }

    static Settings settings(Map<String, Object> some) {
        return Settings.of(PowerSettings.ALL, new HashMap<>(some));
    }

    static PowerReading.Builder mains() {
        return PowerReading.builder("x", PowerSupply.MAINS, WALL);
    }

    static PowerReading.Builder battery() {
        return PowerReading.builder("x", PowerSupply.BATTERY, WALL);
    }

    static PowerReading supply(PowerSupply supply, PowerFlag... flags) {
        EnumSet<PowerFlag> set = EnumSet.noneOf(PowerFlag.class);
        set.addAll(Arrays.asList(flags));
        return PowerReading.builder("x", supply, WALL).flags(set).build();
    }

    /** One source says something now. */
    Play says(int source, PowerReading said) {
        sources[source] = sources[source].read(said, now, rules);
        boolean fresh = said.quality() == PowerReading.Quality.FRESH;
        evaluate(fresh ? sources[source].id() : null);
        return this;
    }

    Play says(PowerReading said) {
        return says(0, said);
    }

    /** The first source says the same every two seconds, from now on, for so long; the last time at the very end. */
    Play keepsSaying(PowerReading said, Duration time) {
        long end = now + time.toNanos();
        while (now < end) {
            says(said);
            passes(Duration.ofNanos(Math.min(Duration.ofSeconds(2).toNanos(), end - now)));
        }
        return says(said);
    }

    /** Time passes, and the engine looks whenever it has said that it would. */
    Play passes(Duration time) {
        long end = now + time.toNanos();
        while (due <= end) {
            now = Math.max(now, due);
            evaluate(null);
        }
        now = end;
        return this;
    }

    private void evaluate(String news) {
        List<PowerReading> views = new ArrayList<>();
        for (SourceState source : sources) {
            views.add(source.view(now, WALL, rules));
        }
        reading = merge.of(views);
        Evaluator.Step step = evaluator.step(state, reading, reading.source().equals(news), now);
        state = step.state();
        step.change()
                .ifPresent(change -> changes.add(new Changed(
                        Duration.ofNanos(now + 5_000_000_000L), change.from(), change.to(), change.rule())));
        due = step.at();
        for (SourceState source : sources) {
            due = Math.min(due, source.changesAt(now, rules));
        }
        if (due <= now) {
            throw new AssertionError("it would look for ever");
        }
    }

    PowerProfile profile() {
        return state.profile();
    }

    PowerReading reading() {
        return reading;
    }

    /** What a shutdown that begins now would have, as far as the first source says. */
    Duration drainBudget() {
        return drain.of(sources[0].untilEmpty(), List.of(), Duration.ZERO);
    }

    Evaluator.State state() {
        return state;
    }

    String lastRule() {
        return changes.get(changes.size() - 1).rule();
    }
}
