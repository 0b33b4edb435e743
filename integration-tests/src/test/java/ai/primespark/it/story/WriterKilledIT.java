package ai.primespark.it.story;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.it.JavaProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that writes through the facade is killed at random moments; every write that it acknowledged is there. */
class WriterKilledIT {

    @TempDir
    Path directory;

    /** Writes to a handful of keys for ever, and prints each acknowledged write, or the deletion of a key. */
    public static final class Writer {
        private Writer() {}

        public static void main(String[] args) {
            try (PrimeSpark spark = open(Path.of(args[0]))) {
                for (int i = Integer.parseInt(args[1]); ; i++) {
                    String key = "key-" + i % 7;
                    if (i % 11 == 10) {
                        spark.memory().delete(key);
                        System.out.println("deleted " + key + " " + i);
                    } else {
                        spark.memory().put(key, "value-" + i);
                        System.out.println("stored " + key + " " + i);
                    }
                }
            }
        }
    }

    private static PrimeSpark open(Path data) {
        return PrimeSpark.builder()
                .config(SparkConfig.empty().with("primespark.data-dir", data))
                .discovery(false)
                .build();
    }

    @Test
    void nothingAcknowledgedIsLostAndNothingDeletedComesBack() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int rounds = Boolean.getBoolean("spark.exhaustive") ? 200 : 12;
        Map<String, Integer> lastAcknowledged = new HashMap<>(); // negative: deleted
        int next = 1;
        for (int round = 0; round < rounds; round++) {
            try (JavaProcess writer = JavaProcess.classPath(
                    directory, Map.of(), Writer.class, directory.toString(), String.valueOf(next))) {
                int target = 1 + random.nextInt(150);
                await().atMost(Duration.ofSeconds(60))
                        .pollInterval(Duration.ofMillis(1))
                        .until(() -> writer.lines().size() >= target || !writer.isAlive());
                writer.kill();
                for (String line : writer.lines()) {
                    String[] words = line.split(" ");
                    if (words.length == 3 && words[2].matches("\\d+")) {
                        int number = Integer.parseInt(words[2]);
                        lastAcknowledged.put(words[1], words[0].equals("deleted") ? -number : number);
                        next = Math.max(next, number + 1);
                    }
                }
            }
            check(lastAcknowledged, next, "seed " + seed + " round " + round);
            next += 100; // what the killed process may have written without saying so stays below
        }
        System.out.println(rounds + " rounds, seed " + seed + ", nothing lost");
    }

    /** The write after the last acknowledged one may have happened too; nothing older may be seen. */
    private void check(Map<String, Integer> lastAcknowledged, int next, String context) {
        try (PrimeSpark spark = open(directory)) {
            lastAcknowledged.forEach((key, last) -> {
                String value = spark.memory().find(key, String.class).orElse("");
                int found = value.isEmpty() ? 0 : Integer.parseInt(value.substring("value-".length()));
                if (last > 0) {
                    boolean deletedByTheUnacknowledged =
                            value.isEmpty() && next % 11 == 10 && key.equals("key-" + next % 7);
                    assertThat(found >= last || deletedByTheUnacknowledged)
                            .as("%s: %s has '%s', acknowledged was %d", context, key, value, last)
                            .isTrue();
                } else {
                    assertThat(found == 0 || found > -last)
                            .as("%s: %s has '%s', deleted was %d", context, key, value, -last)
                            .isTrue();
                }
            });
        }
    }
}
