package ai.primespark.core.llm;

import ai.primespark.core.llm.budget.BudgetStore;
import ai.primespark.core.llm.energy.EnergyMeter;
import org.jspecify.annotations.Nullable;

/**
 * What the router measures and remembers spending with.
 *
 * @param energy measures calls on this machine, or null to measure none; whoever made it starts and closes it
 * @param store keeps what was spent of budgets
 */
public record Metering(@Nullable EnergyMeter energy, BudgetStore store) {

    /** Measures nothing and forgets everything at the end. */
    public static final Metering NONE = new Metering(null, BudgetStore.FORGETFUL);
}
