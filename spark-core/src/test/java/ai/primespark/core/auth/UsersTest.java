package ai.primespark.core.auth;

import static ai.primespark.core.auth.AuthFixture.PASSWORD;
import static ai.primespark.core.auth.AuthFixture.createUser;
import static ai.primespark.core.auth.AuthFixture.login;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.primespark.Secret;
import ai.primespark.auth.AuthPrincipal;
import ai.primespark.auth.AuthUnavailableException;
import ai.primespark.auth.InvalidTokenException;
import ai.primespark.auth.LoginFailedException;
import ai.primespark.auth.Permission;
import ai.primespark.auth.PermissionDeniedException;
import ai.primespark.auth.Tokens;
import ai.primespark.auth.User;
import ai.primespark.auth.UserException;
import ai.primespark.auth.UserException.Kind;
import ai.primespark.spi.Deadline;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class UsersTest {

    private final AuthFixture fixture = new AuthFixture();

    @AfterEach
    void close() {
        fixture.close();
    }

    private static Kind refused(ThrowingCallable change) {
        UserException refusal = catchThrowableOfType(UserException.class, change);
        assertThat(refusal).as("the change is refused").isNotNull();
        return refusal.kind();
    }

    @Test
    void accountsAreMadeFoundListedAndDeleted() {
        AuthEngine engine = fixture.engine();
        User anna = engine.users().create("Anna@Home", PASSWORD, Set.of("user"));

        assertThat(anna)
                .isEqualTo(new User(
                        "anna@home",
                        Set.of("user"),
                        true,
                        fixture.context.clock().instant().truncatedTo(ChronoUnit.MILLIS),
                        fixture.context.clock().instant().truncatedTo(ChronoUnit.MILLIS)));
        assertThat(engine.users().find("ANNA@home")).contains(anna);
        createUser(engine, "bert");
        createUser(engine, "carl");
        assertThat(engine.users().list(null, 2)).extracting(User::username).containsExactly("anna@home", "bert");
        assertThat(engine.users().list("bert", 2)).extracting(User::username).containsExactly("carl");
        assertThat(engine.users().delete("Bert")).isTrue();
        assertThat(engine.users().delete("bert")).isFalse();
        assertThat(engine.users().find("bert")).isEmpty();
    }

    /** Some stores cannot even be asked for such a name. */
    @ParameterizedTest
    @ValueSource(strings = {"an\u0000na", "anna\ud800", "a/b", "", " anna"})
    void aNameThatCannotBeIsNobodys(String name) {
        AuthEngine engine = fixture.over(new AuthFixture.Through(fixture.store()) {
                    @Override
                    public Optional<Account> find(String username, Deadline deadline) {
                        if (username.equals(name)) {
                            throw new IllegalArgumentException("no key");
                        }
                        return super.find(username, deadline);
                    }

                    @Override
                    public int deleteSessions(String username, Deadline deadline) {
                        if (username.equals(name)) {
                            throw new IllegalArgumentException("no key");
                        }
                        return super.deleteSessions(username, deadline);
                    }
                })
                .engine();

        assertThat(engine.users().find(name)).isEmpty();
        assertThat(engine.users().delete(name)).isFalse();
        assertThat(engine.revokeAll(name)).isZero();
        assertThat(refused(() -> engine.users().setRoles(name, Set.of()))).isEqualTo(Kind.NOT_FOUND);
        assertThat(refused(() -> engine.users().setActive(name, false))).isEqualTo(Kind.NOT_FOUND);
        assertThat(refused(() -> engine.users().setPassword(name, PASSWORD))).isEqualTo(Kind.NOT_FOUND);
    }

    @Test
    void aPasswordThatWasChangedIsChangedThoughOldSessionsCannotBeRemoved() {
        boolean[] down = new boolean[1];
        AuthEngine engine = fixture.over(new AuthFixture.Through(fixture.store()) {
                    @Override
                    public int deleteSessions(String username, Deadline deadline) {
                        if (down[0]) {
                            throw new AuthUnavailableException("a part of the store is away", null);
                        }
                        return super.deleteSessions(username, deadline);
                    }
                })
                .engine();
        createUser(engine, "anna");
        Tokens before = login(engine, "anna");
        down[0] = true;

        engine.users().changePassword("anna", PASSWORD, Secret.of("another few words"));

        assertThatExceptionOfType(InvalidTokenException.class)
                .isThrownBy(() -> engine.verify(before.accessToken().reveal()));
        assertThatExceptionOfType(LoginFailedException.class).isThrownBy(() -> login(engine, "anna"));
        assertThatExceptionOfType(AuthUnavailableException.class)
                .as("nothing else would end them")
                .isThrownBy(() -> engine.users().setActive("anna", false));
    }

    @Test
    void whatCannotBeIsRefusedWithItsKind() {
        AuthEngine engine = fixture.engine();
        createUser(engine, "anna");
        assertThat(refused(() -> engine.users().create("ANNA", PASSWORD, Set.of())))
                .isEqualTo(Kind.EXISTS);
        assertThat(refused(() -> engine.users().create("bert", PASSWORD, Set.of("user", "boss"))))
                .isEqualTo(Kind.UNKNOWN_ROLE);
        assertThat(refused(() -> engine.users().setRoles("anna", Set.of("boss"))))
                .isEqualTo(Kind.UNKNOWN_ROLE);
        assertThat(refused(() -> engine.users().setRoles("bert", Set.of()))).isEqualTo(Kind.NOT_FOUND);
        assertThat(refused(() -> engine.users().setActive("bert", true))).isEqualTo(Kind.NOT_FOUND);
        assertThat(refused(() -> engine.users().setPassword("bert", PASSWORD))).isEqualTo(Kind.NOT_FOUND);
        for (String name : List.of("", "a b", "-a", "a/b", "ä", "a".repeat(65))) {
            assertThatIllegalArgumentException().isThrownBy(() -> engine.users().create(name, PASSWORD, Set.of()));
        }
        assertThatIllegalArgumentException().isThrownBy(() -> engine.users().list(null, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> engine.users().list(null, 1_001));
        assertThatExceptionOfType(LoginFailedException.class)
                .isThrownBy(() -> engine.users().changePassword("anna", Secret.of("wrong"), PASSWORD));
        assertThatExceptionOfType(LoginFailedException.class)
                .isThrownBy(() -> engine.users().changePassword("nobody", PASSWORD, PASSWORD));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "short7!", "passwort", "Password1!", "P4$$w0rd2024", "12345678", "87654321", "qwertyuiop", "aaaaaaaaaa",
                "abcabcabcabc", "19850312", "letmein123", "Sommer2026!", "raspberry", "annelise", "annelise1",
                        "anneliseA!",
                "correcthorsebatterystaple", "iloveyou!!", "1qaz2wsx"
            })
    void whatEverybodyTriesFirstIsNoPassword(String password) {
        AuthEngine engine = fixture.engine();
        assertThat(refused(() -> engine.users().create("annelise", Secret.of(password), Set.of())))
                .isEqualTo(Kind.WEAK_PASSWORD);
        UserException refusal = catchThrowableOfType(
                UserException.class, () -> engine.users().create("annelise", Secret.of(password), Set.of()));
        assertThat(refusal.getMessage()).doesNotContain(password);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiger-lamp-94", "passwordless kiosk", "Grüße aus Köln", "xkcd-936-horses", "8 Zeichen"})
    void whatIsLongEnoughAndUncommonIsAPassword(String password) {
        AuthEngine engine = fixture.engine();
        var unused = engine.users().create("annelise", Secret.of(password), Set.of());
        assertThat(engine.login("annelise", Secret.of(password), null)
                        .principal()
                        .username())
                .isEqualTo("annelise");
    }

    @Test
    void lettersThatUnicodeWritesInTwoWaysAreTheSamePassword() {
        AuthEngine engine = fixture.engine();
        var unused = engine.users().create("anna", Secret.of("gr\u00fc\u00dfe aus k\u00f6ln"), Set.of());
        assertThat(engine.login("anna", Secret.of("gru\u0308\u00dfe aus ko\u0308ln"), null)
                        .principal()
                        .username())
                .isEqualTo("anna");
    }

    @Test
    void thePasswordMayBeAsLongAsTheContractSaysAndNoLonger() {
        AuthEngine engine = fixture.engine();
        String longest = "a long sentence ".repeat(64);
        assertThat(longest).hasSize(1_024);
        var unused = engine.users().create("anna", Secret.of(longest), Set.of());
        assertThat(engine.login("anna", Secret.of(longest), null).principal().username())
                .isEqualTo("anna");
        assertThatExceptionOfType(LoginFailedException.class)
                .isThrownBy(() -> engine.login("anna", Secret.of(longest + "!"), null));
        assertThat(refused(() -> engine.users().setPassword("anna", Secret.of(longest + "!"))))
                .isEqualTo(Kind.WEAK_PASSWORD);
    }

    @Test
    void theFirstAdministratorIsMadeOnceWithAPasswordOfItsOwn() {
        AuthEngine engine = fixture.engine();

        Secret password = engine.users().createFirstAdmin("Admin").orElseThrow();

        assertThat(password.reveal()).matches("([A-Za-z2-9]{5}-){3}[A-Za-z2-9]{5}");
        assertThat(engine.login("admin", password, null).principal().may(Permission.ALL))
                .isTrue();
        assertThat(engine.users().createFirstAdmin("admin")).isEmpty();
        assertThat(engine.users().createFirstAdmin("root")).isEmpty();
        assertThat(new AuthFixture().engine().users().createFirstAdmin("admin")).isNotEqualTo(Optional.of(password));
    }

    @Test
    void rolesOfTheConfigurationAllowWhatTheySay() {
        AuthEngine engine = fixture.set(
                        "roles",
                        List.of(
                                Map.of("name", "operator", "permissions", List.of("power:*", "vpn:read")),
                                Map.of("name", "reader", "permissions", List.of("memory:read"))))
                .engine();
        createUser(engine, "anna", "operator", "reader");

        AuthPrincipal anna = login(engine, "anna").principal();

        assertThat(engine.roles()).containsOnlyKeys("admin", "operator", "reader", "user");
        assertThat(anna.may(Permission.parse("power:switch"))).isTrue();
        assertThat(anna.may(Permission.parse("vpn:read"))).isTrue();
        assertThat(anna.may(Permission.parse("memory:read"))).isTrue();
        assertThat(anna.may(Permission.parse("memory:write"))).isFalse();
        assertThat(anna.may(Permission.parse("vpn:switch"))).isFalse();
        assertThatExceptionOfType(PermissionDeniedException.class)
                .isThrownBy(() -> anna.require(Permission.parse("vpn:switch")))
                .withMessageContaining("vpn:switch");
        AuthEngine without = new AuthFixture().over(fixture.store()).engine();
        assertThat(login(without, "anna").principal().permissions())
                .as("roles that are configured no more")
                .isEmpty();
    }

    @Test
    void theLastActiveAdministratorStays() {
        AuthEngine engine = fixture.engine();
        createUser(engine, "root", "admin");
        createUser(engine, "idle", "admin");
        createUser(engine, "anna", "user");
        var ignored = engine.users().setActive("idle", false);

        assertThat(refused(() -> engine.users().setRoles("root", Set.of("user"))))
                .isEqualTo(Kind.LAST_ADMIN);
        assertThat(refused(() -> engine.users().setActive("root", false))).isEqualTo(Kind.LAST_ADMIN);
        assertThat(refused(() -> engine.users().delete("root"))).isEqualTo(Kind.LAST_ADMIN);
        assertThat(engine.users().setRoles("root", Set.of("admin", "user")).roles())
                .hasSize(2);
        assertThat(engine.users().delete("idle"))
                .as("one who is inactive anyway")
                .isTrue();
        var promoted = engine.users().setRoles("anna", Set.of("admin"));
        assertThat(promoted.roles()).containsExactly("admin");
        assertThat(engine.users().delete("root")).isTrue();
        assertThat(login(engine, "anna").principal().may(Permission.ALL)).isTrue();
    }

    @Test
    void administratorsWhoDemoteEachOtherAtTheSameMomentLeaveOne() throws Exception {
        AuthEngine engine = fixture.engine();
        List<String> names = List.of("a1", "a2", "a3", "a4");
        names.forEach(name -> createUser(engine, name, "admin"));
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            for (int round = 0; round < 30; round++) {
                names.forEach(name -> {
                    if (engine.users().find(name).isEmpty()) {
                        createUser(engine, name, "admin");
                    }
                    var unused = engine.users().setRoles(name, Set.of("admin"));
                    var unusedToo = engine.users().setActive(name, true);
                });
                CyclicBarrier begin = new CyclicBarrier(4);
                List<Future<Boolean>> changes = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    String name = names.get(i);
                    List<Callable<Object>> ways = List.of(
                            () -> engine.users().setRoles(name, Set.of("user")),
                            () -> engine.users().setActive(name, false),
                            () -> engine.users().delete(name));
                    Callable<Object> way = ways.get((round + i) % 3);
                    changes.add(threads.submit(() -> {
                        begin.await();
                        try {
                            way.call();
                            return true;
                        } catch (UserException e) {
                            assertThat(e.kind()).isEqualTo(Kind.LAST_ADMIN);
                            return false;
                        }
                    }));
                }
                int done = 0;
                for (Future<Boolean> change : changes) {
                    done += change.get(30, TimeUnit.SECONDS) ? 1 : 0;
                }
                assertThat(done).isEqualTo(3);
                assertThat(engine.users().list(null, 10).stream()
                                .filter(user -> user.active() && user.roles().contains("admin")))
                        .hasSize(1);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** Each sees the other's administrator still there, and changes its own. */
    @Test
    void twoServersThatTakeTheLastTwoAtTheSameMomentLeaveOne() {
        AtomicReference<Runnable> before = new AtomicReference<>(() -> {});
        AuthFixture.Through slow = new AuthFixture.Through(fixture.store()) {
            @Override
            public boolean replace(Account account, Deadline deadline) {
                before.getAndSet(() -> {}).run();
                return super.replace(account, deadline);
            }

            @Override
            public boolean delete(String username, long version, Deadline deadline) {
                before.getAndSet(() -> {}).run();
                return super.delete(username, version, deadline);
            }
        };
        AuthEngine there = fixture.engine();
        AuthEngine here = fixture.over(slow).engine();
        createUser(here, "a1", "admin");
        createUser(here, "a2", "admin");

        before.set(() -> there.users().setRoles("a2", Set.of("user")));
        assertThat(refused(() -> here.users().setRoles("a1", Set.of("user")))).isEqualTo(Kind.LAST_ADMIN);
        assertThat(here.users().find("a1").orElseThrow().roles()).containsExactly("admin");

        var promoted = here.users().setRoles("a2", Set.of("admin"));
        assertThat(promoted.active()).isTrue();
        before.set(() -> there.users().delete("a2"));
        assertThat(refused(() -> here.users().delete("a1"))).isEqualTo(Kind.LAST_ADMIN);
        assertThat(login(here, "a1").principal().may(Permission.ALL))
                .as("put back with its password")
                .isTrue();
    }

    @Test
    void changesOfOneAccountByManyDoNotGetLost() throws Exception {
        AuthEngine engine = fixture.engine();
        createUser(engine, "root", "admin");
        createUser(engine, "anna", "user");
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> changes = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                int number = i;
                changes.add(threads.submit(() -> {
                    for (int n = 0; n < 25; n++) {
                        engine.users().setPassword("anna", Secret.of("pass of thread " + number + " " + n));
                    }
                }));
            }
            for (Future<?> change : changes) {
                change.get(30, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(fixture.store()
                        .find("anna", Deadline.in(java.time.Duration.ofSeconds(10)))
                        .orElseThrow()
                        .version())
                .isEqualTo(101);
    }
}
