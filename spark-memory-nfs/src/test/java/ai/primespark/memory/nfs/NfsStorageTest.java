package ai.primespark.memory.nfs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Several that begin with an empty directory at the same time, which is what threads of one tier and hosts of one NAS do. */
@Timeout(120)
class NfsStorageTest {

    private static final int ROUNDS = 100;
    private static final int CONTENDERS = 4;

    @TempDir
    Path directory;

    private final ExecutorService threads = Executors.newFixedThreadPool(CONTENDERS);

    @AfterEach
    void end() {
        threads.shutdownNow();
    }

    @Test
    void hostsThatMarkAnEmptyDirectoryAtOnceAgreeOnOneStorage() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            Path root = Files.createDirectory(directory.resolve("hosts-" + round));
            assertThat(atOnce(() -> NfsStorage.initialise(root, true)))
                    .hasSize(CONTENDERS)
                    .containsOnly(marked(root));
        }
    }

    @Test
    void threadsOfOneTierThatMarkAnEmptyDirectoryAtOnceAgreeOnOneStorage() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            Path root = Files.createDirectory(directory.resolve("threads-" + round));
            MountGuard guard = new MountGuard(
                    "the test", new Layout(root), new MountGuard.Rules(true, true, null), MountTable.SELF);
            assertThat(atOnce(() -> guard.checkNow().storage()))
                    .hasSize(CONTENDERS)
                    .containsOnly(marked(root));
        }
    }

    private interface Marking {
        String run() throws Exception;
    }

    private List<String> atOnce(Marking marking) throws Exception {
        CyclicBarrier start = new CyclicBarrier(CONTENDERS);
        List<Future<String>> running = new ArrayList<>();
        for (int i = 0; i < CONTENDERS; i++) {
            running.add(threads.submit(() -> {
                start.await();
                return marking.run();
            }));
        }
        List<String> ids = new ArrayList<>();
        for (Future<String> each : running) {
            ids.add(each.get());
        }
        return ids;
    }

    private static String marked(Path root) throws Exception {
        return NfsStorage.parse(Files.readAllBytes(new Layout(root).marker()), "the test");
    }
}
