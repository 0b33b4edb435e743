package ai.primespark.core.auth;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.core.auth.LoginThrottle.Attempt;
import ai.primespark.core.auth.LoginThrottle.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoginThrottleTest {

    private static final LoginThrottle.Limits LIMITS =
            new LoginThrottle.Limits(3, 6, Duration.ofSeconds(1), Duration.ofSeconds(60), Duration.ofHours(1));

    private final AtomicLong now = new AtomicLong(-5_000_000_000L); // the monotonic clock may begin anywhere
    private final LoginThrottle throttle = new LoginThrottle(LIMITS, now::get);

    private Duration fail(String user, String client) {
        try (Attempt attempt = throttle.begin(user, client)) {
            Refusal refusal = attempt.refusal();
            attempt.failed(true);
            return refusal == null ? Duration.ZERO : refusal.delay();
        }
    }

    private Duration succeed(String user, String client) {
        try (Attempt attempt = throttle.begin(user, client)) {
            Refusal refusal = attempt.refusal();
            attempt.succeeded();
            return refusal == null ? Duration.ZERO : refusal.delay();
        }
    }

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
    }

    @Test
    void eachFurtherFailureDoublesTheWaitUpToTheLongest() {
        for (int i = 0; i < 3; i++) {
            assertThat(fail("anna", null)).isZero();
        }
        for (long wait : new long[] {1, 2, 4, 8, 16, 32, 60, 60}) {
            assertThat(fail("anna", null)).isEqualTo(Duration.ofSeconds(wait));
            pass(Duration.ofSeconds(wait).minusNanos(1));
            assertThat(fail("anna", null)).isEqualTo(Duration.ofNanos(1));
            pass(Duration.ofNanos(1));
            assertThat(fail("anna", null)).isZero();
        }
    }

    @Test
    void aSuccessClearsTheUserAndTimeForgets() {
        fail("anna", null);
        fail("anna", null);
        assertThat(succeed("anna", null)).isZero();
        for (int i = 0; i < 3; i++) {
            assertThat(fail("anna", null)).isZero();
        }
        assertThat(succeed("anna", null)).isPositive();
        pass(Duration.ofHours(2));
        for (int i = 0; i < 3; i++) {
            assertThat(fail("anna", null)).isZero();
        }
    }

    @Test
    void oneClientThatTriesManyUsersIsSlowedDown() {
        for (int i = 0; i < 6; i++) {
            assertThat(fail("user" + i, "192.0.2.1")).isZero();
        }
        assertThat(fail("user7", "192.0.2.1")).isEqualTo(Duration.ofSeconds(1));
        assertThat(fail("user7", "192.0.2.2")).as("another client").isZero();
        assertThat(fail("user7", null)).as("a client that is not known").isZero();
    }

    @Test
    void anAccountOfOnesOwnBuysNoFreeGuesses() {
        for (int i = 0; i < 6; i++) {
            assertThat(fail("user" + i, "192.0.2.1")).isZero();
            if (i < 5) {
                assertThat(succeed("mallory", "192.0.2.1")).isZero();
            }
        }
        assertThat(fail("user6", "192.0.2.1")).isEqualTo(Duration.ofSeconds(1));
        assertThat(succeed("mallory", "192.0.2.1")).as("the own account").isZero();
        assertThat(fail("user6", "192.0.2.1")).isEqualTo(Duration.ofSeconds(1));
    }

    /** A proxy, a router or a provider may have one address for many. */
    @Test
    void strangersBehindTheSameAddressDoNotKeepTheUserOutEither() {
        assertThat(succeed("anna", "192.0.2.1")).isZero();
        for (int i = 0; i < 6; i++) {
            assertThat(fail("user" + i, "192.0.2.1")).isZero();
        }
        assertThat(fail("bert", "192.0.2.1")).isPositive();

        assertThat(succeed("anna", "192.0.2.1")).isZero();
        for (int i = 0; i < 3; i++) {
            assertThat(fail("anna", "192.0.2.1")).isZero();
        }
        assertThat(fail("anna", "192.0.2.1")).as("but nobody guesses for free").isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void namesThatARefusedClientMakesUpAreNotRemembered() {
        for (int i = 0; i < 6; i++) {
            assertThat(fail("user" + i, "192.0.2.1")).isZero();
        }
        long before = throttle.size();
        for (int i = 0; i < 1_000; i++) {
            assertThat(fail("other" + i, "192.0.2.1")).isPositive();
        }
        assertThat(throttle.size()).isEqualTo(before);
    }

    @Test
    void strangersWhoGuessDoNotKeepTheUserOutOfWhereHeHasBeenBefore() {
        assertThat(succeed("anna", "192.0.2.9")).isZero();
        for (int i = 0; i < 3; i++) {
            assertThat(fail("anna", "203.0.113." + i)).isZero();
        }
        assertThat(fail("anna", "203.0.113.77")).isPositive();
        assertThat(succeed("anna", "198.51.100.1")).as("from elsewhere").isPositive();
        assertThat(succeed("anna", "192.0.2.9")).as("from where he has been").isZero();
        for (int i = 0; i < 3; i++) {
            assertThat(fail("anna", "192.0.2.9")).isZero();
        }
        assertThat(fail("anna", "192.0.2.9"))
                .as("failures from there count, too")
                .isPositive();
    }

    @Test
    void aThousandAtOnceGetNoFartherThanAThousandInTurn() {
        List<Attempt> begun = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            begun.add(throttle.begin("anna", null));
        }
        assertThat(begun.stream().filter(attempt -> attempt.refusal() == null)).hasSize(3);
        begun.forEach(attempt -> attempt.failed(true));
        assertThat(fail("anna", null)).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void anAttemptThatProvedNothingIsTakenBack() {
        for (int i = 0; i < 100; i++) {
            try (Attempt attempt = throttle.begin("anna", "192.0.2.1")) {
                assertThat(attempt.refusal()).isNull();
            }
        }
        assertThat(fail("anna", "192.0.2.1")).isZero();
    }

    @Test
    void aRefusalIsNewsOnceForEachWait() {
        for (int i = 0; i < 3; i++) {
            fail("anna", null);
        }
        assertThat(throttle.begin("anna", null).refusal()).isEqualTo(new Refusal(Duration.ofSeconds(1), true, true));
        assertThat(throttle.begin("anna", null).refusal()).isEqualTo(new Refusal(Duration.ofSeconds(1), false, true));
        pass(Duration.ofSeconds(1));
        fail("anna", null);
        assertThat(throttle.begin("anna", null).refusal()).isEqualTo(new Refusal(Duration.ofSeconds(2), true, true));
    }

    @ParameterizedTest
    @CsvSource({
        "2001:db8:1:2:3:4:5:6, 20010db800010002/64",
        "2001:db8:1:2::ffff, 20010db800010002/64",
        "[2001:DB8:1:2::1], 20010db800010002/64",
        "fe80::1%eth0, fe80000000000000/64",
        "::ffff:192.0.2.7, 192.0.2.7",
        "192.0.2.7, 192.0.2.7",
        "192.0.2.8, 192.0.2.8",
        "kitchen-tablet, kitchen-tablet",
        "zz:1, zz:1",
        "1:2:3, 1:2:3"
    })
    void aNetworkOfIpv6CountsAsOneClient(String client, String key) {
        assertThat(ClientKey.of(client)).isEqualTo(key);
    }

    @Test
    void aClientThatIsNotKnownOrTooLongToBeOneIsBounded() {
        assertThat(ClientKey.of(null)).isNull();
        assertThat(ClientKey.of("  ")).isNull();
        assertThat(ClientKey.of("x".repeat(10_000))).hasSize(64);
        assertThat(ClientKey.of(":".repeat(10_000))).hasSize(64);
    }
}
