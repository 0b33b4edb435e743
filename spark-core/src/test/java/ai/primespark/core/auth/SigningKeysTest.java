package ai.primespark.core.auth;

import static ai.primespark.core.auth.AuthFixture.createUser;
import static ai.primespark.core.auth.AuthFixture.login;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.primespark.auth.AuthUnavailableException;
import ai.primespark.auth.InvalidTokenException;
import ai.primespark.auth.Tokens;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SigningKeysTest {

    private final AuthFixture fixture = new AuthFixture();

    @AfterEach
    void close() {
        fixture.close();
    }

    private static String keyOf(Tokens tokens) throws Exception {
        return JWSObject.parse(tokens.accessToken().reveal()).getHeader().getKeyID();
    }

    private static List<String> published(AuthEngine engine) throws Exception {
        return JWKSet.parse(engine.jwks().orElseThrow()).getKeys().stream()
                .map(JWK::getKeyID)
                .toList();
    }

    private static String rights(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    @Test
    void withoutAConfiguredSecretOneIsMadeOnceForItsOwnerAlone() throws Exception {
        AuthEngine engine = fixture.engine();
        createUser(engine, "anna");
        Path file = fixture.context.directory().resolve("keys/jwt-secret");
        assertThat(file).as("before the first login").doesNotExist();

        Tokens tokens = login(engine, "anna");

        assertThat(rights(file)).isEqualTo("rw-------");
        assertThat(rights(file.getParent())).isEqualTo("rwx------");
        String secret = Files.readString(file).strip();
        assertThat(SecretStrength.isStrong(ai.primespark.Secret.of(secret))).isTrue();
        assertThat(fixture.engine().verify(tokens.accessToken().reveal()).username())
                .as("after a restart")
                .isEqualTo("anna");
        assertThat(Files.readString(file).strip()).isEqualTo(secret);
        assertThat(engine.jwks()).isEmpty();
    }

    @Test
    void aSecretThatOthersMayReadOrThatIsShortIsNotUsed() throws Exception {
        Path file = fixture.context.directory().resolve("keys/jwt-secret");
        Files.createDirectories(file.getParent());
        Files.writeString(file, "0123456789abcdef0123456789abcdef");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        AuthEngine engine = fixture.engine();
        createUser(engine, "anna");
        assertThatExceptionOfType(AuthUnavailableException.class)
                .isThrownBy(() -> login(engine, "anna"))
                .withMessageContaining("log of the server")
                .withMessageNotContaining(file.getParent().toString()) // a client may see it
                .havingCause()
                .withMessageContaining("chmod 600")
                .withMessageNotContaining("0123456789abcdef");

        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        for (String weak : List.of("tiny", "change_me_to_a_secret_key_of_production_please", "ab".repeat(40))) {
            Files.writeString(file, weak);
            assertThatExceptionOfType(AuthUnavailableException.class)
                    .isThrownBy(() -> login(engine, "anna"))
                    .havingCause()
                    .withMessageContaining("256 bits")
                    .withMessageNotContaining(weak);
        }
    }

    /** Each of them reads nothing, makes a secret, and would go on with its own. */
    @Test
    void serversThatBeginTogetherMakeOneSecret() throws Exception {
        AuthEngine before = fixture.engine();
        createUser(before, "anna");
        Path file = fixture.context.directory().resolve("keys/jwt-secret");
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            for (int round = 0; round < 20; round++) {
                Files.deleteIfExists(file);
                before.revokeAll("anna"); // else these logins may crowd one another out
                CyclicBarrier begin = new CyclicBarrier(4);
                List<Future<Tokens>> logins = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    AuthEngine engine = fixture.engine();
                    logins.add(threads.submit(() -> {
                        begin.await();
                        return login(engine, "anna");
                    }));
                }
                AuthEngine last = fixture.engine();
                for (Future<Tokens> login : logins) {
                    String token = login.get(50, TimeUnit.SECONDS).accessToken().reveal();
                    assertThat(last.verify(token).username()).isEqualTo("anna");
                }
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void keysThatCannotBeSeenAreNotTakenForNone() throws Exception {
        Path elsewhere = fixture.context.directory().resolve("not-mounted/keys");
        for (String algorithm : List.of("hs256", "es256")) {
            Path file = fixture.context.directory().resolve(algorithm);
            Files.createSymbolicLink(file, elsewhere);
            AuthEngine engine = fixture.set("jwt.algorithm", algorithm)
                    .set("jwt.keys-file", file)
                    .engine();
            if (algorithm.equals("hs256")) {
                createUser(engine, "anna");
            }
            assertThatExceptionOfType(AuthUnavailableException.class)
                    .as(algorithm)
                    .isThrownBy(() -> login(engine, "anna"));
            assertThat(Files.isSymbolicLink(file)).as(algorithm).isTrue();
        }
    }

    @Test
    void aChangeOfKeysThatFailsIsNotTriedAgainWithEveryLogin() throws Exception {
        AuthEngine engine = fixture.set("jwt.algorithm", "es256")
                .set("jwt.rotate-after", "10 days")
                .engine();
        createUser(engine, "anna");
        String old = keyOf(login(engine, "anna"));
        fixture.pass(Duration.ofDays(10).minusMinutes(30));
        Path lock = fixture.context.directory().resolve("keys/jwt-keys.json.lock");
        Files.delete(lock);
        Files.createDirectory(lock); // so that nothing can be written, whoever runs the test

        assertThat(keyOf(login(engine, "anna"))).as("goes on with it").isEqualTo(old);
        Files.delete(lock);
        assertThat(published(engine)).as("tried just now").containsExactly(old);
        assertThat(keyOf(login(engine, "anna"))).isEqualTo(old);
        fixture.pass(Duration.ofMinutes(5));
        assertThat(published(engine)).hasSize(2);
    }

    @Test
    void keysChangeByThemselvesAndOldOnesVerifyUntilTheirTokensHaveEnded() throws Exception {
        AuthEngine engine = fixture.set("jwt.algorithm", "es256")
                .set("jwt.rotate-after", "10 days")
                .set("access-token-life", "1 h")
                .engine();
        createUser(engine, "anna");
        Tokens first = login(engine, "anna");
        String oldKey = keyOf(first);
        assertThat(published(engine)).containsExactly(oldKey);

        fixture.pass(Duration.ofDays(10).minusMinutes(30)); // the next one is published an hour before it signs
        assertThat(published(engine)).hasSize(2).startsWith(oldKey);
        String newKey = published(engine).get(1);
        Tokens last = login(engine, "anna");
        assertThat(keyOf(last)).as("not yet").isEqualTo(oldKey);

        fixture.pass(Duration.ofMinutes(31));
        Tokens next = login(engine, "anna");
        assertThat(keyOf(next)).isEqualTo(newKey);
        assertThat(engine.verify(last.accessToken().reveal()).username()).isEqualTo("anna");
        assertThat(fixture.engine().verify(last.accessToken().reveal()).username())
                .as("by another process with the same file")
                .isEqualTo("anna");
        assertThat(fixture.counts.of("spark.auth.keys.rotated")).isEqualTo(1);

        fixture.pass(Duration.ofDays(10));
        assertThat(published(engine))
                .as("old keys go when the next one comes")
                .doesNotContain(oldKey)
                .contains(newKey);
        assertThat(rights(fixture.context.directory().resolve("keys/jwt-keys.json")))
                .isEqualTo("rw-------");
    }

    @Test
    void keysThatWouldChangeFasterThanOthersCanFetchThemAreRefused() {
        for (Duration little : List.of(Duration.ofMinutes(59), Duration.ofMinutes(-90))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> AuthSettings.ROTATE_AFTER.parse(little))
                    .withMessageContaining("at least 1 h");
        }
        assertThat(AuthSettings.ROTATE_AFTER.parse("0 s")).isZero();
        assertThat(AuthSettings.ROTATE_AFTER.parse("1 h")).isEqualTo(Duration.ofHours(1));
    }

    @Test
    void serversThatShareTheFileMakeOneKeyAndLearnOfEachOthers() throws Exception {
        AuthEngine here = fixture.set("jwt.algorithm", "es256")
                .set("jwt.rotate-after", "10 days")
                .engine();
        AuthEngine there = fixture.engine();
        createUser(here, "anna");
        Tokens tokens = login(here, "anna");
        assertThat(keyOf(login(there, "anna"))).isEqualTo(keyOf(tokens));

        fixture.pass(Duration.ofDays(10).minusMinutes(30));
        List<String> both = published(here);
        assertThat(both).hasSize(2);
        assertThat(published(there)).isEqualTo(both);
        fixture.pass(Duration.ofHours(1));
        Tokens fresh = login(here, "anna");
        assertThat(keyOf(fresh)).isEqualTo(both.get(1));
        assertThat(there.verify(fresh.accessToken().reveal()).username()).isEqualTo("anna");
    }

    @Test
    void aServerThatWasNotThereWhenItWasTimePublishesBeforeItSigns() throws Exception {
        AuthEngine engine = fixture.set("jwt.algorithm", "es256")
                .set("jwt.rotate-after", "10 days")
                .engine();
        createUser(engine, "anna");
        String old = keyOf(login(engine, "anna"));
        fixture.pass(Duration.ofDays(50));

        assertThat(keyOf(login(engine, "anna"))).isEqualTo(old);
        assertThat(published(engine)).hasSize(2);
        fixture.pass(Duration.ofMinutes(61));
        assertThat(keyOf(login(engine, "anna"))).isNotEqualTo(old);
    }

    @Test
    void aKeyNobodyKnowsIsLookedForOnceInAWhile() throws Exception {
        AuthEngine engine = fixture.set("jwt.algorithm", "es256").engine();
        createUser(engine, "anna");
        Tokens known = login(engine, "anna");
        Path file = fixture.context.directory().resolve("keys/jwt-keys.json");
        String mine = Files.readString(file);
        AuthFixture elsewhere = new AuthFixture().over(fixture.store()).set("jwt.algorithm", "es256");
        AuthEngine other = elsewhere.engine();
        Tokens theirs = login(other, "anna");
        Files.writeString(file, Files.readString(elsewhere.context.directory().resolve("keys/jwt-keys.json")));

        assertThatExceptionOfType(InvalidTokenException.class)
                .as("the file was read just now")
                .isThrownBy(() -> engine.verify(theirs.accessToken().reveal()));
        fixture.pass(Duration.ofSeconds(5));
        assertThat(engine.verify(theirs.accessToken().reveal()).username()).isEqualTo("anna");
        Files.writeString(file, mine);
        fixture.pass(Duration.ofSeconds(5));
        assertThat(engine.verify(known.accessToken().reveal()).username()).isEqualTo("anna");
        elsewhere.close();
    }

    @Test
    void aDamagedFileOfKeysSaysWhatToDoAndIsNotReplaced() throws Exception {
        Path file = fixture.context.directory().resolve("keys/jwt-keys.json");
        Files.createDirectories(file.getParent());
        for (String content : List.of("", "{", "{\"keys\":[{\"kty\":\"oct\",\"k\":\"c2VjcmV0LXZhbHVl\"}]}", "[]")) {
            Files.writeString(file, content);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
            AuthEngine engine = fixture.set("jwt.algorithm", "es256").engine();
            assertThatExceptionOfType(AuthUnavailableException.class)
                    .isThrownBy(engine::jwks)
                    .withMessageContaining("log of the server")
                    .withMessageNotContaining(file.getParent().toString())
                    .havingCause()
                    .withMessageContaining("JWK Set")
                    .withMessageNotContaining("c2VjcmV0");
            assertThat(Files.readString(file)).isEqualTo(content);
        }
    }
}
