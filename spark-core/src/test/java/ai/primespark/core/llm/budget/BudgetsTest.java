package ai.primespark.core.llm.budget;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.Zone;
import ai.primespark.llm.Budget;
import ai.primespark.llm.Budget.Period;
import ai.primespark.spi.BackendInfo;
import ai.primespark.spi.Meters;
import ai.primespark.testkit.MutableClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BudgetsTest {

    private static final BackendInfo CLOUD =
            new BackendInfo("cloud", "test", Zone.CLOUD, "https://example.invalid", false);
    private static final Budget DAY = Budget.tokens("day", 100, Period.DAY);

    @TempDir
    Path directory;

    private final MutableClock clock = new MutableClock(Instant.parse("2026-11-25T10:30:00Z"));
    private final HastyScheduler scheduler = new HastyScheduler(0);

    /** Remembers what it was asked to wait, and waits as many times as long as the test says: usually not at all. */
    private static final class HastyScheduler extends ScheduledThreadPoolExecutor {

        final List<Duration> delays = new CopyOnWriteArrayList<>();

        private final long times;

        HastyScheduler(long times) {
            super(1);
            this.times = times;
        }

        @Override
        public ScheduledFuture<?> schedule(Runnable work, long delay, TimeUnit unit) {
            delays.add(Duration.ofNanos(unit.toNanos(delay)));
            return super.schedule(work, delay * times, unit);
        }
    }

    @AfterEach
    void stop() {
        scheduler.shutdownNow();
    }

    private Path file() {
        return directory.resolve("engine").resolve("budgets.json");
    }

    private Budgets open(BudgetStore store, ScheduledExecutorService with, Budget... budgets) {
        return new Budgets(List.of(budgets), ZoneOffset.UTC, clock, store, Meters.discarding(), with, with);
    }

    private Budgets open(Budget... budgets) {
        return open(new BudgetFile(file()), scheduler, budgets);
    }

    private static void spend(Budgets budgets, double amount) {
        for (BudgetAccount account : budgets.of(CLOUD)) {
            assertThat(account.reserve(amount)).isTrue();
            account.settle(amount, amount);
        }
    }

    private static double spent(Budgets budgets) {
        return budgets.stats().get(0).spent();
    }

    @Test
    void whatWasSpentSurvivesARestart() {
        Budgets first = open(DAY);
        spend(first, 70);
        first.close();

        Budgets second = open(DAY);
        assertThat(spent(second)).isEqualTo(70);
        assertThat(second.stats().get(0).ends()).isEqualTo(Instant.parse("2026-11-26T00:00:00Z"));
        spend(second, 30);
        second.close();

        Budgets third = open(DAY);
        assertThat(third.of(CLOUD).get(0).block()).isNotNull();
        clock.advance(Duration.ofDays(1));
        assertThat(third.of(CLOUD).get(0).block()).isNull();
    }

    @Test
    void aKilledProcessLosesAFewSecondsAtMost() {
        Budgets killed = open(DAY);
        spend(killed, 70);
        await().untilAsserted(() -> assertThat(Files.exists(file())).isTrue());
        assertThat(scheduler.delays.get(0)).isEqualTo(Budgets.SAVE_AFTER).isLessThan(Duration.ofSeconds(10));

        await().untilAsserted(() -> assertThat(spent(open(DAY))).isEqualTo(70));
    }

    @Test
    void callsThatRanWhenTheProcessWasKilledCountWithWhatTheyHadReserved() {
        Budgets killed = open(DAY);
        assertThat(killed.of(CLOUD).get(0).reserve(40)).isTrue();

        await().untilAsserted(() -> assertThat(spent(open(DAY))).isEqualTo(40));
    }

    @Test
    void manyChangesAreWrittenTogether() {
        AtomicInteger saves = new AtomicInteger();
        BudgetStore counting = new BudgetStore() {
            @Override
            public List<BudgetAccount.Kept> load() {
                return List.of();
            }

            @Override
            public void save(List<BudgetAccount.Kept> accounts) {
                saves.incrementAndGet();
            }
        };
        HastyScheduler patient = new HastyScheduler(1_000);
        try {
            Budgets budgets = open(counting, patient, Budget.tokens("day", 1_000_000, Period.DAY));
            for (int i = 0; i < 1_000; i++) {
                spend(budgets, 1);
            }
            assertThat(patient.getQueue()).hasSize(1);
            assertThat(saves).hasValue(0);
            budgets.close();
            budgets.close();
            assertThat(saves).hasValue(1);
        } finally {
            patient.shutdownNow();
        }
    }

    @Test
    void aDamagedFileCountsAsNone() throws Exception {
        Budgets first = open(DAY);
        spend(first, 70);
        first.close();
        Files.writeString(file(), "{\"format\": 1, \"budgets\": [{\"name\"");

        Budgets second = open(DAY);
        assertThat(spent(second)).isZero();
        spend(second, 5);
        second.close();
        assertThat(spent(open(DAY))).isEqualTo(5);
    }

    @Test
    void aStoreThatFailsStopsNobodyAndIsTriedAgain() {
        AtomicInteger left = new AtomicInteger(2);
        CopyOnWriteArrayList<BudgetAccount.Kept> kept = new CopyOnWriteArrayList<>();
        BudgetStore failing = new BudgetStore() {
            @Override
            public List<BudgetAccount.Kept> load() throws IOException {
                throw new IOException("no disk");
            }

            @Override
            public void save(List<BudgetAccount.Kept> accounts) throws IOException {
                if (left.getAndDecrement() > 0) {
                    throw new IOException("disk full");
                }
                kept.addAll(accounts);
            }
        };
        Budgets budgets = open(failing, scheduler, DAY);
        spend(budgets, 10);
        budgets.save();
        budgets.save();
        budgets.close();
        budgets.close();

        assertThat(kept).isNotEmpty();
        assertThat(kept.get(0).used()).isEqualTo(10);
    }

    @Test
    void anotherLimitKeepsWhatWasSpentAndAnotherUnitOrPeriodDoesNot() {
        Budgets first = open(DAY);
        spend(first, 70);
        first.close();

        assertThat(spent(open(Budget.tokens("day", 500, Period.DAY)))).isEqualTo(70);
        assertThat(spent(open(Budget.money("day", 500, Period.DAY)))).isZero();
        assertThat(spent(open(Budget.tokens("day", 100, Period.MONTH)))).isZero();
        assertThat(spent(open(Budget.tokens("other", 100, Period.DAY)))).isZero();
    }

    @Test
    void aBudgetHoldsForItsBackendItsZoneOrAll() {
        BackendInfo pi = new BackendInfo("pi", "test", Zone.EDGE, "http://127.0.0.1:11434", false);
        BackendInfo nas = new BackendInfo("nas", "test", Zone.EDGE, "http://nas.local:11434", false);
        BackendInfo recall = new BackendInfo("recall", "test", Zone.EDGE, "", true);
        Budgets budgets = open(
                Budget.tokens("all", 1, Period.DAY),
                Budget.tokens("cloud", 1, Period.DAY).in(Zone.CLOUD),
                Budget.tokens("nas", 1, Period.DAY).on("nas"),
                Budget.joules("battery", 1, Period.DAY));

        assertThat(names(budgets.of(CLOUD))).containsExactly("all", "cloud");
        assertThat(names(budgets.of(nas))).containsExactly("all", "nas");
        assertThat(names(budgets.of(pi))).containsExactly("all", "battery");
        assertThat(budgets.of(recall)).isEmpty();
    }

    private static List<String> names(List<BudgetAccount> accounts) {
        return accounts.stream().map(account -> account.budget().name()).toList();
    }
}
