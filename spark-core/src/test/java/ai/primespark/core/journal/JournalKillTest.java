package ai.primespark.core.journal;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.testkit.MutableClock;
import java.io.BufferedReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process is killed at random moments while it appends, releases and compacts. */
class JournalKillTest {

    private static final int ROUNDS = Boolean.getBoolean("spark.exhaustive") ? 400 : 8;
    private static final JournalOptions OPTIONS = new JournalOptions(512 << 10, 10_000, 16 << 10, Duration.ZERO);

    @TempDir
    Path temp;

    @Test
    @Timeout(1_800)
    void whatWasAppendedSurvivesUntilItsReleaseBegins() throws Exception {
        long seed = System.nanoTime();
        System.out.println("JournalKillTest seed " + seed + ", " + ROUNDS + " rounds");
        Random random = new Random(seed);
        Path directory = temp.resolve("journal");
        Map<String, Integer> live = new HashMap<>(); // name to size
        for (int round = 0; round < ROUNDS; round++) {
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xshare:auto",
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Appending.class.getName(),
                            directory.toString(),
                            Long.toString(random.nextLong()),
                            "r" + round)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
            int last = 1 + random.nextInt(1_500);
            for (int i = 0; i < last; i++) {
                take(lines.readLine(), live);
            }
            assertThat(process.toHandle().destroyForcibly()).isTrue();
            process.waitFor();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                take(line, live);
            }
            check(directory, live, "seed " + seed + " round " + round);
        }
    }

    private static void take(String line, Map<String, Integer> live) {
        if (line != null && line.endsWith(";")) {
            String[] words = line.substring(0, line.length() - 1).split(" ");
            if (words[0].equals("+")) {
                live.put(words[1], Integer.parseInt(words[2]));
            } else {
                live.remove(words[1]);
            }
        }
    }

    private static void check(Path directory, Map<String, Integer> live, String where) {
        try (DiskJournal journal = DiskJournal.open(directory, OPTIONS, new MutableClock())) {
            Map<String, Integer> found = new HashMap<>();
            journal.replay(kind -> kind == 3, (entry, payload) -> {
                String text = JournalFixture.text(payload);
                String name = text.substring(0, text.indexOf(' '));
                assertThat(text).as(where).isEqualTo(name + " " + "z".repeat(text.length() - name.length() - 1));
                found.put(name, text.length());
            });
            assertThat(found).as(where).containsAllEntriesOf(live);
            assertThat(journal.stats().damaged()).as(where).isZero();
        }
    }

    /** The process that is killed. It says what is on the disk, and what it is about to release. */
    static final class Appending {

        private Appending() {}

        public static void main(String[] args) {
            DiskJournal journal = DiskJournal.open(Path.of(args[0]), OPTIONS, new MutableClock());
            PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
            Map<String, JournalEntry> known = new HashMap<>();
            journal.replay(kind -> kind == 3, (entry, payload) -> {
                String text = JournalFixture.text(payload);
                known.put(text.substring(0, text.indexOf(' ')), entry);
            });
            List<Map.Entry<String, JournalEntry>> old = new ArrayList<>(known.entrySet());
            for (int i = 0; i < 3; i++) {
                int thread = i;
                Random random = new Random(Long.parseLong(args[1]) + i);
                List<Map.Entry<String, JournalEntry>> mine = new ArrayList<>();
                for (int at = thread; at < old.size(); at += 3) {
                    mine.add(old.get(at));
                }
                new Thread(() -> work(journal, out, random, args[2] + "t" + thread, mine)).start();
            }
        }

        private static void work(
                DiskJournal journal,
                PrintStream out,
                Random random,
                String prefix,
                List<Map.Entry<String, JournalEntry>> mine) {
            for (int n = 0; ; n++) {
                String name = prefix + "n" + n;
                String text = name + " " + "z".repeat(random.nextInt(2_000));
                mine.add(Map.entry(name, journal.append(3, JournalFixture.bytes(text), JournalFixture.soon())));
                out.println("+ " + name + " " + text.length() + ";");
                while (mine.size() > 40 || !mine.isEmpty() && random.nextInt(3) == 0) {
                    Map.Entry<String, JournalEntry> gone = mine.remove(random.nextInt(mine.size()));
                    out.println("- " + gone.getKey() + ";");
                    journal.release(gone.getValue());
                }
            }
        }
    }
}
