package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
                        .containsExactly("prime-spark-server: cannot listen on 127.0.0.1 port " + port
                                + ": another program has it, or the address is not this machine's;"
                                + " choose another with --port or API_HOST");
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
                    .anyMatch(line -> line.startsWith("the host 0.0.0.0 is refused"))
                    .anyMatch(line -> line.startsWith(".env line 2: "));
            server.terminate();
            server.rest();
        }
    }

    @Test
    void theFirstRunMakesAnAdministratorAndSaysThePasswordOnce() throws Exception {
        Map<String, String> environment = Map.of("API_PORT", "0", "OLLAMA_EDGE_URL", "http://127.0.0.1:1");
        String password;
        try (ServerProcess server = ServerProcess.ofClasses(folder, environment)) {
            List<String> greeting = server.greeting();

            assertThat(greeting).hasSize(5);
            Matcher said = Pattern.compile("logins: +made 'admin' with the password (\\S+) \\(shown only this once\\)")
                    .matcher(greeting.get(3));
            assertThat(said.matches()).as(greeting.get(3)).isTrue();
            password = said.group(1);
            URI address = ServerProcess.address(greeting);
            assertThat(login(address, "admin", password)).isEqualTo(200);
            assertThat(login(address, "admin", "admin")).isEqualTo(401);
            assertThat(status(HttpRequest.newBuilder(address.resolve("/api/llm/models"))))
                    .isEqualTo(401);
            server.terminate();
            assertThat(server.rest()).contains("'admin' was created").doesNotContain(password);
            assertThat(server.errors()).noneMatch(line -> line.contains(password));
        }
        try (ServerProcess server = ServerProcess.ofClasses(folder, environment)) {
            List<String> greeting = server.greeting();

            assertThat(greeting.get(3)).isEqualTo("logins:    log in with POST /api/auth/login");
            assertThat(login(ServerProcess.address(greeting), "admin", password))
                    .isEqualTo(200);
        }
    }

    @Test
    void aStartThatFailsMakesNoAccountSoTheNextOneSaysThePassword() throws Exception {
        Map<String, String> environment = Map.of("API_PORT", "0", "OLLAMA_EDGE_URL", "http://127.0.0.1:1");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            assertThatItFails(environment, "cannot listen", "--port", String.valueOf(taken.getLocalPort()));
        }
        Map<String, String> noCertificate = new HashMap<>(environment);
        noCertificate.put(
                "PRIME_SPARK_SERVER_TLS_CERTIFICATE", folder.resolve("none.crt").toString());
        noCertificate.put(
                "PRIME_SPARK_SERVER_TLS_KEY", folder.resolve("none.key").toString());
        assertThatItFails(noCertificate, "none.");
        Map<String, String> weak = new HashMap<>(environment);
        weak.put("ADMIN_PASSWORD", "short");
        assertThatItFails(weak, "cannot make the first account 'admin'");

        try (ServerProcess server = ServerProcess.ofClasses(folder, environment)) {
            assertThat(server.greeting().get(3)).matches("logins: +made 'admin' with the password \\S+ .*");
        }
    }

    private void assertThatItFails(Map<String, String> environment, String why, String... args) throws Exception {
        try (ServerProcess server = ServerProcess.ofClasses(folder, environment, args)) {
            assertThat(server.rest()).doesNotContain("password ");
            assertThat(server.exitCode()).isEqualTo(1);
            assertThat(server.errors()).singleElement().asString().contains(why);
        }
    }

    @Test
    void theEnvironmentMayNameTheFirstAdministratorAndThenTheNetworkIsServed() throws Exception {
        Files.writeString(folder.resolve(".env"), """
                ADMIN_USERNAME=mira
                ADMIN_PASSWORD='a sentence of her own'
                API_HOST=0.0.0.0
                API_PORT=0
                JWT_SECRET=KJ3f0sa8Nw1mXq7RtZ5vB2yC4hL6pD9eGsUoTiMkWnQ
                JWT_EXPIRATION_HOURS=2
                """);
        try (ServerProcess server = ServerProcess.ofClasses(folder, Map.of())) {
            List<String> greeting = server.greeting();

            assertThat(greeting.get(3)).isEqualTo("logins:    made 'mira' with the password of ADMIN_PASSWORD");
            assertThat(login(ServerProcess.address(greeting), "mira", "a sentence of her own"))
                    .isEqualTo(200);
            assertThat(server.errors()).noneMatch(line -> line.contains("sentence"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"JWT_SECRET=change_me_in_production", "ADMIN_PASSWORD=Change-Me!", "ADMIN_PASSWORD=CHANGEME123"})
    void theSecretsOfExamplesAreRefused(String line) throws Exception {
        Files.writeString(folder.resolve(".env"), line + "\n");
        try (ServerProcess server = ServerProcess.ofClasses(folder, Map.of("API_PORT", "0"))) {
            server.rest();
            assertThat(server.exitCode()).isEqualTo(1);
            assertThat(server.errors())
                    .containsExactly("prime-spark-server: " + line.split("=", 2)[0]
                            + " still is the example's; set one of your own, or take the line away if you need none");
        }
    }

    private static int login(URI address, String user, String password) throws Exception {
        return status(HttpRequest.newBuilder(address.resolve("/api/auth/login"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"username\": \"" + user + "\", \"password\": \"" + password + "\"}")));
    }

    private static int status(HttpRequest.Builder request) throws Exception {
        return HttpClient.newHttpClient()
                .send(request.timeout(Duration.ofSeconds(60)).build(), BodyHandlers.discarding())
                .statusCode();
    }
}
