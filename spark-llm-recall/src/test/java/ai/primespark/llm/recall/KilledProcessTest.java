package ai.primespark.llm.recall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ai.primespark.llm.Document;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What another process does with the index, and what is left when it is killed in the middle of its work. */
@Timeout(120)
class KilledProcessTest {

    private static final int ACKNOWLEDGED = 20;

    @TempDir
    private Path temp;

    @Test
    void theLockHoldsBetweenProcessesAndWhatWasAcknowledgedSurvivesAKill() throws Exception {
        Path index = temp.resolve("index");
        Process writer = startWriter(index);
        int acknowledged = 0;
        try (BufferedReader reports = writer.inputReader()) {
            while (acknowledged < ACKNOWLEDGED) {
                String report = reports.readLine();
                assertThat(report).as(() -> "what the writer said: " + errors()).isNotNull();
                acknowledged = Integer.parseInt(report);
            }
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> RecallFixture.start(Map.of("path", index)))
                    .withMessageContaining(index.toString())
                    .withMessageContaining("in use");
        } finally {
            writer.destroyForcibly();
            assertThat(writer.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }

        try (RecallFixture recall = RecallFixture.start(Map.of("path", index))) {
            assertThat(recall.documents().size()).isGreaterThanOrEqualTo(acknowledged);
            assertThat(recall.documents().search("pump number " + acknowledged, 1))
                    .singleElement()
                    .satisfies(passage -> assertThat(passage.text()).contains("pump"));
            recall.documents().add(List.of(Document.of("after", "After", "The chimney was swept.")));
            assertThat(recall.documents().search("chimney", 1)).hasSize(1);
        }
    }

    private Process startWriter(Path index) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "-Djava.io.tmpdir=" + temp, // what it leaves behind goes with the test's directory
                        Writer.class.getName(),
                        index.toString())
                .redirectError(temp.resolve("errors.txt").toFile())
                .start();
    }

    private String errors() {
        try {
            return Files.readString(temp.resolve("errors.txt"));
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** Adds documents until it is killed and says after each how many there are. */
    static final class Writer {

        private Writer() {}

        public static void main(String[] args) throws Exception {
            RecallFixture recall = RecallFixture.start(Map.of("path", args[0]));
            for (int n = 1; n < 1_000_000; n++) {
                recall.documents().add(List.of(Document.of("d" + n, "Pumps", "The pump number " + n + " is sound.")));
                System.out.println(n);
            }
        }
    }
}
