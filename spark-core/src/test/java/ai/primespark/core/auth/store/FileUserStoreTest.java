package ai.primespark.core.auth.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.Secret;
import ai.primespark.SparkException;
import ai.primespark.auth.AuthUnavailableException;
import ai.primespark.auth.User;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.UserStore.Account;
import ai.primespark.spi.UserStore.Session;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileUserStoreTest {

    private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");
    private static final String HASH = "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0$c2VjcmV0c2VjcmV0";

    @TempDir
    Path dir;

    private static Deadline soon() {
        return Deadline.in(Duration.ofSeconds(30));
    }

    private FileUserStore open() throws IOException {
        FileUserStore store = new FileUserStore(dir.resolve("users"));
        store.start();
        return store;
    }

    private static Account account(String name, long version) {
        return new Account(new User(name, Set.of("user"), true, BEGIN, BEGIN), Secret.of(HASH), version);
    }

    private static Session session(String id, String name) {
        return new Session(id, name, BEGIN, BEGIN, Secret.of("a.b"), BEGIN.plusSeconds(9), 1);
    }

    @Test
    void filesAndDirectoryAreTheOwnersAlone() throws Exception {
        FileUserStore store = open();
        assertThat(store.create(account("anna", 1), soon())).isTrue();
        assertThat(store.saveSession(session("s", "anna"), soon())).isTrue();
        store.close();

        Path users = dir.resolve("users");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(users)))
                .isEqualTo("rwx------");
        try (Stream<Path> files = Files.list(users)) {
            List<Path> all = files.toList();
            assertThat(all)
                    .extracting(file -> file.getFileName().toString())
                    .containsExactlyInAnyOrder("accounts.json", "sessions.json", "lock");
            for (Path file : all) {
                if (!file.endsWith("lock")) {
                    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                            .isEqualTo("rw-------");
                }
            }
        }
    }

    @Test
    void aDamagedFileIsNeverTakenForAnEmptyOne() throws Exception {
        FileUserStore store = open();
        assertThat(store.create(account("anna", 1), soon())).isTrue();
        store.close();
        Path file = dir.resolve("users/accounts.json");
        String whole = Files.readString(file);
        for (String damaged : List.of(
                "",
                "{}",
                "[]",
                "null",
                whole.substring(0, whole.length() / 2),
                whole.replace("\"version\":1", "\"version\":\"one\""),
                whole.replace("anna", "NOT A NAME"),
                whole.replace("2026-01-01T00:00:00Z", "yesterday"),
                whole.replace("\"format\":1", "\"format\":2"),
                whole + "x")) {
            Files.writeString(file, damaged);
            FileUserStore next = new FileUserStore(dir.resolve("users"));
            assertThatThrownBy(next::start)
                    .as(damaged)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("accounts.json")
                    .satisfies(e -> assertThat(e.toString() + e.getCause()).doesNotContain(HASH, "yesterday"));
            next.close();
            assertThat(Files.readString(file)).as("is left as it was").isEqualTo(damaged);
        }
        Files.writeString(
                file,
                whole.replace("\"format\":1,", "\"format\":1,\"later\":{\"a\":[1,{}]},")
                        .replace("\"active\":true,", "\"active\":true,\"nickname\":\"Ann\",\"devices\":{\"x\":1},"));
        FileUserStore last = open();
        assertThat(last.find("anna", soon())).as("fields of a later version").contains(account("anna", 1));
        last.close();
    }

    /** Such as one on a disk that is not mounted; else anybody could become the first administrator. */
    @Test
    void aFileThatCannotBeSeenIsNotTakenForNone() throws Exception {
        Path users = Files.createDirectory(dir.resolve("users"));
        for (String name : List.of("accounts.json", "sessions.json")) {
            Path link = Files.createSymbolicLink(
                    users.resolve(name), dir.resolve("not-mounted").resolve(name));
            FileUserStore store = new FileUserStore(users);
            assertThatThrownBy(store::start).isInstanceOf(IOException.class).hasMessageContaining(name);
            store.close();
            Files.delete(link);
        }
        open().close();
    }

    @Test
    void whatAKilledProcessHasLeftIsRemoved() throws Exception {
        Path users = Files.createDirectory(dir.resolve("users"));
        Path left = Files.writeString(users.resolve("accounts.json.abc-17.tmp"), HASH);
        Path copy = Files.writeString(users.resolve("accounts.json.bak"), "the owner's");
        open().close();
        assertThat(left).doesNotExist();
        assertThat(copy).exists();
    }

    @Test
    void aFileThatOthersMayReadIsRefused() throws Exception {
        FileUserStore store = open();
        assertThat(store.create(account("anna", 1), soon())).isTrue();
        store.close();
        Path file = dir.resolve("users/accounts.json");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        FileUserStore next = new FileUserStore(dir.resolve("users"));
        assertThatThrownBy(next::start).hasMessageContaining("chmod 600");
        next.close();
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        open().close();
    }

    @Test
    void aSecondStoreInTheSameDirectoryIsRefusedUntilTheFirstIsClosed() throws Exception {
        FileUserStore store = open();
        FileUserStore second = new FileUserStore(dir.resolve("users"));
        assertThatExceptionOfType(SparkException.class)
                .isThrownBy(second::start)
                .withMessageContaining("the user store in ")
                .withMessageContaining("in use by");
        second.close();
        assertThat(store.create(account("anna", 1), soon()))
                .as("the first one is not hurt")
                .isTrue();
        store.close();
        open().close();
    }

    @Test
    void whatCannotBeWrittenDoesNotCount() throws Exception {
        FileUserStore store = open();
        assertThat(store.create(account("anna", 1), soon())).isTrue();
        Path file = dir.resolve("users/accounts.json");
        Files.delete(file);
        Files.createDirectory(file); // so that nothing can take its place, whoever runs the test
        Files.createFile(file.resolve("occupied"));

        assertThatExceptionOfType(AuthUnavailableException.class)
                .isThrownBy(() -> store.create(account("bert", 1), soon()))
                .withMessageContaining("cannot be written")
                .withMessageNotContaining(dir.toString()); // a client may see it
        assertThat(store.find("bert", soon())).isEmpty();
        assertThat(store.find("anna", soon())).isPresent();
        Files.delete(file.resolve("occupied"));
        Files.delete(file);
        assertThat(store.create(account("bert", 1), soon())).isTrue();
        store.close();
        FileUserStore again = open();
        assertThat(again.list(null, 10, soon())).hasSize(2);
        again.close();
    }

    @Test
    void anInterruptNeitherFailsNorShortensAWrite() throws Exception {
        FileUserStore store = open();
        assertThat(store.create(account("anna", 1), soon())).isTrue();
        Thread.currentThread().interrupt();
        boolean created = false;
        try {
            created = store.saveSession(session("s", "anna"), soon());
        } catch (AuthUnavailableException e) { // it may be told before it began, and then nothing has happened
            assertThat(e).hasMessageContaining("interrupted");
        }
        assertThat(Thread.interrupted()).isTrue();
        store.close();
        FileUserStore again = open();
        assertThat(again.findSession("s", soon()).isPresent()).isEqualTo(created);
        again.close();
    }

    @Test
    void sessionsOfAccountsThatAreGoneAreLeftOut() throws Exception {
        FileUserStore store = open();
        assertThat(store.create(account("anna", 1), soon())).isTrue();
        assertThat(store.create(account("bert", 1), soon())).isTrue();
        assertThat(store.saveSession(session("a", "anna"), soon())).isTrue();
        assertThat(store.saveSession(session("b", "bert"), soon())).isTrue();
        String sessions = Files.readString(dir.resolve("users/sessions.json"));
        assertThat(store.delete("anna", 1, soon())).isTrue();
        store.close();
        Files.writeString(dir.resolve("users/sessions.json"), sessions); // as an old copy would bring back

        FileUserStore again = open();
        assertThat(again.findSession("a", soon())).isEmpty();
        assertThat(again.findSession("b", soon())).isPresent();
        again.close();
    }
}
