package ai.primespark.core.auth;

import static ai.primespark.core.auth.AuthFixture.createUser;
import static ai.primespark.core.auth.AuthFixture.login;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.Secret;
import ai.primespark.auth.AuthPrincipal;
import ai.primespark.auth.InvalidTokenException;
import ai.primespark.auth.Tokens;
import ai.primespark.spi.Deadline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RevocationTest {

    private final AuthFixture fixture = new AuthFixture();

    @AfterEach
    void close() {
        fixture.close();
    }

    private static void assertOver(AuthEngine engine, Tokens tokens) {
        assertThatExceptionOfType(InvalidTokenException.class)
                .isThrownBy(() -> engine.verify(tokens.accessToken().reveal()))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(InvalidTokenException.Reason.REVOKED));
        assertThatExceptionOfType(InvalidTokenException.class).isThrownBy(() -> engine.refresh(tokens.refreshToken()));
    }

    private static AuthPrincipal verify(AuthEngine engine, Tokens tokens) {
        return engine.verify(tokens.accessToken().reveal());
    }

    @Test
    void whatIsRevokedIsRefusedAtOnceAlthoughItWasJustVerified() {
        AuthEngine engine = fixture.engine();
        createUser(engine, "anna");
        Tokens one = login(engine, "anna");
        Tokens other = login(engine, "anna");
        verify(engine, one);
        verify(engine, other);

        engine.revoke(one.principal().sessionId());

        assertOver(engine, one);
        assertThat(verify(engine, other).username()).isEqualTo("anna");
        engine.revoke(one.principal().sessionId());
        engine.revoke("no such session");
        engine.revoke("../" + "x".repeat(1_000));
        assertThat(verify(engine, other).username()).isEqualTo("anna");
        assertThat(engine.revokeAll("ANNA")).isEqualTo(1);
        assertOver(engine, other);
        assertThat(engine.revokeAll("anna")).isZero();
        assertThat(fixture.counts.of("spark.auth.sessions.ended", "why", "revoked"))
                .isEqualTo(2);
    }

    @Test
    void changesOfTheAccountCountAtOnce() {
        AuthEngine engine = fixture.engine();
        createUser(engine, "root", "admin");
        createUser(engine, "anna");
        Tokens tokens = login(engine, "anna");
        assertThat(verify(engine, tokens).roles()).containsExactly("user");

        var unused = engine.users().setRoles("anna", Set.of());
        assertThat(verify(engine, tokens).roles()).isEmpty();
        assertThat(verify(engine, tokens).permissions()).isEmpty();
        engine.users().setActive("anna", false);
        assertOver(engine, tokens);
        engine.users().setActive("anna", true);
        assertOver(engine, tokens);

        Tokens second = login(engine, "anna");
        verify(engine, second);
        engine.users().setPassword("anna", Secret.of("another few words"));
        assertOver(engine, second);
        Tokens third = engine.login("anna", Secret.of("another few words"), null);
        verify(engine, third);
        engine.users().changePassword("anna", Secret.of("another few words"), AuthFixture.PASSWORD);
        assertOver(engine, third);

        Tokens last = login(engine, "anna");
        verify(engine, last);
        assertThat(engine.users().delete("anna")).isTrue();
        assertOver(engine, last);
        createUser(engine, "anna");
        assertOver(engine, last);
    }

    @Test
    void anotherProcessNoticesWithinTheRecheckInterval() {
        AuthEngine here = fixture.engine();
        createUser(here, "anna");
        Tokens tokens = login(here, "anna");
        AuthEngine there = fixture.engine(); // with the same store and secret, and memories of its own
        assertThat(verify(there, tokens).username()).isEqualTo("anna");

        here.revoke(tokens.principal().sessionId());

        assertOver(here, tokens);
        fixture.pass(Duration.ofSeconds(5).minusNanos(1));
        assertThat(verify(there, tokens).username()).as("within the interval").isEqualTo("anna");
        fixture.pass(Duration.ofNanos(1));
        assertOver(there, tokens);
    }

    @Test
    void verifyingAsksTheStoreOnceInTheInterval() {
        AuthFixture.Through store = new AuthFixture.Through(fixture.store());
        AuthEngine engine = fixture.over(store).engine();
        createUser(engine, "anna");
        Tokens tokens = login(engine, "anna");
        AuthPrincipal first = verify(engine, tokens);
        int before = store.finds.get();

        for (int i = 0; i < 1_000; i++) {
            assertThat(verify(engine, tokens)).as("the same object").isSameAs(first);
        }

        assertThat(store.finds.get()).isEqualTo(before);
        fixture.pass(Duration.ofSeconds(5));
        assertThat(verify(engine, tokens)).as("nothing has changed").isSameAs(first);
        assertThat(store.finds.get()).isEqualTo(before + 1);
        assertThat(fixture.counts.of("spark.auth.verifications", "outcome", "accepted"))
                .isEqualTo(1_002);
    }

    /** The read that was under way when the session was ended must not be remembered. */
    @Test
    void aReadThatWasUnderWayDoesNotBringBackWhatIsRevoked() {
        AtomicReference<Runnable> meanwhile = new AtomicReference<>(() -> {});
        fixture.over(new AuthFixture.Through(fixture.store()) {
            @Override
            public Optional<Session> findSession(String id, Deadline deadline) {
                Optional<Session> read = super.findSession(id, deadline);
                meanwhile.getAndSet(() -> {}).run();
                return read;
            }
        });
        AuthEngine engine = fixture.engine();
        createUser(engine, "anna");
        Tokens tokens = login(engine, "anna");
        meanwhile.set(() -> engine.revoke(tokens.principal().sessionId()));

        assertThat(verify(engine, tokens).username())
                .as("was asked before the end")
                .isEqualTo("anna");

        assertOver(engine, tokens);
    }

    @Test
    void nobodyIsLetInAfterARevocationHasReturned() throws Exception {
        AuthEngine engine = fixture.engine();
        createUser(engine, "anna");
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            for (int round = 0; round < 50; round++) {
                Tokens tokens = login(engine, "anna");
                AtomicInteger over = new AtomicInteger();
                CountDownLatch begun = new CountDownLatch(4);
                List<Future<Boolean>> readers = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    readers.add(threads.submit(() -> {
                        begun.countDown();
                        while (true) {
                            boolean ended = over.get() == 1;
                            try {
                                verify(engine, tokens);
                                if (ended) {
                                    return true;
                                }
                            } catch (InvalidTokenException e) {
                                return false;
                            }
                        }
                    }));
                }
                begun.await();
                if (round % 2 == 0) {
                    engine.revoke(tokens.principal().sessionId());
                } else {
                    int unused = engine.revokeAll("anna");
                }
                over.set(1);
                for (Future<Boolean> reader : readers) {
                    assertThat(reader.get(30, TimeUnit.SECONDS))
                            .as("let in too late")
                            .isFalse();
                }
                assertOver(engine, tokens);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void theEndOfARenewedSessionIsTheNewOne() {
        AuthEngine engine = fixture.set("session-idle", "1 min")
                .set("recheck-interval", "5 min")
                .engine();
        createUser(engine, "anna");
        Tokens first = login(engine, "anna");
        verify(engine, first);
        fixture.pass(Duration.ofSeconds(50));
        Tokens second = engine.refresh(first.refreshToken());
        fixture.pass(Duration.ofSeconds(30)); // after the first end, before the second

        assertThat(verify(engine, second).username()).isEqualTo("anna");
        fixture.pass(Duration.ofSeconds(30));
        assertThatThrownBy(() -> verify(engine, second)).isInstanceOf(InvalidTokenException.class);
    }
}
