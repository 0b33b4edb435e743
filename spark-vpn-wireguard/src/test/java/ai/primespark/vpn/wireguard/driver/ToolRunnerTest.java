package ai.primespark.vpn.wireguard.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

import ai.primespark.spi.Deadline;
import ai.primespark.vpn.VpnSecretKey;
import ai.primespark.vpn.wireguard.WireGuardKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)
class ToolRunnerTest {

    @TempDir
    Path directory;

    private final ToolRunner runner = new ToolRunner();

    private static Deadline soon() {
        return Deadline.in(Duration.ofSeconds(20));
    }

    private List<String> script(String body) throws IOException {
        Path script = Files.createTempFile(directory, "tool", ".sh");
        Files.writeString(script, "#!/bin/sh\n" + body + "\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        return List.of("/bin/sh", script.toString());
    }

    @Test
    void whatAProgramPrintsIsReadWholeHoweverMuchItIs() throws Exception {
        ToolRunner.Result result = runner.run(script("seq 1 200000; echo oops >&2; exit 3"), Map.of(), soon());
        assertThat(result.exit()).isEqualTo(3);
        assertThat(result.text().lines()).hasSize(200_000).endsWith("200000");
        assertThat(result.errors()).isEqualTo("oops");
    }

    @Test
    void argumentsAreNeverReadByAShell() throws Exception {
        ToolRunner.Result result = runner.run(List.of("echo", "$(id)", "; id", "`id`", "*"), Map.of(), soon());
        assertThat(result.text()).isEqualTo("$(id) ; id `id` *");
    }

    @Test
    void logLevelIsNotHandedOnAndMessagesAreEnglish() throws Exception {
        ToolRunner.Result result = runner.run(List.of("env"), Map.of("MORE", "yes"), soon());
        assertThat(result.text().lines())
                .contains("LC_ALL=C", "MORE=yes")
                .noneMatch(line -> line.startsWith("LOG_LEVEL="));
    }

    @Test
    void aServiceThatIsLeftBehindAndKeepsTheOutputOpenHoldsNobodyUp() throws Exception {
        for (boolean leaves : new boolean[] {false, true}) {
            Path pid = directory.resolve("pid-" + leaves);
            List<String> command = script("setsid sh -c 'echo $$ > " + pid + "; exec sleep 100' & \nwhile [ ! -s " + pid
                    + " ]; do :; done; echo ready");
            ToolRunner.Result result =
                    leaves ? runner.runAndLeave(command, Map.of(), soon()) : runner.run(command, Map.of(), soon());
            long service = Long.parseLong(Files.readString(pid).strip());
            try {
                assertThat(result.text()).isEqualTo("ready");
                assertThat(ProcessHandle.of(service)).as("the service lives on").isPresent();
            } finally {
                ProcessHandle.of(service).ifPresent(ProcessHandle::destroyForcibly);
            }
        }
    }

    @Test
    void whatDoesNotEndIsEndedWithItsChildren() throws Exception {
        Path pids = directory.resolve("pids");
        List<String> command = script("trap '' TERM; (trap '' TERM; echo child >> " + pids
                + "; while :; do sleep 1; done) & echo $$ $! >> " + pids + "; while :; do sleep 1; done");
        assertThatExceptionOfType(ToolRunner.RunawayException.class)
                .isThrownBy(() -> runner.run(command, Map.of(), Deadline.in(Duration.ofMillis(500))))
                .withMessageContaining("did not end in time");
        for (String line : Files.readAllLines(pids)) {
            for (String pid : line.equals("child") ? new String[0] : line.split(" ", -1)) {
                var handle = ProcessHandle.of(Long.parseLong(pid));
                if (handle.isPresent()) {
                    handle.get().onExit().get(10, java.util.concurrent.TimeUnit.SECONDS);
                }
                assertThat(ProcessHandle.of(Long.parseLong(pid)).filter(ProcessHandle::isAlive))
                        .isEmpty();
            }
        }
    }

    @Test
    void whatPrintsWithoutEndIsEnded() throws IOException {
        List<String> command = script("yes");
        assertThatExceptionOfType(ToolRunner.RunawayException.class)
                .isThrownBy(() -> runner.run(command, Map.of(), soon()))
                .withMessageContaining("more than 16 MiB");
        assertThatExceptionOfType(ToolRunner.RunawayException.class)
                .isThrownBy(() -> runner.runAndLeave(command, Map.of(), soon()))
                .withMessageContaining("more than 16 MiB");
    }

    @Test
    void closingEndsWhatIsRunning() throws Exception {
        runner.close();
        assertThat(catchThrowable(() -> runner.run(List.of("sleep", "100"), Map.of(), soon())))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void noKeyIsInWhatIsTold() throws Exception {
        VpnSecretKey key = new WireGuardKeys().newPrivateKey();
        String whole = key.reveal();
        List<String> command = script("echo \"Key is not the correct length or format: \\`" + whole
                + "X'\" >&2\necho \"Key is not the" + " correct length or format: \\`" + whole.substring(0, 20)
                + "'\" >&2\necho PrivateKey = " + whole + "\nexit 1");
        ToolRunner.Result result = runner.run(command, Map.of(), soon());
        assertThat(result.errors() + result.said() + result).doesNotContain(whole.substring(0, 12));
        assertThat(result.errors()).contains("Key is not the correct length or format: `(hidden)");
    }
}
