package ai.primespark.llm;

import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * What was used up, by attempts that gave nothing as well: tokens, money and energy. Immutable.
 *
 * @param usage tokens; counted by the servers where they say so
 * @param estimated whether some of the tokens were estimated from the length of texts, because a server did not count them or an
 *     attempt ended early
 * @param cost in the currency of the configured prices, or null when no backend that was asked has a price
 * @param energy measured on this machine, or null when nothing was measured
 */
public record Expense(
        Usage usage,
        boolean estimated,
        @Nullable Double cost,
        @Nullable Energy energy) {

    /** Nothing was used up. */
    public static final Expense NONE = new Expense(Usage.NONE, false, null, null);

    /** Refuses nulls. */
    public Expense {
        Objects.requireNonNull(usage, "usage");
    }

    /**
     * What it cost.
     *
     * @return in the currency of the configured prices; empty when no backend that was asked has a price
     */
    public OptionalDouble money() {
        return cost == null ? OptionalDouble.empty() : OptionalDouble.of(cost);
    }

    /**
     * What it took from the plug.
     *
     * @return empty when nothing was measured
     */
    public Optional<Energy> measuredEnergy() {
        return Optional.ofNullable(energy);
    }

    /**
     * Both together.
     *
     * @param other what was used up besides
     * @return the sums; what is known of one only stands alone
     */
    public Expense plus(Expense other) {
        if (other.equals(NONE)) {
            return this;
        }
        if (equals(NONE)) {
            return other;
        }
        Double money = cost == null ? other.cost : other.cost == null ? cost : Double.valueOf(cost + other.cost);
        Energy joules = energy == null ? other.energy : other.energy == null ? energy : energy.plus(other.energy);
        Usage tokens = new Usage(
                usage.promptTokens() + other.usage.promptTokens(), usage.answerTokens() + other.usage.answerTokens());
        return new Expense(tokens, estimated || other.estimated, money, joules);
    }
}
