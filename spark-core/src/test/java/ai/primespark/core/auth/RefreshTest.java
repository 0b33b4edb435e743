package ai.primespark.core.auth;

import static ai.primespark.core.auth.AuthFixture.createUser;
import static ai.primespark.core.auth.AuthFixture.login;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.primespark.Secret;
import ai.primespark.auth.InvalidTokenException;
import ai.primespark.auth.InvalidTokenException.Reason;
import ai.primespark.auth.Tokens;
import ai.primespark.event.SparkEvent;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.UserStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RefreshTest {

    private static final Deadline SOON = Deadline.in(Duration.ofMinutes(1));

    private final AuthFixture fixture = new AuthFixture();

    @AfterEach
    void close() {
        fixture.close();
    }

    private static Reason refreshRefused(AuthEngine engine, Secret token) {
        InvalidTokenException refused = catchThrowableOfType(InvalidTokenException.class, () -> engine.refresh(token));
        assertThat(refused).as("the token is refused").isNotNull();
        return refused.reason();
    }

    private static Reason refused(AuthEngine engine, Tokens tokens) {
        InvalidTokenException refused = catchThrowableOfType(
                InvalidTokenException.class,
                () -> engine.verify(tokens.accessToken().reveal()));
        assertThat(refused).as("the token is refused").isNotNull();
        return refused.reason();
    }

    private static String verified(AuthEngine engine, Tokens tokens) {
        return engine.verify(tokens.accessToken().reveal()).username();
    }

    @Test
    void aRefreshGivesNewTokensOfTheSameSession() {
        AuthEngine engine = fixture.engine();
        createUser(engine, "anna");
        Tokens first = login(engine, "anna");
        fixture.pass(Duration.ofMinutes(16));
        assertThat(refused(engine, first)).isEqualTo(Reason.EXPIRED);

        Tokens second = engine.refresh(first.refreshToken());
        Tokens third = engine.refresh(second.refreshToken());

        assertThat(verified(engine, second)).isEqualTo("anna");
        assertThat(verified(engine, third)).isEqualTo("anna");
        assertThat(third.principal().sessionId()).isEqualTo(first.principal().sessionId());
        assertThat(third.refreshToken()).isNotEqualTo(second.refreshToken());
        assertThat(fixture.counts.of("spark.auth.refreshes", "outcome", "succeeded"))
                .isEqualTo(2);
    }

    @Test
    void aTokenThatWasUsedBeforeEndsTheSession() {
        AuthEngine engine = fixture.engine();
        createUser(engine, "anna");
        Tokens first = login(engine, "anna");
        Tokens other = login(engine, "anna");
        Tokens second = engine.refresh(first.refreshToken());
        Tokens third = engine.refresh(second.refreshToken());

        assertThat(refreshRefused(engine, first.refreshToken())).isEqualTo(Reason.REUSED);

        assertThat(refreshRefused(engine, third.refreshToken())).isEqualTo(Reason.REVOKED);
        assertThat(refused(engine, third)).isEqualTo(Reason.REVOKED);
        assertThat(verified(engine, other)).as("another session").isEqualTo("anna");
        assertThat(fixture.events)
                .containsExactly(new SparkEvent.RefreshTokenReused(
                        fixture.context.clock().instant(),
                        "anna",
                        first.principal().sessionId()));
        assertThat(fixture.counts.of("spark.auth.sessions.ended", "why", "reused"))
                .isEqualTo(1);
        assertThat(fixture.counts.of("spark.auth.refreshes", "outcome", "reused"))
                .isEqualTo(1);
    }

    @Test
    void whoOnlyKnowsTheSessionsIdEndsNothing() {
        AuthEngine engine = fixture.engine();
        createUser(engine, "anna");
        Tokens tokens = login(engine, "anna");
        String session = tokens.principal().sessionId();
        String[] parts = tokens.refreshToken().reveal().split("\\.");

        for (String forged : List.of(
                session + "." + "A".repeat(22) + "." + "A".repeat(43),
                session + "." + "A".repeat(22) + "." + parts[2],
                "A".repeat(22) + "." + parts[1] + "." + parts[2],
                session,
                "",
                tokens.refreshToken().reveal() + "x",
                tokens.refreshToken().reveal() + "\n",
                tokens.accessToken().reveal(),
                "x".repeat(10_000_000))) {
            assertThat(refreshRefused(engine, Secret.of(forged))).isIn(Reason.INVALID, Reason.REVOKED);
        }

        assertThat(verified(engine, tokens)).isEqualTo("anna");
        assertThat(verified(engine, engine.refresh(tokens.refreshToken()))).isEqualTo("anna");
    }

    @Test
    void aRefreshTokenIsNoAccessToken() {
        AuthEngine engine = fixture.engine();
        createUser(engine, "anna");
        Tokens tokens = login(engine, "anna");

        assertThat(catchThrowable(() -> engine.verify(tokens.refreshToken().reveal())))
                .isInstanceOf(InvalidTokenException.class);
    }

    @Test
    void ofManyUsesAtOnceOneIsFirstAndTheSessionEnds() throws Exception {
        AuthEngine engine = fixture.engine();
        createUser(engine, "anna");
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            for (int round = 0; round < 20; round++) {
                Tokens tokens = login(engine, "anna");
                CountDownLatch begin = new CountDownLatch(1);
                List<Future<Object>> uses = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    uses.add(threads.submit(() -> {
                        begin.await();
                        try {
                            return engine.refresh(tokens.refreshToken());
                        } catch (InvalidTokenException e) {
                            return e.reason();
                        }
                    }));
                }
                begin.countDown();
                List<Tokens> given = new ArrayList<>();
                List<Object> reasons = new ArrayList<>();
                for (Future<Object> use : uses) {
                    Object outcome = use.get(30, TimeUnit.SECONDS);
                    if (outcome instanceof Tokens fresh) {
                        given.add(fresh);
                    } else {
                        reasons.add(outcome);
                    }
                }
                assertThat(given).as("round " + round).hasSize(1);
                assertThat(reasons).containsOnlyOnce(Reason.REUSED).hasSize(7);
                assertThat(refused(engine, given.get(0))).isEqualTo(Reason.REVOKED);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void onlyHashesOfRefreshTokensAreKept() {
        AuthEngine engine = fixture.engine();
        createUser(engine, "anna");
        Tokens tokens = login(engine, "anna");
        String[] parts = tokens.refreshToken().reveal().split("\\.");

        UserStore.Session kept = fixture.store()
                .findSession(tokens.principal().sessionId(), SOON)
                .orElseThrow();

        assertThat(kept.refreshHash().reveal()).doesNotContain(parts[1]).doesNotContain(parts[2]);
        assertThat(kept.toString()).doesNotContain(kept.refreshHash().reveal());
    }

    @Test
    void aSessionThatIsNotUsedEndsAndSoDoesOneThatIsOld() {
        AuthEngine engine = fixture.set("session-idle", "10 days")
                .set("session-life", "25 days")
                .engine();
        createUser(engine, "anna");
        Tokens idle = login(engine, "anna");
        Tokens used = login(engine, "anna");
        for (int day = 9; day <= 18; day += 9) {
            fixture.pass(Duration.ofDays(9));
            used = engine.refresh(used.refreshToken());
        }
        assertThat(refreshRefused(engine, idle.refreshToken())).isEqualTo(Reason.EXPIRED);
        fixture.pass(Duration.ofDays(7).minusMinutes(5)); // day 25 but for five minutes
        used = engine.refresh(used.refreshToken());

        assertThat(used.expiresIn()).as("no longer than the session").isEqualTo(Duration.ofMinutes(5));
        assertThat(verified(engine, used)).isEqualTo("anna");
        fixture.pass(Duration.ofMinutes(5));
        assertThat(refreshRefused(engine, used.refreshToken())).isEqualTo(Reason.EXPIRED);
        assertThat(refused(engine, used)).isEqualTo(Reason.EXPIRED);
    }

    @Test
    void anInactiveUserOrAnotherPasswordEndsTheSessionAlsoWhenTheStoreStillHasIt() {
        fixture.over(new AuthFixture.Through(fixture.store()) {
            @Override
            public int deleteSessions(String username, Deadline deadline) {
                return 0; // as if the process had been killed between the two
            }
        });
        AuthEngine engine = fixture.engine();
        createUser(engine, "anna");
        createUser(engine, "bert");
        Tokens anna = login(engine, "anna");
        Tokens bert = login(engine, "bert");
        engine.users().setPassword("anna", Secret.of("another few words"));
        engine.users().setActive("bert", false);

        assertThat(refused(engine, anna)).isEqualTo(Reason.REVOKED);
        assertThat(refused(engine, bert)).isEqualTo(Reason.REVOKED);
        assertThat(refreshRefused(engine, anna.refreshToken())).isEqualTo(Reason.REVOKED);
        assertThat(refreshRefused(engine, bert.refreshToken())).isEqualTo(Reason.REVOKED);
        assertThat(fixture.counts.of("spark.auth.sessions.ended", "why", "outdated"))
                .isEqualTo(2);
    }

    @Test
    void aRefreshTellsTheRolesOfNow() {
        AuthEngine engine = fixture.engine();
        createUser(engine, "anna");
        Tokens tokens = login(engine, "anna");
        var unused = engine.users().setRoles("anna", java.util.Set.of("admin", "user"));

        assertThat(engine.refresh(tokens.refreshToken()).principal().roles())
                .containsExactlyInAnyOrder("admin", "user");
    }
}
