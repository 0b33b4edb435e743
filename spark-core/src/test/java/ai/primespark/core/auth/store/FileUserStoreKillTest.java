package ai.primespark.core.auth.store;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.Secret;
import ai.primespark.auth.User;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.UserStore;
import ai.primespark.spi.UserStore.Account;
import ai.primespark.spi.UserStore.Session;
import java.io.BufferedReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process is killed at random moments while its threads change accounts and sessions of one file store. */
class FileUserStoreKillTest {

    private static final int ROUNDS = Boolean.getBoolean("spark.exhaustive") ? 200 : 5;
    private static final int THREADS = 3;

    @TempDir
    Path temp;

    /** What was acknowledged, by name or id: the version, or 0 when it was deleted. */
    private final Map<String, Long> acknowledged = new HashMap<>();

    /** What was about to be done when the process was killed: may be done or not. */
    private final Map<String, Long> begun = new HashMap<>();

    private void take(String line) {
        if (line == null || !line.endsWith(";")) {
            return; // torn by the kill
        }
        String[] words = line.substring(0, line.length() - 1).split(" ");
        (words[0].equals("done") ? acknowledged : begun).put(words[1], Long.valueOf(words[2]));
    }

    @Test
    @Timeout(3_600)
    void whatWasAcknowledgedSurvives() throws Exception {
        long seed = System.nanoTime();
        System.out.println("FileUserStoreKillTest seed " + seed + ", " + ROUNDS + " rounds");
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xshare:auto",
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Working.class.getName(),
                            temp.resolve("users").toString(),
                            Long.toString(random.nextLong()))
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
            int last = 1 + random.nextInt(400);
            for (int i = 0; i < last; i++) {
                take(lines.readLine());
            }
            assertThat(process.toHandle().destroyForcibly()).isTrue();
            process.waitFor();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                take(line);
            }
            check("seed " + seed + " round " + round);
        }
        assertThat(acknowledged.keySet().stream().filter(key -> key.startsWith("s")))
                .isNotEmpty();
        assertThat(acknowledged.keySet().stream().filter(key -> key.startsWith("u")))
                .isNotEmpty();
    }

    private void check(String where) throws Exception {
        try (UserStore store = open(temp.resolve("users"))) {
            acknowledged.forEach((key, version) -> {
                long found = version(store, key);
                assertThat(found == version || found == begun.getOrDefault(key, version))
                        .as(
                                "%s: %s was acknowledged at %s and begun at %s, and is at %s",
                                where, key, version, begun.get(key), found)
                        .isTrue();
            });
            acknowledged.replaceAll((key, version) -> version(store, key));
        }
        try (Stream<Path> files = Files.list(temp.resolve("users"))) {
            List<String> left = files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".json"))
                    .toList();
            assertThat(left).isNotEmpty();
        }
    }

    static long version(UserStore store, String key) {
        return key.startsWith("u")
                ? store.find(key, soon()).map(Account::version).orElse(0L)
                : store.findSession(key, soon()).map(Session::version).orElse(0L);
    }

    static UserStore open(Path directory) throws Exception {
        UserStore store = new FileUserStore(directory);
        store.start();
        return store;
    }

    static Deadline soon() {
        return Deadline.in(Duration.ofSeconds(60));
    }

    /** The process that is killed. Each thread has names of its own, and says what it begins and what was acknowledged. */
    static final class Working {

        private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");

        private Working() {}

        public static void main(String[] args) throws Exception {
            UserStore store = open(Path.of(args[0]));
            PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
            boolean unused = store.create(account("owner", 1), soon());
            for (int i = 0; i < THREADS; i++) {
                int thread = i;
                Random random = new Random(Long.parseLong(args[1]) + i);
                new Thread(() -> {
                            while (true) {
                                step(
                                        store,
                                        out,
                                        random,
                                        (random.nextBoolean() ? "u" : "s") + thread + "-" + random.nextInt(8));
                            }
                        })
                        .start();
            }
        }

        private static void step(UserStore store, PrintStream out, Random random, String key) {
            long now = version(store, key);
            long next = now > 0 && random.nextInt(3) == 0 ? 0 : now + 1;
            out.println("begun " + key + " " + next + ";");
            boolean ok;
            if (key.startsWith("u")) {
                ok = next == 0
                        ? store.delete(key, now, soon())
                        : now == 0 ? store.create(account(key, 1), soon()) : store.replace(account(key, next), soon());
            } else {
                ok = next == 0
                        ? store.deleteSession(key, now, soon())
                        : store.saveSession(
                                new Session(key, "owner", BEGIN, BEGIN, Secret.of("a.b"), BEGIN, next), soon());
            }
            if (!ok) {
                throw new IllegalStateException(key + " is nobody else's");
            }
            out.println("done " + key + " " + next + ";");
        }

        private static Account account(String name, long version) {
            return new Account(
                    new User(name, Set.of("user"), true, BEGIN, BEGIN.plusSeconds(version)),
                    Secret.of("$argon2id$x"),
                    version);
        }
    }
}
