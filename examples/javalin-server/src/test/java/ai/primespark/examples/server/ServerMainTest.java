package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class ServerMainTest {

    @TempDir
    Path folder;

    @Test
    void aWrongArgumentIsOneLineAndExitCodeTwo() throws Exception {
        try (ServerProcess server = ServerProcess.ofClasses(folder, Map.of(), "--prot", "80")) {
            assertThat(server.rest()).isEmpty();
            assertThat(server.exitCode()).isEqualTo(2);
            assertThat(server.errors())
                    .containsExactly("prime-spark-server: unknown argument '--prot'; --help shows what there is");
        }
    }

    @Test
    void helpShowsEveryOption() throws Exception {
        try (ServerProcess server = ServerProcess.ofClasses(folder, Map.of(), "--help")) {
            assertThat(server.rest()).contains("--port", "--config", "--docs", "--no-auth", "--help");
            assertThat(server.exitCode()).isZero();
            assertThat(server.errors()).isEmpty();
        }
    }

    @Test
    void aPortInUseIsOneLineAndExitCodeOne() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            String port = String.valueOf(taken.getLocalPort());
            try (ServerProcess server =
                    ServerProcess.ofClasses(folder, Map.of("OLLAMA_EDGE_URL", "http://127.0.0.1:1"), "--port", port)) {
                server.rest();
                assertThat(server.exitCode()).isEqualTo(1);
                assertThat(server.errors())
                        .containsExactly("prime-spark-server: port " + port
                                + " is taken by another program; choose another with --port");
            }
        }
    }

    @Test
    void aWrongValueInDotEnvIsOneLineAndExitCodeOne() throws Exception {
        Files.writeString(folder.resolve(".env"), "OLLAMA_EDGE_URL=s3cret\n");
        try (ServerProcess server = ServerProcess.ofClasses(folder, Map.of())) {
            server.rest();
            assertThat(server.exitCode()).isEqualTo(1);
            assertThat(server.errors())
                    .containsExactly(
                            "prime-spark-server: OLLAMA_EDGE_URL must be an address like http://192.168.1.20:11434");
        }
    }

    @Test
    void aConfigurationFileWithMistakesNamesAllOfThem() throws Exception {
        Files.writeString(folder.resolve("mine.conf"), "primespark.llm.retires = 3\nprimespark.llm.retries = many\n");
        try (ServerProcess server = ServerProcess.ofClasses(folder, Map.of(), "--config", "mine.conf")) {
            server.rest();
            assertThat(server.exitCode()).isEqualTo(1);
            assertThat(String.join("\n", server.errors())).contains("primespark.llm.retires", "primespark.llm.retries");
        }
    }

    @Test
    void anAddressOfTheNetworkIsRefusedAndLoopbackServedInstead() throws Exception {
        Files.writeString(folder.resolve(".env"), "API_HOST=0.0.0.0\nthis is not a setting\n");
        try (ServerProcess server = ServerProcess.ofClasses(folder, Map.of("API_PORT", "0"), "--no-auth")) {
            List<String> greeting = server.greeting();

            assertThat(ServerProcess.address(greeting).getHost()).isEqualTo("127.0.0.1");
            assertThat(server.errors())
                    .anyMatch(line -> line.startsWith("API_HOST is refused"))
                    .anyMatch(line -> line.startsWith(".env line 2: "));
            server.terminate();
            server.rest();
        }
    }
}
