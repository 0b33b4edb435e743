package ai.primespark.core.llm.budget;

import java.io.IOException;
import java.util.List;

/** Where what was spent is kept over a restart. Called by one thread at a time. */
public interface BudgetStore {

    /** Keeps nothing. */
    BudgetStore FORGETFUL = new BudgetStore() {
        @Override
        public List<BudgetAccount.Kept> load() {
            return List.of();
        }

        @Override
        public void save(List<BudgetAccount.Kept> accounts) {}
    };

    /**
     * What was saved last.
     *
     * @return empty when nothing was
     * @throws IOException when it cannot be read
     */
    List<BudgetAccount.Kept> load() throws IOException;

    /**
     * Replaces what is saved.
     *
     * @param accounts all there are
     * @throws IOException when it cannot be written; what was saved before stands
     */
    void save(List<BudgetAccount.Kept> accounts) throws IOException;
}
