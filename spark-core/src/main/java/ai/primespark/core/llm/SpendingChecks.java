package ai.primespark.core.llm;

import ai.primespark.Zone;
import ai.primespark.core.llm.budget.Budgets;
import ai.primespark.core.llm.energy.ThisMachine;
import ai.primespark.llm.Budget;
import ai.primespark.spi.BackendInfo;
import java.util.List;

/** Whether prices and budgets fit the backends there are: one that silently never counts is worse than none. Stateless. */
final class SpendingChecks {

    private SpendingChecks() {}

    /**
     * Checks.
     *
     * @throws IllegalArgumentException when something does not fit; the message says what and how to mend it
     */
    static void check(List<Budget> budgets, List<String> priced, List<BackendHandle> backends) {
        List<String> ids = backends.stream().map(BackendHandle::id).toList();
        for (String id : priced) {
            if (!ids.contains(id)) {
                throw new IllegalArgumentException(
                        "primespark.llm.prices names the backend '" + id + "', but there are only " + ids);
            }
        }
        for (Budget budget : budgets) {
            String wanted = budget.backend();
            if (wanted != null && !ids.contains(wanted)) {
                throw new IllegalArgumentException(
                        "budget '" + budget.name() + "' names the backend '" + wanted + "', but there are only " + ids);
            }
            for (BackendHandle backend : backends) {
                check(budget, backend);
            }
        }
    }

    private static void check(Budget budget, BackendHandle backend) {
        BackendInfo info = backend.info();
        boolean named = info.id().equals(budget.backend());
        if (!Budgets.isMeantFor(budget, info) || info.lastResort()) {
            return;
        }
        // what is at home is free unless somebody says otherwise; what is elsewhere is not
        boolean mustHavePrice = named || info.zone() != Zone.EDGE;
        if (budget.unit() == Budget.Unit.MONEY
                && mustHavePrice
                && !backend.expenses().prices().isComplete()) {
            throw new IllegalArgumentException("budget '" + budget.name() + "' counts money, but backend '" + info.id()
                    + "' has no price, so its calls would never count: add it to primespark.llm.cost or prices, with 0 if"
                    + " it is free");
        }
        if (budget.unit() == Budget.Unit.JOULES && named && !ThisMachine.runs(info)) {
            throw new IllegalArgumentException(
                    "budget '" + budget.name() + "' counts the energy of this machine, but backend '" + info.id()
                            + "' is on another one: count tokens there");
        }
    }
}
