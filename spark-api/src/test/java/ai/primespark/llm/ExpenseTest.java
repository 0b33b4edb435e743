package ai.primespark.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.primespark.Zone;
import ai.primespark.llm.Budget.Period;
import org.junit.jupiter.api.Test;

class ExpenseTest {

    @Test
    void sumsKeepWhatIsKnownOfOneOnly() {
        Expense here = new Expense(new Usage(10, 5), true, null, new Energy(30, 15, false, true));
        Expense there = new Expense(new Usage(100, 50), false, 0.25, null);
        Expense both = here.plus(there);

        assertThat(both.usage()).isEqualTo(new Usage(110, 55));
        assertThat(both.estimated()).isTrue();
        assertThat(both.money()).hasValue(0.25);
        assertThat(both.measuredEnergy()).contains(new Energy(30, 15, false, true));
        assertThat(both.plus(both).money()).hasValue(0.5);
        assertThat(both.plus(both).energy()).isEqualTo(new Energy(60, 30, false, true));
        assertThat(Expense.NONE.plus(there)).isEqualTo(there);
        assertThat(there.plus(Expense.NONE)).isEqualTo(there);
        assertThat(Expense.NONE.money()).isEmpty();
    }

    @Test
    void joulesPerTokenAreKnownOnlyWhereThereWereTokens() {
        assertThat(new Energy(30, 15, false, false).joulesPerToken()).hasValue(2);
        assertThat(new Energy(30, 0, false, false).joulesPerToken()).isEmpty();
    }

    @Test
    void pricesAreForAMillionTokens() {
        Price price = Price.of("cloud", 2, 10);

        assertThat(price.of(new Usage(500_000, 100_000))).isEqualTo(2);
        assertThat(price.modelName()).isEmpty();
        assertThat(price.forModel("big").modelName()).contains("big");
        assertThatIllegalArgumentException().isThrownBy(() -> Price.of("cloud", -1, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> Price.of("cloud", 0, Double.NaN));
    }

    @Test
    void aBudgetHoldsForOneScopeAndHasALimit() {
        Budget budget = Budget.money("cloud-month", 20, Period.MONTH).in(Zone.CLOUD);

        assertThat(budget.inZone()).contains(Zone.CLOUD);
        assertThat(budget.on("x").inZone()).isEmpty();
        assertThat(budget.on("x").onBackend()).contains("x");
        assertThatIllegalArgumentException().isThrownBy(() -> Budget.tokens("day", 0, Period.DAY));
        assertThatIllegalArgumentException().isThrownBy(() -> Budget.tokens("No Name", 1, Period.DAY));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Budget("day", Budget.Unit.TOKENS, 1, Period.DAY, "x", Zone.EDGE))
                .withMessageContaining("make two budgets");
    }
}
