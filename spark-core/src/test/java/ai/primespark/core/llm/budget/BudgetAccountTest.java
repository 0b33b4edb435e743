package ai.primespark.core.llm.budget;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.llm.Budget;
import ai.primespark.llm.Budget.Period;
import ai.primespark.testkit.MutableClock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BudgetAccountTest {

    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

    private final MutableClock clock = new MutableClock(Instant.parse("2026-11-25T10:30:00Z"));

    private BudgetAccount account(Budget budget, ZoneId zone) {
        return new BudgetAccount(budget, zone, clock, () -> {});
    }

    private BudgetAccount hundredADay() {
        return account(Budget.tokens("day", 100, Period.DAY), ZoneOffset.UTC);
    }

    private static void spend(BudgetAccount account, double amount) {
        assertThat(account.reserve(amount)).isTrue();
        account.settle(amount, amount);
    }

    @Test
    void whatIsUsedUpLetsNobodyInUntilThePeriodEndsAndSaysSo() {
        BudgetAccount account = hundredADay();
        spend(account, 99);
        assertThat(account.block()).isNull();
        spend(account, 1);

        BudgetAccount.Block block = Objects.requireNonNull(account.block());
        assertThat(block.reason()).isEqualTo("budget 'day' is used up until 2026-11-26T00:00Z");
        assertThat(block.remaining()).isEqualTo(Duration.ofMinutes(13 * 60 + 30));
        assertThat(account.reserve(1)).isFalse();

        clock.set(Instant.parse("2026-11-25T23:59:59.999Z"));
        assertThat(account.block()).isNotNull();
        clock.set(Instant.parse("2026-11-26T00:00:00Z"));
        assertThat(account.block()).isNull();
        assertThat(account.stats().spent()).isZero();
        assertThat(account.stats().ends()).isEqualTo(Instant.parse("2026-11-27T00:00:00Z"));
    }

    @Test
    void whatRunningCallsHaveReservedIsNotGivenTwice() {
        BudgetAccount account = hundredADay();
        assertThat(account.reserve(60)).isTrue();
        assertThat(account.reserve(60)).isTrue(); // the last one may pass the limit

        BudgetAccount.Block block = Objects.requireNonNull(account.block());
        assertThat(block.reason()).isEqualTo("budget 'day' is reserved by calls that are running");
        assertThat(block.remaining()).isNull();
        assertThat(block.lasts()).isZero();

        account.settle(60, 20);
        assertThat(account.block()).isNull();
        assertThat(account.stats().spent()).isEqualTo(20);
        assertThat(account.stats().reserved()).isEqualTo(60);
    }

    @Test
    void aCallCountsInThePeriodInWhichItEnds() {
        BudgetAccount account = hundredADay();
        assertThat(account.reserve(30)).isTrue();
        clock.advance(Duration.ofDays(1));

        assertThat(account.stats().reserved()).isEqualTo(30);
        account.settle(30, 25);
        assertThat(account.stats().spent()).isEqualTo(25);
        assertThat(account.stats().reserved()).isZero();
    }

    @Test
    void noBudgetIsGivenTwiceWhenTheClockGoesBackALittle() {
        BudgetAccount account = hundredADay();
        clock.set(Instant.parse("2026-11-26T00:00:05Z"));
        spend(account, 100);
        clock.set(Instant.parse("2026-11-25T23:59:58Z"));

        assertThat(account.block()).isNotNull();
        clock.set(Instant.parse("2026-11-26T00:00:05Z"));
        assertThat(account.block()).isNotNull();
        clock.set(Instant.parse("2026-11-27T00:00:00Z"));
        assertThat(account.block()).isNull();
    }

    @Test
    void aClockThatWasYearsAheadDoesNotHoldTheBudgetForYears() {
        clock.set(Instant.parse("2036-01-01T12:00:00Z"));
        BudgetAccount account = hundredADay();
        spend(account, 100);
        clock.set(Instant.parse("2026-11-25T10:30:00Z"));

        assertThat(account.block()).isNotNull(); // but it forgives nothing either
        assertThat(account.stats().ends()).isEqualTo(Instant.parse("2026-11-26T00:00:00Z"));
        clock.set(Instant.parse("2026-11-26T00:00:00Z"));
        assertThat(account.block()).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "HOUR, UTC, 2026-11-25T10:30:00Z, 2026-11-25T11:00:00Z",
        "HOUR, Asia/Kolkata, 2026-11-25T10:15:00Z, 2026-11-25T10:30:00Z",
        "HOUR, Europe/Berlin, 2026-10-25T00:30:00Z, 2026-10-25T01:00:00Z",
        "DAY, UTC, 2026-11-25T10:30:00Z, 2026-11-26T00:00:00Z",
        "DAY, Europe/Berlin, 2026-11-25T23:30:00Z, 2026-11-26T23:00:00Z",
        "DAY, Europe/Berlin, 2026-10-25T10:00:00Z, 2026-10-25T23:00:00Z",
        "DAY, Europe/Berlin, 2026-03-29T10:00:00Z, 2026-03-29T22:00:00Z",
        "MONTH, UTC, 2026-11-25T10:30:00Z, 2026-12-01T00:00:00Z",
        "MONTH, UTC, 2026-12-31T23:59:59Z, 2027-01-01T00:00:00Z",
        "MONTH, Europe/Berlin, 2026-11-30T23:30:00Z, 2026-12-31T23:00:00Z"
    })
    void periodsFollowTheCalendarOfTheTimeZone(Period per, ZoneId zone, Instant now, Instant end) {
        clock.set(now);

        assertThat(account(Budget.money("m", 1, per), zone).stats().ends()).isEqualTo(end);
    }

    @Test
    void aDayWithTwentyFiveHoursIsOnePeriod() {
        clock.set(Instant.parse("2026-10-24T22:00:00Z")); // midnight in Berlin, before the clocks go back
        BudgetAccount account = account(Budget.tokens("day", 100, Period.DAY), BERLIN);
        spend(account, 100);

        clock.set(Instant.parse("2026-10-25T22:59:59Z"));
        assertThat(account.block()).isNotNull();
        clock.set(Instant.parse("2026-10-25T23:00:00Z"));
        assertThat(account.block()).isNull();
    }

    @Test
    void manyThreadsPassTheLimitByNoMoreThanOneReservation() throws Exception {
        BudgetAccount account = account(Budget.tokens("day", 1_000, Period.DAY), ZoneOffset.UTC);
        ExecutorService threads = Executors.newFixedThreadPool(50);
        try {
            CountDownLatch begin = new CountDownLatch(1);
            List<Future<Integer>> results = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                results.add(threads.submit(() -> {
                    begin.await();
                    int letIn = 0;
                    for (int n = 0; n < 200; n++) {
                        if (account.reserve(30)) {
                            letIn++;
                            if (n % 2 == 0) {
                                account.settle(30, 0);
                                letIn--;
                            }
                        }
                    }
                    return letIn;
                }));
            }
            begin.countDown();
            int held = 0;
            for (Future<Integer> result : results) {
                held += result.get(30, TimeUnit.SECONDS);
            }

            assertThat(account.stats().reserved()).isEqualTo(held * 30.0).isBetween(1_000.0, 1_029.0);
        } finally {
            threads.shutdownNow();
        }
    }
}
