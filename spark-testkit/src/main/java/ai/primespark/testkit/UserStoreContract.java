package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.Secret;
import ai.primespark.auth.AuthException;
import ai.primespark.auth.User;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.UserStore;
import ai.primespark.spi.UserStore.Account;
import ai.primespark.spi.UserStore.Session;
import ai.primespark.spi.UserStoreProvider;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The rules that every {@link UserStore} keeps; their ids, {@code USER-01} to {@code USER-06}, are explained there. Extend it in a
 * test:
 *
 * <pre>{@code
 * class SqlUserStoreContractTest extends UserStoreContract {
 *     protected UserStoreProvider provider() {
 *         return new SqlUserStoreProvider();
 *     }
 *
 *     protected Map<String, Object> settings(Path directory) {
 *         return Map.of("file", directory.resolve("users.db"));
 *     }
 * }
 * }</pre>
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class UserStoreContract {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Instant BEGIN = Instant.parse("2026-03-01T08:15:30.123Z");
    private static final String CANARY = "c4nary5ecretHash";
    private static final int RIVALS = 8;

    private final List<UserStore> opened = new ArrayList<>();
    private TestContext context;

    /** For subclasses. */
    protected UserStoreContract() {}

    /**
     * The provider whose stores are tested.
     *
     * @return a provider
     */
    protected abstract UserStoreProvider provider();

    /**
     * Settings for one storage. Stores that are given the same directory must find the same accounts, if they are durable; stores
     * of other directories must not. Each test uses a directory of its own.
     *
     * @param directory a directory for the storage that does not exist yet; stores that have no use for it take its path as a name
     * @return values by setting name; none unless overridden
     */
    protected Map<String, Object> settings(Path directory) {
        return Map.of();
    }

    /**
     * Makes a store that is not started yet.
     *
     * @param given with the settings
     * @return what the provider makes, unless overridden for one that needs more than that
     */
    protected UserStore create(ProviderContext given) {
        return provider().create(given);
    }

    /**
     * Whether what was kept is there after close and open.
     *
     * @return true unless overridden
     */
    protected boolean isDurable() {
        return true;
    }

    @BeforeEach
    void contractOpensContext() {
        context = TestContext.create();
    }

    @AfterEach
    void contractClosesStores() {
        try {
            opened.forEach(UserStoreContract::close);
        } finally {
            opened.clear();
            context.close();
        }
    }

    private UserStore open() {
        TestContext own = context.with(provider(), settings(context.directory().resolve("storage")));
        UserStore store = run("create()", () -> create(own));
        opened.add(store);
        run("start()", () -> {
            store.start();
            return true;
        });
        return store;
    }

    private static void close(UserStore store) {
        run("close()", () -> {
            store.close();
            return true;
        });
    }

    private static <T extends @Nullable Object> T run(String what, Callable<T> work) {
        return Bounded.run(PATIENCE, what, work);
    }

    private static Deadline soon() {
        return Deadline.in(PATIENCE);
    }

    private static Account account(String name, long version) {
        return new Account(
                new User(name, Set.of("admin", "night-watch"), version % 2 == 1, BEGIN, BEGIN.plusMillis(version)),
                Secret.of(
                        "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$" + CANARY + name.hashCode() + "v" + version),
                version);
    }

    private static Session session(String id, String name, long version) {
        return new Session(
                id,
                name,
                BEGIN,
                BEGIN.plusMillis(1),
                Secret.of(CANARY + id + "v" + version),
                Instant.now().truncatedTo(ChronoUnit.MILLIS).plus(Duration.ofDays(1)),
                version);
    }

    private static boolean create(UserStore store, Account account) {
        return run("create", () -> store.create(account, soon()));
    }

    private static boolean save(UserStore store, Session session) {
        return run("saveSession", () -> store.saveSession(session, soon()));
    }

    private static Optional<Account> find(UserStore store, String name) {
        return run("find", () -> store.find(name, soon()));
    }

    private static Optional<Session> findSession(UserStore store, String id) {
        return run("findSession", () -> store.findSession(id, soon()));
    }

    private static List<String> names(UserStore store, @Nullable String after, int limit) {
        return run("list", () -> store.list(after, limit, soon())).stream()
                .map(account -> account.user().username())
                .toList();
    }

    /** Does one thing on several threads at the same moment, and says how often it was true. */
    private static int winners(Callable<Boolean> change) {
        CountDownLatch begin = new CountDownLatch(1);
        List<FutureTask<Boolean>> rivals = new ArrayList<>();
        for (int i = 0; i < RIVALS; i++) {
            rivals.add(Bounded.start("a rival", () -> {
                begin.await();
                return change.call();
            }));
        }
        begin.countDown();
        int won = 0;
        for (Future<Boolean> rival : rivals) {
            won += Bounded.result(PATIENCE, "a rival", rival) ? 1 : 0;
        }
        return won;
    }

    @Test
    @DisplayName("USER-01 what was created or replaced is what is found, also after close and open")
    void whatWasKeptIsFound() {
        UserStore store = open();
        assertThat(find(store, "anna")).as("before it is created").isEmpty();
        assertThat(findSession(store, "s1")).as("before it is saved").isEmpty();
        Account anna = account("anna", 1);
        Account changed = account("anna", 2);
        Account bert = account("b.e_r-t@home", 1);
        Session session = session("s1-_A", "anna", 1);
        Session renewed = session("s1-_A", "anna", 2);
        assertThat(create(store, anna)).isTrue();
        assertThat(find(store, "anna")).as("created").contains(anna);
        assertThat(create(store, bert)).isTrue();
        assertThat(run("replace", () -> store.replace(changed, soon()))).isTrue();
        assertThat(find(store, "anna")).as("replaced").contains(changed);
        assertThat(save(store, session)).isTrue();
        assertThat(findSession(store, session.id())).as("saved").contains(session);
        assertThat(save(store, renewed)).isTrue();

        UserStore again = store;
        if (isDurable()) {
            close(store);
            again = open();
        }
        assertThat(find(again, "anna")).contains(changed);
        assertThat(find(again, "b.e_r-t@home")).contains(bert);
        assertThat(findSession(again, session.id())).contains(renewed);
        UserStore last = again;
        assertThat(run("sessions", () -> last.sessions("anna", soon()))).containsExactly(renewed);
        assertThat(run("sessions", () -> last.sessions("b.e_r-t@home", soon()))).isEmpty();
    }

    @Test
    @DisplayName("USER-02 of many creations of one name, or changes of one version, exactly one is true")
    void oneOfManyChangesWins() {
        UserStore store = open();
        assertThat(winners(() -> store.create(account("anna", 1), soon())))
                .as("creations of one name")
                .isEqualTo(1);
        assertThat(winners(() -> store.replace(account("anna", 2), soon())))
                .as("replacements of one version")
                .isEqualTo(1);
        assertThat(winners(() -> store.saveSession(session("s1", "anna", 1), soon())))
                .as("new sessions of one id")
                .isEqualTo(1);
        assertThat(winners(() -> store.saveSession(session("s1", "anna", 2), soon())))
                .as("changes of one version of a session")
                .isEqualTo(1);
        assertThat(winners(() -> store.deleteSession("s1", 2, soon())))
                .as("deletions of one session")
                .isEqualTo(1);
        assertThat(winners(() -> store.delete("anna", 2, soon())))
                .as("deletions of one account")
                .isEqualTo(1);
    }

    @Test
    @DisplayName("USER-02 a change of another version than the one that is there is refused and changes nothing")
    void changesOfOtherVersionsAreRefused() {
        UserStore store = open();
        assertThat(run("replace", () -> store.replace(account("anna", 2), soon())))
                .as("replacing none")
                .isFalse();
        assertThat(save(store, session("s1", "anna", 2))).as("changing none").isFalse();
        assertThat(create(store, account("anna", 1))).isTrue();
        assertThat(save(store, session("s1", "anna", 1))).isTrue();
        for (long version : new long[] {1, 3, 4}) {
            assertThat(run("replace", () -> store.replace(account("anna", version), soon())))
                    .as("replacing 1 by %s", version)
                    .isFalse();
        }
        for (long version : new long[] {0, 2}) {
            assertThat(run("delete", () -> store.delete("anna", version, soon())))
                    .as("deleting version %s", version)
                    .isFalse();
            assertThat(run("deleteSession", () -> store.deleteSession("s1", version, soon())))
                    .as("deleting version %s of a session", version)
                    .isFalse();
        }
        assertThat(create(store, account("anna", 1))).as("creating again").isFalse();
        assertThat(save(store, session("s1", "anna", 1))).as("adding again").isFalse();
        assertThat(save(store, session("s1", "anna", 3)))
                .as("skipping a version")
                .isFalse();
        assertThat(find(store, "anna")).contains(account("anna", 1));
        assertThat(findSession(store, "s1").map(Session::version)).contains(1L);
        assertThat(run("delete", () -> store.delete("bert", 1, soon())))
                .as("deleting nobody")
                .isFalse();
    }

    @Test
    @DisplayName("USER-03 listing gives every account once, sorted by the code units of its name")
    void listingIsSortedAndComplete() {
        UserStore store = open();
        assertThat(names(store, null, 10)).isEmpty();
        for (String name : List.of("b", "a.b", "a-b", "a_b", "ab", "a", "zz", "0", "a@b")) {
            assertThat(create(store, account(name, 1))).isTrue();
        }
        assertThat(names(store, null, 100)).containsExactly("0", "a", "a-b", "a.b", "a@b", "a_b", "ab", "b", "zz");
        assertThat(names(store, null, 3)).containsExactly("0", "a", "a-b");
        assertThat(names(store, "a-b", 2)).containsExactly("a.b", "a@b");
        assertThat(names(store, "aa", 100)).as("after one that is not there").containsExactly("ab", "b", "zz");
        assertThat(names(store, "zz", 5)).isEmpty();
    }

    @Test
    @DisplayName("USER-03 whoever was there throughout is listed, while others come and go")
    void listingIsSteady() {
        UserStore store = open();
        List<String> steady = Stream.of("b", "d", "f", "h", "j", "l").toList();
        steady.forEach(name -> create(store, account(name, 1)));
        AtomicBoolean stop = new AtomicBoolean();
        FutureTask<Boolean> traffic = Bounded.start("others come and go", () -> {
            while (!stop.get()) {
                for (String name : List.of("a", "c", "e", "g", "i", "k", "m")) {
                    store.create(account(name, 1), soon());
                    store.delete(name, 1, soon());
                }
            }
            return true;
        });
        try {
            for (int i = 0; i < 10; i++) {
                List<String> all = new ArrayList<>();
                String after = null;
                List<String> page;
                do {
                    page = names(store, after, 2);
                    all.addAll(page);
                    after = page.isEmpty() ? after : page.get(page.size() - 1);
                } while (page.size() == 2);
                assertThat(all).as("all pages").doesNotHaveDuplicates().isSorted();
                assertThat(all).as("those who were there throughout").containsAll(steady);
            }
        } finally {
            stop.set(true);
        }
        assertThat(Bounded.result(PATIENCE, "others come and go", traffic)).isTrue();
        assertThat(names(store, null, 100)).containsExactlyElementsOf(steady);
    }

    @Test
    @DisplayName("USER-04 deleting an account deletes its sessions, and what was deleted is not saved again")
    void sessionsGoWithTheirAccount() {
        UserStore store = open();
        List.of("anna", "ann", "anna2").forEach(name -> create(store, account(name, 1)));
        save(store, session("a1", "anna", 1));
        save(store, session("a2", "anna", 1));
        save(store, session("b1", "ann", 1));
        save(store, session("c1", "anna2", 1));
        save(store, session("c2", "anna2", 1));

        assertThat(run("deleteSession", () -> store.deleteSession("c1", 1, soon())))
                .isTrue();
        assertThat(save(store, session("c1", "anna2", 2)))
                .as("renewing what was deleted")
                .isFalse();
        assertThat(run("delete", () -> store.delete("anna", 1, soon()))).isTrue();
        assertThat(find(store, "anna")).isEmpty();
        assertThat(findSession(store, "a1"))
                .as("a session of the deleted account")
                .isEmpty();
        assertThat(findSession(store, "a2"))
                .as("a session of the deleted account")
                .isEmpty();
        assertThat(save(store, session("a1", "anna", 2)))
                .as("renewing a session of the deleted account")
                .isFalse();
        assertThat(run("sessions", () -> store.sessions("anna", soon()))).isEmpty();
        assertThat(findSession(store, "b1")).as("another user's session").isPresent();
        assertThat(run("deleteSessions", () -> store.deleteSessions("anna2", soon())))
                .isEqualTo(1);
        assertThat(findSession(store, "c2")).isEmpty();
        assertThat(findSession(store, "b1")).as("another user's session").isPresent();
        assertThat(find(store, "anna2")).as("the account of deleted sessions").isPresent();
    }

    @Test
    @DisplayName("USER-04 purging takes the sessions that have ended and no others")
    void purgingTakesWhatHasEnded() {
        UserStore store = open();
        create(store, account("anna", 1));
        Instant now = context.clock().instant().truncatedTo(ChronoUnit.MILLIS);
        save(store, ending("over", now.minus(Duration.ofHours(2))));
        save(store, ending("now", now));
        save(store, ending("soon", now.plusMillis(1)));
        run("purgeSessions", () -> store.purgeSessions(now, soon()));
        assertThat(findSession(store, "over")).as("ended long ago").isEmpty();
        assertThat(findSession(store, "now")).as("ends at that moment").isEmpty();
        assertThat(findSession(store, "soon")).as("ends later").isPresent();
        assertThat(run("purgeSessions", () -> store.purgeSessions(now, soon()))).isZero();
    }

    private static Session ending(String id, Instant end) {
        Session session = session(id, "anna", 1);
        return new Session(
                id,
                "anna",
                session.createdAt(),
                session.passwordChangedAt(),
                session.refreshHash(),
                end,
                session.version());
    }

    @Test
    @DisplayName("USER-05 hashes print nowhere, and files that hold them are their owner's alone")
    void hashesStayInside() throws IOException {
        UserStore store = open();
        create(store, account("anna", 1));
        save(store, session("s1", "anna", 1));
        List<String> said = new ArrayList<>(List.of(
                store.toString(),
                find(store, "anna").toString(),
                findSession(store, "s1").toString()));
        List<String> open = new ArrayList<>();
        for (Path file : filesWithHashes()) {
            if (!PosixFilePermissions.toString(Files.getPosixFilePermissions(file))
                    .equals("rw-------")) {
                open.add(file.toString());
            }
        }
        assertThat(open).as("files with hashes that others may read").isEmpty();
        close(store);
        said.add(everything(Bounded.failure(PATIENCE, "find", () -> store.find("anna", soon()))));
        said.add(everything(Bounded.failure(PATIENCE, "create", () -> store.create(account("anna", 1), soon()))));
        said.add(everything(
                Bounded.failure(PATIENCE, "saveSession", () -> store.saveSession(session("s1", "anna", 2), soon()))));
        assertThat(said.stream().anyMatch(text -> text.contains(CANARY)))
                .as("a hash shows")
                .isFalse();
    }

    private List<Path> filesWithHashes() throws IOException {
        try (Stream<Path> files = Files.walk(context.directory())) {
            List<Path> found = new ArrayList<>();
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(CANARY)) {
                    found.add(file);
                }
            }
            return found;
        }
    }

    private static String everything(@Nullable Throwable failure) {
        StringBuilder text = new StringBuilder();
        for (Throwable one = failure; one != null; one = one.getCause()) {
            text.append(one).append('\n');
        }
        return text.toString();
    }

    @Test
    @DisplayName("USER-06 after close every method fails with an AuthException, and closing twice is harmless")
    void nothingWorksAfterClose() {
        UserStore store = open();
        create(store, account("anna", 1));
        close(store);
        close(store);
        List<Callable<?>> calls = List.of(
                () -> store.find("anna", soon()),
                () -> store.list(null, 1, soon()),
                () -> store.create(account("bert", 1), soon()),
                () -> store.replace(account("anna", 2), soon()),
                () -> store.delete("anna", 1, soon()),
                () -> store.findSession("s1", soon()),
                () -> store.sessions("anna", soon()),
                () -> store.saveSession(session("s1", "anna", 1), soon()),
                () -> store.deleteSession("s1", 1, soon()),
                () -> store.deleteSessions("anna", soon()),
                () -> store.purgeSessions(BEGIN, soon()));
        for (int i = 0; i < calls.size(); i++) {
            assertThat(Bounded.failure(PATIENCE, "a call after close", calls.get(i)))
                    .as("call %s after close", i + 1)
                    .isInstanceOf(AuthException.class);
        }
    }
}
