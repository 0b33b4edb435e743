package ai.primespark.examples.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The packaged tool, as an operator runs it. */
@Timeout(180)
class MemoryToolIT {

    private static final Path JAR = Path.of("target", "prime-spark-memory.jar").toAbsolutePath();

    @TempDir
    Path folder;

    private Path config;

    /** How a process ended. */
    private record Ended(int code, byte[] bytes, String err) {
        String out() {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    @BeforeEach
    void configure() throws IOException {
        config = folder.resolve("tool.conf");
        Files.writeString(config, Tool.config(folder));
    }

    private ProcessBuilder builder(String... args) {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-jar", JAR.toString()));
        command.addAll(List.of(args));
        command.addAll(List.of("--config", config.toString()));
        return new ProcessBuilder(command).directory(folder.toFile());
    }

    private Ended run(byte[] in, String... args) throws Exception {
        Path err = Files.createTempFile(folder, "err", ".txt");
        Process process = builder(args).redirectError(err.toFile()).start();
        try (OutputStream out = process.getOutputStream()) {
            out.write(in);
        }
        byte[] bytes = process.getInputStream().readAllBytes();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Ended(process.exitValue(), bytes, Files.readString(err));
    }

    @Test
    void theJarStoresShowsMendsAndMovesValues() throws Exception {
        byte[] bytes = {0, 13, 10, -1, 127};
        assertThat(run(bytes, "put", "k", "-", "--as", "bytes").code()).isZero();
        assertThat(run(new byte[0], "get", "k").bytes()).isEqualTo(bytes);
        try (Stream<Path> files = Files.walk(folder.resolve("nas/data"))) {
            Files.delete(files.filter(file -> file.toString().endsWith(".rec"))
                    .findFirst()
                    .orElseThrow());
        }
        assertThat(run(new byte[0], "stat", "k").out()).containsPattern("2 nas +absent");

        Ended repaired = run(new byte[0], "repair");

        assertThat(repaired.code()).as(repaired.err()).isZero();
        assertThat(repaired.out()).contains("mended      1 in nas");
        assertThat(run(new byte[0], "verify", "--deep").code()).isZero();
        Ended exported = run(new byte[0], "export", "-");
        assertThat(exported.out().lines()).hasSize(3);
        assertThat(exported.err()).contains("1 records exported");
        assertThat(run(new byte[0], "get", "nothing").code()).isEqualTo(1);
    }

    @Test
    void aSecondProcessIsToldWhatToDoAboutADirectoryInUse() throws Exception {
        byte[] export = run(new byte[0], "export", "-").bytes();
        String header =
                new String(export, StandardCharsets.UTF_8).lines().findFirst().orElseThrow();
        Process holder = builder("import", "-").start();
        try {
            OutputStream in = holder.getOutputStream();
            in.write((header + "\n").getBytes(StandardCharsets.UTF_8));
            in.flush(); // from now on it waits for the next line, with the memory open
            await().atMost(60, TimeUnit.SECONDS)
                    .until(() -> Files.readString(folder.resolve("disk/lock")).equals(Long.toString(holder.pid())));

            Ended told = run(new byte[0], "get", "k");

            assertThat(told.code()).isEqualTo(3);
            assertThat(told.err()).contains("in use by process " + holder.pid()).contains("--data-dir");
        } finally {
            holder.destroy();
            assertThat(holder.waitFor(60, TimeUnit.SECONDS)).isTrue();
        }
    }
}
