package ai.primespark.llm;

import ai.primespark.Zone;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How much may be used up in each hour, day or month. A backend whose budget is used up is not asked until the next period
 * begins; others are. Immutable.
 *
 * <pre>{@code
 * LlmOptions.builder().budgets(Budget.money("cloud-month", 20, Budget.Period.MONTH).in(Zone.CLOUD))
 * }</pre>
 *
 * @param name {@code [a-z][a-z0-9-]*}, unique
 * @param unit what is counted
 * @param limit how much of it; positive
 * @param per in which time
 * @param backend the id of the one backend that it holds for, or null
 * @param zone the zone whose backends it holds for, or null; without both it holds for all backends
 */
public record Budget(
        String name,
        Unit unit,
        double limit,
        Period per,
        @Nullable String backend,
        @Nullable Zone zone) {

    private static final String NAME_RULE = "[a-z][a-z0-9-]*";

    /** Refuses nulls, limits that are not positive, and two scopes at once. */
    public Budget {
        Objects.requireNonNull(unit, "unit");
        Objects.requireNonNull(per, "per");
        if (!name.matches(NAME_RULE)) {
            throw new IllegalArgumentException("a budget's name must be " + NAME_RULE + ", not '" + name + "'");
        }
        if (!(limit > 0 && limit < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("budget '" + name + "' needs a positive limit, not " + limit);
        }
        if (backend != null && zone != null) {
            throw new IllegalArgumentException(
                    "budget '" + name + "' holds for a backend or for a zone: make two budgets for both");
        }
    }

    /** What is counted. */
    public enum Unit {
        /** Tokens of prompts and answers. */
        TOKENS,
        /** What they cost by the configured prices. */
        MONEY,
        /** Energy measured on this machine. Without a power source that reports watts, nothing is counted. */
        JOULES
    }

    /** A stretch of the calendar, in the configured time zone. */
    public enum Period {
        /** From one full hour to the next. */
        HOUR,
        /** From midnight to midnight. */
        DAY,
        /** From the first of a month to the next. */
        MONTH
    }

    /**
     * A budget of tokens for all backends.
     *
     * @param name its name
     * @param limit tokens of prompts and answers
     * @param per in which time
     * @return the budget
     */
    public static Budget tokens(String name, long limit, Period per) {
        return new Budget(name, Unit.TOKENS, limit, per, null, null);
    }

    /**
     * A budget of money for all backends.
     *
     * @param name its name
     * @param limit in the currency of the prices
     * @param per in which time
     * @return the budget
     */
    public static Budget money(String name, double limit, Period per) {
        return new Budget(name, Unit.MONEY, limit, per, null, null);
    }

    /**
     * A budget of energy for the backends on this machine.
     *
     * @param name its name
     * @param limit joules; a watt-hour has 3600
     * @param per in which time
     * @return the budget
     */
    public static Budget joules(String name, double limit, Period per) {
        return new Budget(name, Unit.JOULES, limit, per, null, null);
    }

    /**
     * The same budget for one backend only.
     *
     * @param id the backend's id
     * @return a new budget
     */
    public Budget on(String id) {
        return new Budget(name, unit, limit, per, Objects.requireNonNull(id, "id"), null);
    }

    /**
     * The same budget for the backends of one zone only.
     *
     * @param where the zone
     * @return a new budget
     */
    public Budget in(Zone where) {
        return new Budget(name, unit, limit, per, null, Objects.requireNonNull(where, "where"));
    }

    /**
     * The one backend that it holds for.
     *
     * @return its id; empty when it holds for a zone or for all
     */
    public Optional<String> onBackend() {
        return Optional.ofNullable(backend);
    }

    /**
     * The zone whose backends it holds for.
     *
     * @return empty when it holds for one backend or for all
     */
    public Optional<Zone> inZone() {
        return Optional.ofNullable(zone);
    }
}
