package ai.primespark.core.auth;

import static ai.primespark.core.auth.AuthFixture.PASSWORD;
import static ai.primespark.core.auth.AuthFixture.createUser;
import static ai.primespark.core.auth.AuthFixture.login;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import ai.primespark.Secret;
import ai.primespark.auth.AuthPrincipal;
import ai.primespark.auth.AuthUnavailableException;
import ai.primespark.auth.LoginFailedException;
import ai.primespark.auth.LoginThrottledException;
import ai.primespark.auth.Permission;
import ai.primespark.auth.Tokens;
import ai.primespark.event.SparkEvent;
import ai.primespark.health.HealthStatus;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.Settings;
import ai.primespark.spi.UserStore;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LoginTest {

    private static final Deadline SOON = Deadline.in(Duration.ofMinutes(1));

    private final AuthFixture fixture = new AuthFixture().set("throttle.user-failures", 1_000L);

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void aLoginGivesTokensThatSpeakForTheUser() {
        AuthEngine engine = fixture.engine();
        createUser(engine, "Anna", "user");

        Tokens tokens = login(engine, "aNNa");
        AuthPrincipal principal = engine.verify(tokens.accessToken().reveal());

        assertThat(tokens.expiresIn()).isEqualTo(Duration.ofMinutes(15));
        assertThat(principal).isEqualTo(tokens.principal());
        assertThat(principal.getName()).isEqualTo("anna");
        assertThat(principal.roles()).containsExactly("user");
        assertThat(principal.may(Permission.parse("memory:write"))).isTrue();
        assertThat(principal.may(Permission.parse("power:switch"))).isFalse();
        assertThat(tokens.toString())
                .doesNotContain(tokens.accessToken().reveal())
                .doesNotContain(tokens.refreshToken().reveal());
        assertThat(fixture.counts.of("spark.auth.logins", "outcome", "succeeded"))
                .isEqualTo(1);
    }

    /** No look at the clock: what takes time is the same, two questions to the store and one hash, with the same parameters. */
    @Test
    void theSameWorkIsDoneWhateverIsWrong() {
        AuthFixture.Through store = new AuthFixture.Through(fixture.store());
        AuthEngine engine = fixture.over(store).engine();
        createUser(engine, "anna");
        createUser(engine, "idle");
        engine.users().setActive("idle", false);

        List<String> messages = new ArrayList<>();
        for (Map.Entry<String, Secret> attempt : List.of(
                Map.entry("anna", Secret.of("not the password")),
                Map.entry("nobody", PASSWORD),
                Map.entry("idle", PASSWORD),
                Map.entry("idle", Secret.of("not the password")),
                Map.entry("not a name!", PASSWORD),
                Map.entry("an\u0000na", PASSWORD),
                Map.entry("anna\ud800", PASSWORD),
                Map.entry("x".repeat(5_000), PASSWORD),
                Map.entry("", PASSWORD),
                Map.entry("anna", Secret.of("x".repeat(100_000))))) {
            long hashes = fixture.counts.of("spark.auth.hash");
            int finds = store.finds.get();

            Throwable failure = catchThrowable(() -> engine.login(attempt.getKey(), attempt.getValue(), null));

            assertThat(failure).isExactlyInstanceOf(LoginFailedException.class);
            messages.add(failure.getMessage());
            assertThat(fixture.counts.of("spark.auth.hash") - hashes)
                    .as("hashes")
                    .isEqualTo(1);
            assertThat(store.finds.get() - finds).as("questions").isEqualTo(2);
        }
        assertThat(Set.copyOf(messages)).containsExactly("the username or password is wrong");
    }

    @Test
    void aFailureIsToldWithoutWhatSomebodyTypedIntoTheWrongField() {
        AuthEngine engine = fixture.engine();
        createUser(engine, "anna");

        assertThat(catchThrowable(() -> engine.login("anna", Secret.of("wrong"), "192.0.2.1")))
                .isNotNull();
        assertThat(catchThrowable(() -> engine.login("my-secret-password", Secret.of("anna"), null)))
                .isNotNull();

        assertThat(fixture.events)
                .containsExactly(
                        new SparkEvent.LoginFailed(fixture.context.clock().instant(), "anna", "192.0.2.1"),
                        new SparkEvent.LoginFailed(fixture.context.clock().instant(), "", ""));
    }

    @Test
    void aHashWithOldParametersIsReplacedAtTheNextLogin() {
        AuthEngine before = fixture.engine();
        createUser(before, "anna");
        String old = hash("anna");
        assertThat(old).startsWith("$argon2id$v=19$m=64,t=1,p=1$");

        AuthEngine after = fixture.engine(new PasswordHasher.Cost(128, 2, 4, Duration.ofSeconds(30)));
        Tokens session = login(after, "anna");

        assertThat(hash("anna")).startsWith("$argon2id$v=19$m=128,t=2,p=1$");
        assertThat(after.verify(session.accessToken().reveal()).username()).isEqualTo("anna");
        String made = hash("anna");
        assertThat(login(after, "anna").principal().username()).isEqualTo("anna");
        assertThat(hash("anna")).as("a hash with the parameters of now").isEqualTo(made);
        assertThat(catchThrowable(() -> after.login("anna", Secret.of("wrong"), null)))
                .isInstanceOf(LoginFailedException.class);
    }

    private String hash(String name) {
        return fixture.store().find(name, SOON).orElseThrow().passwordHash().reveal();
    }

    @Test
    void aHashThatIsNoneOrWouldTakeTheMachineDownIsRefused() {
        AuthEngine engine = fixture.engine();
        createUser(engine, "anna");
        UserStore.Account account = fixture.store().find("anna", SOON).orElseThrow();
        for (String hash : List.of(
                "$argon2id$v=19$m=9999999,t=2,p=1$c2FsdHNhbHRzYWx0$" + "A".repeat(43),
                "$2b$12$abcdefghijklmnopqrstuv",
                "plain")) {
            account = new UserStore.Account(account.user(), Secret.of(hash), account.version() + 1);
            assertThat(fixture.store().replace(account, SOON)).isTrue();

            assertThatExceptionOfType(AuthUnavailableException.class)
                    .isThrownBy(() -> login(engine, "anna"))
                    .withMessageContaining("hash")
                    .withMessageNotContaining("argon2id$v");
        }
    }

    /** In Turkish the small letter of I is not i. */
    @Test
    void hashesAreTheSameInEveryLanguage() {
        java.util.Locale before = java.util.Locale.getDefault();
        try {
            java.util.Locale.setDefault(java.util.Locale.forLanguageTag("tr-TR"));
            AuthEngine engine = fixture.engine();
            createUser(engine, "IDIL");
            assertThat(hash("idil")).startsWith("$argon2id$v=19$m=64,t=1,p=1$");
            assertThat(login(engine, "IdIl").principal().username()).isEqualTo("idil");
        } finally {
            java.util.Locale.setDefault(before);
        }
    }

    /** The digest that the reference implementation gives: echo -n password | argon2 somesalt -id -t 2 -k 65536 -p 1. */
    @Test
    void hashesAreThoseOfTheReferenceImplementation() {
        PasswordHasher hasher = new PasswordHasher(
                new PasswordHasher.Cost(64, 1, 1, Duration.ofSeconds(30)),
                fixture.random,
                new AuthMeters(fixture.counts));
        Secret reference =
                Secret.of("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc");

        assertThat(hasher.matches(Secret.of("password"), reference)).isTrue();
        assertThat(hasher.matches(Secret.of("differentpassword"), reference)).isFalse();
        assertThat(hasher.isDated(reference)).isTrue();
    }

    @Test
    void twoHashesOfOnePasswordDiffer() {
        AuthEngine engine = fixture.engine();
        createUser(engine, "anna");
        createUser(engine, "bert");

        assertThat(hash("anna")).isNotEqualTo(hash("bert"));
    }

    @Test
    void loginsWaitForTheirTurnAndNotForever() throws Exception {
        CountDownLatch taken = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        AtomicBoolean holds = new AtomicBoolean();
        SecureRandom salts = new SecureRandom() { // made in the middle of a turn
                    @Override
                    public void nextBytes(byte[] bytes) {
                        if (holds.getAndSet(false)) {
                            taken.countDown();
                            try {
                                release.await();
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        }
                        super.nextBytes(bytes);
                    }
                };
        PasswordHasher hasher = new PasswordHasher(
                new PasswordHasher.Cost(64, 1, 1, Duration.ofNanos(1)), salts, new AuthMeters(fixture.counts));
        Secret hash = hasher.hash(PASSWORD);
        holds.set(true);
        ExecutorService threads = Executors.newSingleThreadExecutor();
        try {
            Future<Secret> slow = threads.submit(() -> hasher.hash(PASSWORD));
            assertThat(taken.await(50, TimeUnit.SECONDS)).isTrue();

            assertThatExceptionOfType(AuthUnavailableException.class)
                    .isThrownBy(() -> hasher.matches(PASSWORD, hash))
                    .withMessageContaining("too many logins");

            release.countDown();
            assertThat(hasher.matches(PASSWORD, slow.get(50, TimeUnit.SECONDS))).isTrue();
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void hashingThatWouldTakeTheWholeHeapIsRefusedBeforeAnybodyLogsIn() {
        Settings usual = Settings.of(AuthSettings.ALL, Map.of());
        assertThat(AuthEngine.cost(usual, 8, 4L << 30).atOnce()).isEqualTo(4);
        assertThat(AuthEngine.cost(usual, 8, 128L << 20).atOnce())
                .as("what fits into half of it")
                .isEqualTo(2);
        assertThat(AuthEngine.cost(usual, 8, 40L << 20).atOnce()).isEqualTo(1);
        for (Map<String, Object> much :
                List.<Map<String, Object>>of(Map.of("hash.memory", "1 GiB"), Map.of("hash.concurrent", 200L))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> AuthEngine.cost(Settings.of(AuthSettings.ALL, much), 8, 512L << 20))
                    .withMessageContaining("may use 512 MiB");
        }
    }

    @Test
    void manyLoginsAtOnceAllSucceed() throws Exception {
        AuthEngine engine = fixture.engine();
        createUser(engine, "anna");
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<Tokens>> logins = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                String from = "host" + i;
                logins.add(threads.submit(() -> engine.login("anna", PASSWORD, from)));
            }
            for (Future<Tokens> login : logins) {
                String token = login.get(50, TimeUnit.SECONDS).accessToken().reveal();
                assertThat(engine.verify(token).username()).isEqualTo("anna");
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void theOldestSessionMakesRoomForTheNewest() {
        AuthEngine engine = fixture.set("max-sessions", 3L).engine();
        createUser(engine, "anna");
        List<Tokens> sessions = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            sessions.add(login(engine, "anna"));
            fixture.pass(Duration.ofSeconds(1));
        }

        assertThat(catchThrowable(
                        () -> engine.verify(sessions.get(0).accessToken().reveal())))
                .hasMessageContaining("revoked");
        assertThat(sessions.subList(1, 4))
                .allSatisfy(tokens -> assertThat(
                                engine.verify(tokens.accessToken().reveal()).username())
                        .isEqualTo("anna"));
        assertThat(fixture.store().sessions("anna", SOON)).hasSize(3);
    }

    @Test
    void whoChangesThePasswordDuringALoginEndsIt() {
        AuthEngine[] engine = new AuthEngine[1];
        boolean[] armed = new boolean[1];
        fixture.over(new AuthFixture.Through(fixture.store()) {
            @Override
            public boolean saveSession(Session session, Deadline deadline) {
                if (armed[0]) { // the password was right, and now another thread changes it
                    armed[0] = false;
                    engine[0].users().setPassword("anna", Secret.of("another few words"));
                }
                return super.saveSession(session, deadline);
            }
        });
        engine[0] = fixture.engine();
        createUser(engine[0], "anna");
        armed[0] = true;

        assertThatExceptionOfType(LoginFailedException.class).isThrownBy(() -> login(engine[0], "anna"));
        assertThat(fixture.store().sessions("anna", SOON)).isEmpty();
    }

    @Test
    void aStoreThatCannotBeAskedIsNoWrongPasswordAndShowsInHealth() {
        boolean[] down = new boolean[1];
        fixture.set("throttle.user-failures", 3L).over(new AuthFixture.Through(fixture.store()) {
            @Override
            public Optional<Account> find(String username, Deadline deadline) {
                if (down[0]) {
                    throw new IllegalStateException("a fault of the store's own");
                }
                return super.find(username, deadline);
            }

            @Override
            public List<Account> list(String after, int limit, Deadline deadline) {
                if (down[0]) {
                    throw new AuthUnavailableException("the database is away", null);
                }
                return super.list(after, limit, deadline);
            }
        });
        AuthEngine engine = fixture.engine();
        assertThat(engine.check().message()).contains("no account yet");
        createUser(engine, "anna");
        assertThat(engine.check().status()).isEqualTo(HealthStatus.HEALTHY);
        down[0] = true;

        long hashes = fixture.counts.of("spark.auth.hash");
        for (int i = 0; i < 3; i++) {
            assertThatExceptionOfType(AuthUnavailableException.class)
                    .isThrownBy(() -> login(engine, "anna"))
                    .matches(AuthUnavailableException::retryable);
        }
        assertThat(fixture.counts.of("spark.auth.hash") - hashes)
                .as("the work is the same as for a wrong password")
                .isEqualTo(3);
        assertThatExceptionOfType(LoginThrottledException.class)
                .as("and it counts as much")
                .isThrownBy(() -> login(engine, "anna"));
        assertThat(engine.check().status()).isEqualTo(HealthStatus.DEGRADED);
        assertThat(engine.check().message()).contains("nobody can log in", "the database is away");
        down[0] = false;
        fixture.pass(Duration.ofSeconds(1));
        assertThat(login(engine, "anna").principal().username()).isEqualTo("anna");
        assertThat(fixture.counts.of("spark.auth.logins", "outcome", "unavailable"))
                .isEqualTo(3);
    }

    /** Such as one whose near copies have what the part that decides, which is away, would have to be asked about others. */
    @Test
    void aStoreThatOnlyKnowsSomeNamesNowDoesNotTellWhich() {
        boolean[] down = new boolean[1];
        fixture.over(new AuthFixture.Through(fixture.store()) {
            @Override
            public Optional<Account> find(String username, Deadline deadline) {
                Optional<Account> found = super.find(username, deadline);
                if (down[0] && found.isEmpty()) {
                    throw new AuthUnavailableException("who decides is away", null);
                }
                return found;
            }
        });
        AuthEngine engine = fixture.engine();
        createUser(engine, "anna");
        down[0] = true;

        for (String name : List.of("anna", "nobody", "not a name!")) {
            assertThatExceptionOfType(AuthUnavailableException.class)
                    .as(name)
                    .isThrownBy(() -> engine.login(name, Secret.of("not the password"), null));
        }
        assertThat(login(engine, "anna").principal().username()).isEqualTo("anna");
    }

    @Test
    void aStoreThatCannotListSessionsKeepsNobodyOut() {
        boolean[] down = new boolean[1];
        fixture.set("max-sessions", 1L).over(new AuthFixture.Through(fixture.store()) {
            @Override
            public List<Session> sessions(String username, Deadline deadline) {
                if (down[0]) {
                    throw new AuthUnavailableException("a part of the store is away", null);
                }
                return super.sessions(username, deadline);
            }
        });
        AuthEngine engine = fixture.engine();
        createUser(engine, "anna");
        Tokens first = login(engine, "anna");
        down[0] = true;
        Tokens second = login(engine, "anna");
        assertThat(engine.verify(second.accessToken().reveal()).username()).isEqualTo("anna");
        down[0] = false;
        Tokens third = login(engine, "anna");

        assertThat(fixture.store().sessions("anna", SOON))
                .extracting(UserStore.Session::id)
                .containsExactly(third.principal().sessionId());
        assertThat(catchThrowable(() -> engine.verify(first.accessToken().reveal())))
                .hasMessageContaining("revoked");
    }

    @Test
    void aStoreThatTakesNoChangesShowsInHealth() {
        boolean[] full = new boolean[1];
        fixture.over(new AuthFixture.Through(fixture.store()) {
            @Override
            public boolean saveSession(Session session, Deadline deadline) {
                if (full[0]) {
                    throw new AuthUnavailableException("the disk is full", null);
                }
                return super.saveSession(session, deadline);
            }
        });
        AuthEngine engine = fixture.engine();
        createUser(engine, "anna");
        full[0] = true;
        assertThatExceptionOfType(AuthUnavailableException.class).isThrownBy(() -> login(engine, "anna"));
        assertThat(engine.users().find("anna")).isPresent();
        assertThat(engine.revokeAll("anna")).as("nothing was to be done").isZero();

        assertThat(engine.check().status()).isEqualTo(HealthStatus.DEGRADED);
        assertThat(engine.check().message()).contains("last change failed", "the disk is full");
        full[0] = false;
        assertThat(login(engine, "anna").principal().username()).isEqualTo("anna");
        assertThat(engine.check().status()).isEqualTo(HealthStatus.HEALTHY);
    }

    @Test
    void afterTooManyFailuresEvenTheRightPasswordIsNotLookedAt() {
        AuthEngine engine = fixture.set("throttle.user-failures", 3L).engine();
        createUser(engine, "anna");
        for (int i = 0; i < 3; i++) {
            assertThat(catchThrowable(() -> engine.login("anna", Secret.of("wrong"), "192.0.2.1")))
                    .isInstanceOf(LoginFailedException.class);
        }
        long hashes = fixture.counts.of("spark.auth.hash");

        for (int i = 0; i < 2; i++) {
            assertThatExceptionOfType(LoginThrottledException.class)
                    .isThrownBy(() -> engine.login("anna", PASSWORD, "192.0.2.2"))
                    .satisfies(e -> assertThat(e.retryAfter()).contains(Duration.ofSeconds(1)));
        }

        assertThat(fixture.counts.of("spark.auth.hash"))
                .as("hashes while throttled")
                .isEqualTo(hashes);
        assertThat(fixture.events.stream().filter(SparkEvent.LoginThrottled.class::isInstance))
                .as("told once")
                .containsExactly(new SparkEvent.LoginThrottled(
                        fixture.context.clock().instant(), "anna", "192.0.2.2", Duration.ofSeconds(1)));
        fixture.pass(Duration.ofSeconds(1));
        assertThat(login(engine, "anna").principal().username()).isEqualTo("anna");
    }

    @Test
    void changesOfThePasswordAreCountedByThemselves() {
        AuthEngine engine = fixture.set("throttle.user-failures", 3L).engine();
        createUser(engine, "anna");
        createUser(engine, "bert");
        Secret next = Secret.of("another few words");
        for (int i = 0; i < 3; i++) { // a stranger
            assertThat(catchThrowable(() -> engine.login("anna", Secret.of("wrong"), "192.0.2.1")))
                    .isInstanceOf(LoginFailedException.class);
        }
        engine.users().changePassword("anna", PASSWORD, next);

        for (int i = 0; i < 3; i++) { // whoever has found bert's session open
            assertThat(catchThrowable(() -> engine.users().changePassword("bert", Secret.of("wrong"), next)))
                    .isInstanceOf(LoginFailedException.class);
        }
        assertThatExceptionOfType(LoginThrottledException.class)
                .isThrownBy(() -> engine.users().changePassword("bert", PASSWORD, next));
        assertThat(login(engine, "bert").principal().username()).isEqualTo("bert");
    }

    @Test
    void loginsTidyUpSessionsThatHaveEnded() {
        AuthEngine engine = fixture.set("session-idle", "1 h").engine();
        createUser(engine, "anna");
        createUser(engine, "bert");
        String old = login(engine, "anna").principal().sessionId();
        fixture.pass(Duration.ofHours(2));

        Tokens fresh = login(engine, "bert");

        await().until(() -> fixture.store().findSession(old, SOON).isEmpty());
        assertThat(fixture.store().findSession(fresh.principal().sessionId(), SOON))
                .isPresent();
    }
}
