package ai.primespark.core.llm;

import ai.primespark.core.llm.budget.BudgetAccount;
import ai.primespark.core.llm.energy.EnergyMeter;
import ai.primespark.core.llm.energy.ThisMachine;
import ai.primespark.llm.Energy;
import ai.primespark.llm.Expense;
import ai.primespark.llm.Usage;
import ai.primespark.spi.BackendInfo;
import ai.primespark.spi.Meters;
import ai.primespark.spi.Settings;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** What one backend costs, which budgets hold for it, and what its attempts have used up. Thread-safe. */
final class Expenses {

    private static final double NEWEST_WEIGHS = 0.3;

    private final boolean modelless;
    private final Prices prices;
    private final BudgetAccount[] budgets;
    private final @Nullable EnergyMeter energy;
    private final Meters.Counter joules;
    private final AtomicReference<Expense> sum = new AtomicReference<>(Expense.NONE);
    private volatile double joulesPerToken; // smoothed; 0 while not known

    /**
     * Begins with nothing used up.
     *
     * @param modelless whether the backend answers without a model, so that there are no tokens
     * @param prices of its models
     * @param budgets that hold for it
     * @param energy measures its calls; null when it is not on this machine
     * @param joules where energy is counted
     */
    private Expenses(
            boolean modelless,
            Prices prices,
            List<BudgetAccount> budgets,
            @Nullable EnergyMeter energy,
            Meters.Counter joules) {
        this.modelless = modelless;
        this.prices = prices;
        this.budgets = budgets.toArray(BudgetAccount[]::new);
        this.energy = energy;
        this.joules = joules;
    }

    /**
     * Those of one backend.
     *
     * @param backend which
     * @param settings with the prices
     * @param budgets that hold for it
     * @param energy measures calls on this machine; null when nothing does
     * @param meters where energy is counted
     * @throws IllegalArgumentException when a price is no number
     */
    static Expenses of(
            BackendInfo backend,
            Settings settings,
            List<BudgetAccount> budgets,
            @Nullable EnergyMeter energy,
            Meters meters) {
        boolean measured = energy != null && ThisMachine.runs(backend);
        return new Expenses(
                backend.lastResort(),
                Prices.of(backend.id(), settings),
                budgets,
                measured ? energy : null,
                measured ? meters.counter("spark.llm.energy.joules", "backend", backend.id()) : amount -> {});
    }

    /** Whether its attempts use no tokens. */
    boolean modelless() {
        return modelless;
    }

    Prices prices() {
        return prices;
    }

    /** The budgets that hold for it; not to be changed. */
    BudgetAccount[] budgets() {
        return budgets;
    }

    @Nullable
    EnergyMeter energy() {
        return energy;
    }

    /** Why a budget lets nobody in now; null when all do. Of several, the one that lasts longest. */
    BudgetAccount.@Nullable Block block() {
        BudgetAccount.Block longest = null;
        for (BudgetAccount budget : budgets) {
            BudgetAccount.Block block = budget.block();
            if (block != null && (longest == null || block.lasts() > longest.lasts())) {
                longest = block;
            }
        }
        return longest;
    }

    /** Joules for a token, as measured; 0 while not known. */
    double joulesPerToken() {
        return joulesPerToken;
    }

    /** What was used up so far. */
    Expense sum() {
        Expense now = sum.get();
        return now == null ? Expense.NONE : now;
    }

    void add(Expense expense) {
        if (expense.equals(Expense.NONE)) {
            return;
        }
        sum.accumulateAndGet(expense, Expense::plus);
        Energy measured = expense.energy();
        if (measured == null) {
            return;
        }
        joules.add(measured.joules());
        double each = measured.joulesPerToken().orElse(0);
        if (each > 0) {
            double known = joulesPerToken; // two at once lose one of the two, which a smoothed figure bears
            joulesPerToken = known == 0 ? each : known + NEWEST_WEIGHS * (each - known);
        }
    }

    /** What tokens cost; null when the model has no price. */
    @Nullable
    Double cost(String model, Usage usage) {
        var price = prices.of(model);
        return price == null ? null : Double.valueOf(price.of(usage));
    }
}
