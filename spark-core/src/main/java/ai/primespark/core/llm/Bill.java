package ai.primespark.core.llm;

import ai.primespark.core.llm.budget.BudgetAccount;
import ai.primespark.core.llm.energy.EnergyMeter;
import ai.primespark.llm.Budget;
import ai.primespark.llm.Energy;
import ai.primespark.llm.Expense;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.Usage;
import org.jspecify.annotations.Nullable;

/**
 * What one attempt is expected to use up, and then has. What it reserves of the budgets is given back by exactly one ending:
 * {@link #settle}, which may be repeated and counts once. Thread-safe.
 */
final class Bill {

    /** A token of English is about four characters long. */
    private static final double TOKENS_PER_CHAR = 0.25;

    /** What an answer is taken to be as long as before the first has shown it. */
    private static final long USUAL_ANSWER = 512;

    private final BackendHandle backend;
    private final Expenses expenses;
    private final String model;
    private final Workload work;
    private final long mostAnswerTokens;

    // What follows is guarded by this.
    private double @Nullable [] reserved; // by the order of the budgets; null when nothing is reserved
    private boolean opened;
    private EnergyMeter.@Nullable Span span;
    private boolean part;
    private @Nullable Expense settled;

    /**
     * Makes one for an attempt.
     *
     * @param backend where
     * @param model its name there
     * @param work what there is to read
     * @param mostAnswerTokens how long the answer may become; 0 when nothing says
     */
    Bill(BackendHandle backend, String model, Workload work, long mostAnswerTokens) {
        this.backend = backend;
        this.expenses = backend.expenses();
        this.model = model;
        this.work = work;
        this.mostAnswerTokens = mostAnswerTokens;
    }

    /** Reserves what the attempt is expected to use. Gives null, or why it must not be made; nothing is reserved then. */
    synchronized @Nullable String reserve() {
        BudgetAccount[] budgets = expenses.budgets();
        if (budgets.length == 0) {
            return null;
        }
        Usage expected = expected();
        double[] amounts = new double[budgets.length];
        for (int i = 0; i < budgets.length; i++) {
            amounts[i] = amount(budgets[i].unit(), expected, expenses.cost(model, expected), null);
            if (!budgets[i].reserve(amounts[i])) {
                for (int before = 0; before < i; before++) {
                    budgets[before].settle(amounts[before], 0);
                }
                BudgetAccount.Block block = budgets[i].block();
                return block == null ? "a budget was used up just now" : block.reason();
            }
        }
        reserved = amounts;
        return null;
    }

    /** Reserves, and lets the attempt in at its backend at once. Gives null, or why not; nothing is held then. */
    @Nullable
    String enter() {
        String obstacle = reserve();
        if (obstacle == null) {
            obstacle = backend.admit();
            if (obstacle != null) {
                giveBack();
            }
        }
        return obstacle;
    }

    /** Gives the reservation back, because the attempt is not made. */
    void giveBack() {
        Expense unused = settle(model, Usage.NONE, 0, null);
    }

    private Usage expected() {
        long answer = backend.knowledge().answerTokens(model);
        long likely = answer > 0 ? answer : USUAL_ANSWER;
        return new Usage(promptTokens(), mostAnswerTokens > 0 ? mostAnswerTokens : likely);
    }

    private long promptTokens() {
        return (long) Math.ceil(work.tokens(backend.knowledge().tokensPerChar(model)));
    }

    /** The attempt is made now: from here on the server may work for it. */
    synchronized void open() {
        EnergyMeter meter = expenses.energy();
        if (!opened && settled == null) {
            opened = true;
            span = meter == null ? null : meter.begin();
        }
    }

    /** It writes only the rest of an answer, from whose length nothing is learned. */
    synchronized void writesPart() {
        part = true;
    }

    /**
     * The attempt has ended.
     *
     * @param answeredBy the model's name as it is known now
     * @param reported tokens as the server counted; what it did not count is estimated
     * @param chars that it has written, reasoning and tool calls included
     * @param failure how it failed, or null when it answered
     */
    synchronized Expense settle(String answeredBy, Usage reported, long chars, @Nullable LlmException failure) {
        if (settled != null) {
            return settled;
        }
        EnergyMeter meter = expenses.energy();
        EnergyMeter.Measured measured = opened && meter != null ? meter.end(span) : null;
        boolean worked = opened && !expenses.modelless() && (chars > 0 || mayHaveWorked(failure));
        long prompt = reported.promptTokens() > 0 || !worked ? reported.promptTokens() : promptTokens();
        long answer = reported.answerTokens() > 0 || !worked
                ? reported.answerTokens()
                : (long) Math.ceil(chars * TOKENS_PER_CHAR);
        Usage used = new Usage(prompt, answer);
        Energy energy = measured == null
                ? null
                : new Energy(measured.joules(), prompt + answer, measured.estimated(), measured.shared());
        Expense expense = used.equals(Usage.NONE) && energy == null
                ? Expense.NONE
                : new Expense(used, !used.equals(reported), expenses.cost(answeredBy, used), energy);
        settled = expense;
        pay(used, expense);
        if (failure == null && answer > 0 && !part) {
            backend.knowledge().wrote(model, answer);
        }
        expenses.add(expense);
        return expense;
    }

    private void pay(Usage used, Expense expense) {
        double[] amounts = reserved;
        reserved = null;
        if (amounts == null) {
            return;
        }
        BudgetAccount[] budgets = expenses.budgets();
        for (int i = 0; i < budgets.length; i++) {
            double amount = opened ? amount(budgets[i].unit(), used, expense.cost(), expense.energy()) : 0;
            budgets[i].settle(amounts[i], amount);
        }
    }

    /** Energy that could not be measured, because the call was too short, counts as other tokens of the backend did. */
    private double amount(Budget.Unit unit, Usage usage, @Nullable Double cost, @Nullable Energy energy) {
        double tokens = (double) usage.promptTokens() + usage.answerTokens();
        return switch (unit) {
            case TOKENS -> tokens;
            case MONEY -> cost == null ? 0 : cost;
            case JOULES -> energy == null ? tokens * expenses.joulesPerToken() : energy.joules();
        };
    }

    /** Whether a server may have read the prompt, and counts it, although nothing came back. */
    private static boolean mayHaveWorked(@Nullable LlmException failure) {
        if (failure == null) {
            return true;
        }
        return switch (failure.kind()) {
            case TIMEOUT, RESET, TRUNCATED, CANCELLED -> true;
            case UNREACHABLE,
                    OVERLOADED,
                    MODEL_NOT_FOUND,
                    REJECTED,
                    UNAUTHORIZED,
                    SERVER_ERROR,
                    PROTOCOL,
                    PRIVACY,
                    BUDGET,
                    NO_BACKEND,
                    INVALID_ANSWER,
                    STEP_LIMIT -> false;
        };
    }
}
