package ai.primespark.llm.recall;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.llm.Document;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Neither Lucene nor the JVM says anything on an application's console. */
class QuietStartTest {

    @TempDir
    private Path temp;

    @Test
    void aProcessThatUsesTheIndexPrintsNothingByItself() throws Exception {
        Process user = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "-Djava.io.tmpdir=" + temp,
                        User.class.getName(),
                        temp.resolve("index").toString())
                .redirectErrorStream(true)
                .start();
        String printed = new String(user.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(user.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(printed.strip()).isEqualTo("found 1");
    }

    @Test
    void aLevelThatTheApplicationHasSetStays() {
        Logger adviser = Logger.getLogger("org.apache.lucene.internal.vectorization.VectorizationProvider");
        Level before = adviser.getLevel();
        try {
            adviser.setLevel(Level.FINE);
            QuietLucene.prepare();
            assertThat(adviser.getLevel()).isEqualTo(Level.FINE);
        } finally {
            adviser.setLevel(before);
        }
    }

    /** Adds a document and finds it. */
    static final class User {

        private User() {}

        public static void main(String[] args) throws Exception {
            try (RecallFixture recall = RecallFixture.start(Map.of("path", args[0]))) {
                recall.documents().add(List.of(Document.of("door", "Door", "The door is green.")));
                System.out.println(
                        "found " + recall.documents().search("door", 3).size());
            }
        }
    }
}
