package ai.primespark.core.llm.budget;

import ai.primespark.core.llm.energy.ThisMachine;
import ai.primespark.llm.Budget;
import ai.primespark.llm.LlmStats;
import ai.primespark.spi.BackendInfo;
import ai.primespark.spi.Meters;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All budgets of one engine. Thread-safe.
 *
 * <p>What was spent is written to the store in the background, a few seconds after it changed and not more often, and at the end.
 * Reservations are written as if they were spent: after a crash, calls that were running count with what they were expected to
 * use.
 */
public final class Budgets implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Budgets.class);

    /** What a crash may cost, and how often the disk of a small machine is written to at most. */
    static final Duration SAVE_AFTER = Duration.ofSeconds(5);

    private final List<BudgetAccount> accounts;
    private final BudgetStore store;
    private final Executor blocking;
    private final ScheduledExecutorService scheduler;
    private final AtomicBoolean saving = new AtomicBoolean();
    private volatile boolean closed;
    private volatile boolean dirty;
    private boolean failing; // guarded by this

    /**
     * Opens the accounts and goes on where an earlier run ended.
     *
     * @param budgets with distinct names
     * @param zone where periods begin
     * @param clock the wall clock
     * @param store where what was spent is kept
     * @param meters where it is shown
     * @param blocking for writing
     * @param scheduler for short tasks
     */
    public Budgets(
            List<Budget> budgets,
            ZoneId zone,
            InstantSource clock,
            BudgetStore store,
            Meters meters,
            Executor blocking,
            ScheduledExecutorService scheduler) {
        this.store = store;
        this.blocking = blocking;
        this.scheduler = scheduler;
        this.accounts = budgets.stream()
                .map(budget -> new BudgetAccount(budget, zone, clock, this::changed))
                .toList();
        if (!accounts.isEmpty()) {
            restore();
        }
        for (BudgetAccount account : accounts) {
            Budget budget = account.budget();
            meters.gauge("spark.llm.budget.spent", account::spent, "budget", budget.name());
            meters.gauge("spark.llm.budget.limit", budget::limit, "budget", budget.name());
        }
    }

    private void restore() {
        Map<String, BudgetAccount.Kept> known = new HashMap<>();
        try {
            store.load().forEach(kept -> known.put(kept.name(), kept));
        } catch (IOException e) {
            log.warn(
                    "cannot read what was spent of the budgets, so their present periods begin anew with nothing spent: {}",
                    e.getMessage());
        }
        for (BudgetAccount account : accounts) {
            BudgetAccount.Kept kept = known.get(account.budget().name());
            if (kept != null) {
                account.restore(kept);
            }
        }
    }

    /** The budgets that hold for a backend; none for one that answers without a model. */
    public List<BudgetAccount> of(BackendInfo backend) {
        if (backend.lastResort()) {
            return List.of();
        }
        return accounts.stream()
                .filter(account -> holds(account.budget(), backend))
                .toList();
    }

    private static boolean holds(Budget budget, BackendInfo backend) {
        boolean spares = budget.unit() != Budget.Unit.JOULES || ThisMachine.runs(backend); // this battery, that is
        return spares && isMeantFor(budget, backend);
    }

    /** Whether a budget is for a backend by its name or zone; for those that answer without a model none holds all the same. */
    public static boolean isMeantFor(Budget budget, BackendInfo backend) {
        return budget.onBackend()
                .map(backend.id()::equals)
                .orElseGet(() -> budget.inZone().map(backend.zone()::equals).orElse(true));
    }

    /** How far each is used up. */
    public List<LlmStats.BudgetStats> stats() {
        return accounts.stream().map(BudgetAccount::stats).toList();
    }

    private void changed() {
        dirty = true;
        if (closed) { // a call that ended after everything else
            save();
        } else if (!saving.get() && saving.compareAndSet(false, true)) {
            schedule();
        }
    }

    private void schedule() {
        try {
            var unused = scheduler.schedule(this::saveSoon, SAVE_AFTER.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) { // everything is being closed, and close() saves
            saving.set(false);
        }
    }

    private void saveSoon() {
        try {
            blocking.execute(() -> {
                saving.set(false);
                save();
            });
        } catch (RejectedExecutionException e) { // no thread is free: a little later, perhaps
            schedule();
        }
    }

    /** Writes what has changed. A store that fails is tried again with the next change, and complained about once. */
    synchronized void save() {
        if (!dirty) {
            return;
        }
        dirty = false;
        try {
            store.save(accounts.stream().map(BudgetAccount::keep).toList());
            failing = false;
        } catch (IOException | RuntimeException e) {
            dirty = true;
            if (!failing) {
                failing = true;
                log.warn("cannot save what was spent of the budgets; a restart would forget it: {}", e.toString());
            }
        }
    }

    /** Saves. What still changes afterwards is saved at once. Harmless when repeated. */
    @Override
    public void close() {
        closed = true;
        save();
    }
}
