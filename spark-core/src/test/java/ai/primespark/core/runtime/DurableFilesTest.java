package ai.primespark.core.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DurableFilesTest {

    @TempDir
    Path directory;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static List<String> names(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void makesDirectoriesAndReplacesWithoutLeavingAnythingElse() throws IOException {
        Path file = directory.resolve("a/b/state.json");
        DurableFiles.replace(file, bytes("the first, which is longer"));
        DurableFiles.replace(file, bytes("second"));
        assertThat(file).hasContent("second");
        assertThat(names(file.resolveSibling("."))).containsExactly("state.json");
    }

    @Test
    void anInterruptNeitherFailsTheWriteNorIsLost() {
        Path file = directory.resolve("state.json");
        Thread.currentThread().interrupt();
        boolean stillInterrupted;
        try {
            DurableFiles.replace(file, bytes("written all the same"));
        } catch (IOException e) {
            throw new AssertionError(e);
        } finally {
            stillInterrupted = Thread.interrupted();
        }
        assertThat(stillInterrupted).isTrue();
        assertThat(file).hasContent("written all the same");
    }

    @Test
    void aFailureLeavesWhatWasThereAndNothingOfTheAttempt() throws IOException {
        Path file = directory.resolve("state.json");
        Files.createDirectories(file.resolve("in the way"));
        assertThatThrownBy(() -> DurableFiles.replace(file, bytes("never"))).isInstanceOf(IOException.class);
        assertThat(file.resolve("in the way")).isDirectory();
        assertThat(names(directory)).containsExactly("state.json");
    }

    @Test
    void threadsThatReplaceOneFileAtOnceNeverMixTheirContents() throws Exception {
        Path file = directory.resolve("state.json");
        List<String> contents = Stream.of("a", "b", "c", "d")
                .map(letter -> letter.repeat(100_000))
                .toList();
        CyclicBarrier together = new CyclicBarrier(contents.size());
        ExecutorService threads = Executors.newFixedThreadPool(contents.size());
        try {
            List<Future<?>> writers = new ArrayList<>();
            for (String content : contents) {
                writers.add(threads.submit(() -> {
                    together.await();
                    for (int i = 0; i < 10; i++) {
                        DurableFiles.replace(file, bytes(content));
                        assertThat(Files.readString(file)).isIn(contents);
                    }
                    return null;
                }));
            }
            for (Future<?> writer : writers) {
                writer.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(Files.readString(file)).isIn(contents);
        assertThat(names(directory)).containsExactly("state.json");
    }
}
