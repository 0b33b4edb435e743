package ai.primespark.core.llm.budget;

import ai.primespark.llm.Budget;
import ai.primespark.llm.LlmStats;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One budget and how far it is used up. Thread-safe and without locks.
 *
 * <p>A call is let in while what was spent, together with what running calls have reserved, is below the limit. The limit is
 * therefore passed by the last call that is let in, and by what calls use beyond their reservations, but not by as many calls as
 * happen to run at once. A call counts in the period in which it ends.
 *
 * <p>The wall clock may jump. A period that has begun is not left when the clock goes back a little, so that no budget is given
 * twice; when it goes back by more than a whole period, the clock was wrong before, and what was spent moves to the period that
 * is now.
 */
public final class BudgetAccount {

    private final Budget budget;
    private final ZoneId zone;
    private final InstantSource clock;
    private final Runnable changed;
    private final AtomicReference<State> state;

    private record State(Window window, double spent, double reserved) {

        double used() {
            return spent + reserved;
        }
    }

    /**
     * Why nobody is let in.
     *
     * @param reason in words
     * @param remaining until the next period begins, or null when it is only that running calls have reserved what is left
     */
    public record Block(String reason, @Nullable Duration remaining) {

        /** Milliseconds until it is over; 0 when that may be at any moment. */
        public long lasts() {
            return remaining == null ? 0 : remaining.toMillis();
        }
    }

    /**
     * What is kept of an account over a restart.
     *
     * @param name the budget's name
     * @param unit what is counted; amounts of another unit are worthless
     * @param per how long a period is
     * @param startMillis when the period began
     * @param used what was spent, and what calls had reserved that had not ended
     */
    public record Kept(String name, Budget.Unit unit, Budget.Period per, long startMillis, double used) {}

    /**
     * Opens an account in which nothing was spent.
     *
     * @param budget what may be spent
     * @param zone where its periods begin
     * @param clock the wall clock
     * @param changed called whenever something was reserved or spent; must be fast
     */
    BudgetAccount(Budget budget, ZoneId zone, InstantSource clock, Runnable changed) {
        this.budget = budget;
        this.zone = zone;
        this.clock = clock;
        this.changed = changed;
        this.state = new AtomicReference<>(new State(Window.around(clock.millis(), budget.per(), zone), 0, 0));
    }

    Budget budget() {
        return budget;
    }

    /** What is counted. */
    public Budget.Unit unit() {
        return budget.unit();
    }

    /** Goes on from an earlier run; what does not fit the budget as it is configured now is left aside. */
    void restore(Kept kept) {
        if (kept.unit() == budget.unit() && kept.per() == budget.per() && kept.used() > 0) {
            Window then = Window.around(kept.startMillis(), budget.per(), zone);
            state.set(new State(then, kept.used(), 0));
        }
    }

    Kept keep() {
        State now = now();
        return new Kept(budget.name(), budget.unit(), budget.per(), now.window().startMillis(), now.used());
    }

    private State now() {
        long millis = clock.millis();
        State before;
        State now;
        do {
            before = Objects.requireNonNull(state.get());
            now = at(before, millis);
            // also for those who only look: a period that began by a wrong clock must end by the right one
        } while (!now.equals(before) && !state.compareAndSet(before, now));
        return now;
    }

    private State at(State before, long millis) {
        Window window = before.window();
        if (window.isOver(millis)) {
            return new State(Window.around(millis, budget.per(), zone), 0, before.reserved());
        }
        if (window.isAbsurdAt(millis)) {
            return new State(Window.around(millis, budget.per(), zone), before.spent(), before.reserved());
        }
        return before;
    }

    /** Why nobody is let in now; null when somebody is. */
    public @Nullable Block block() {
        State now = now();
        if (now.used() < budget.limit()) {
            return null;
        }
        if (now.spent() < budget.limit()) {
            return new Block("budget '" + budget.name() + "' is reserved by calls that are running", null);
        }
        long millis = clock.millis();
        Instant end = Instant.ofEpochMilli(now.window().endMillis());
        return new Block(
                "budget '" + budget.name() + "' is used up until "
                        + end.atZone(zone).toOffsetDateTime(),
                Duration.ofMillis(Math.max(1, now.window().endMillis() - millis)));
    }

    /** Reserves an amount for a call. Gives false when the call must not be let in. */
    public boolean reserve(double amount) {
        State before;
        State after;
        do {
            before = Objects.requireNonNull(state.get());
            State now = at(before, clock.millis());
            if (now.used() >= budget.limit()) {
                return false;
            }
            after = new State(now.window(), now.spent(), now.reserved() + amount);
        } while (!state.compareAndSet(before, after));
        changed.run();
        return true;
    }

    /**
     * Ends a reservation.
     *
     * @param reserved the amount that was reserved
     * @param used what was used up in truth
     */
    public void settle(double reserved, double used) {
        change(now -> new State(
                now.window(), now.spent() + used, Math.max(0, now.reserved() - reserved))); // sums of fractions drift
    }

    private void change(UnaryOperator<State> change) {
        state.updateAndGet(before -> change.apply(at(before, clock.millis())));
        changed.run();
    }

    double spent() {
        return now().spent();
    }

    LlmStats.BudgetStats stats() {
        State now = now();
        return new LlmStats.BudgetStats(
                budget.name(),
                budget.unit(),
                budget.limit(),
                now.spent(),
                now.reserved(),
                budget.per(),
                Instant.ofEpochMilli(now.window().endMillis()));
    }

    @Override
    public String toString() {
        return "BudgetAccount[" + budget.name() + "]";
    }
}
