package ai.primespark.it.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.agent.TaskHandle;
import ai.primespark.agent.TaskRequest;
import ai.primespark.agent.TaskStatus;
import ai.primespark.it.JavaProcess;
import ai.primespark.testkit.LocalRedis;
import ai.primespark.testkit.NeedsRedisServer;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The small programs inside the containers and around the service, run as they are. */
class ContainerScriptsTest {

    @TempDir
    Path folder;

    private static String script(String name) {
        return Deployment.file(name).toString();
    }

    private static HttpServer answering(int status) throws IOException {
        return answering(status, "127.0.0.1");
    }

    private static HttpServer answering(int status, String address) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(address, 0), 0);
        server.createContext("/health/", exchange -> {
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
        });
        server.start();
        return server;
    }

    private Run health(int port) {
        return Run.of(
                folder,
                Map.of("API_PORT", String.valueOf(port), "HEALTH_TIMEOUT", "1"),
                List.of(script("docker/prime-spark-health")));
    }

    @Test
    void healthIsWhatTheServerSaysOfItself() throws IOException {
        for (int status : new int[] {200, 503}) {
            HttpServer server = answering(status);
            try {
                Run run = health(server.getAddress().getPort());
                assertThat(run.exit()).isEqualTo(status == 200 ? 0 : 1);
                assertThat(run.text())
                        .isEqualTo(
                                status == 200
                                        ? ""
                                        : "prime-spark-health: /health/ready answers 'HTTP/1.1 503 Service Unavailable'\n");
            } finally {
                server.stop(0);
            }
        }
    }

    @Test
    void aServerThatIsAwayOrSilentIsNotHealthy() throws IOException {
        int port;
        try (ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            port = silent.getLocalPort();
            assertThat(health(port))
                    .isEqualTo(new Run(1, "prime-spark-health: no answer from /health/ready within 1 s\n"));
        }
        assertThat(health(port))
                .isEqualTo(new Run(1, "prime-spark-health: nothing listens on 127.0.0.1:" + port + "\n"));
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.2, 127.0.0.2", // one address only: another would say that nothing listens
        "0.0.0.0,   127.0.0.1",
        "::,        127.0.0.1",
        "'',        127.0.0.1"
    })
    void theServerIsAskedAtTheAddressWhereItListens(String host, String asked) throws IOException {
        HttpServer server = answering(200, asked);
        String port = String.valueOf(server.getAddress().getPort());
        List<String> command = List.of(script("docker/prime-spark-health"));
        try {
            assertThat(Run.of(folder, Map.of("API_HOST", host, "API_PORT", port), command))
                    .isEqualTo(new Run(0, ""));
            Files.writeString(folder.resolve(".env"), "API_HOST=" + host + "\nAPI_PORT=" + port + "\n");
            assertThat(Run.of(folder, Map.of(), command)).isEqualTo(new Run(0, ""));
        } finally {
            server.stop(0);
        }
        assertThat(Run.of(folder, Map.of(), command).text())
                .isEqualTo("prime-spark-health: nothing listens on " + asked + ":" + port + "\n");
    }

    @Test
    void theServersOwnFileSaysWhereItListensAndWhetherByTls() throws IOException {
        HttpServer server = answering(200);
        List<String> command = List.of(script("docker/prime-spark-health"), "/health/live");
        try {
            String port = "export API_PORT='" + server.getAddress().getPort() + "' # mine\n";
            Files.writeString(folder.resolve(".env"), "API_PORT=1\n" + port);
            assertThat(Run.of(folder, Map.of(), command)).isEqualTo(new Run(0, ""));

            Files.writeString(folder.resolve(".env"), port + "PRIME_SPARK_SERVER_TLS_CERTIFICATE=/etc/cert.pem\n");
            Path few = Files.createDirectories(folder.resolve("few"));
            for (String program : List.of("bash", "env", "sed", "tail")) {
                Files.createSymbolicLink(few.resolve(program), Run.find(program).orElseThrow());
            }
            assertThat(Run.of(folder, Map.of("PATH", few.toString()), command)) // no curl in the image
                    .isEqualTo(new Run(0, ""));
        } finally {
            server.stop(0);
        }
        assertThat(Run.of(folder, Map.of(), command).text()).contains("nothing listens");
    }

    @Test
    void aNasIsAMountThatCanBeWrittenTo() throws IOException {
        Path nas = Files.createDirectories(folder.resolve("nas"));
        Path mounts = folder.resolve("mounts");
        Map<String, String> environment = Map.of("MOUNTS", mounts.toString());
        List<String> command = List.of(script("docker/check-nas"), nas.toString());

        Files.writeString(mounts, "/dev/sda1 / ext4 rw 0 0\n");
        assertThat(Run.of(folder, environment, command).text()).contains("is no mount; set NAS_VOLUME in .env");
        Files.writeString(mounts, "/dev/sda1 " + nas + " ext4 rw 0 0\n");
        assertThat(Run.of(folder, environment, command).text()).contains("lies on ext4 and not on a NAS");
        Files.writeString(mounts, "systemd-1 " + nas + " autofs rw 0 0\nnas:/x " + nas + " nfs4 rw 0 0\n");
        Run there = Run.of(folder, environment, command);
        assertThat(there.exit()).as(there.text()).isZero();
        assertThat(there.text()).contains("is a nfs4 share");
        assertThat(nas).isEmptyDirectory();
    }

    @Test
    void volumesAreHandedOverOnce() throws IOException {
        Path volumes = folder.resolve("volumes");
        Files.createDirectories(volumes.resolve("redis/appendonlydir"));
        Files.createDirectories(volumes.resolve("server"));
        String owner = Run.of(folder, "id", "-u").text().strip() + ":"
                + Run.of(folder, "id", "-g").text().strip();
        String other = owner.equals("0:0") ? "12345:12345" : owner;

        Run first = Run.of(folder, "bash", script("docker/own-volumes"), other, volumes.toString());

        assertThat(first.exit()).as(first.text()).isZero();
        assertThat(Files.getAttribute(volumes.resolve("redis/appendonlydir"), "unix:uid"))
                .isEqualTo(Integer.parseInt(other.split(":")[0]));
        assertThat(Run.of(folder, "bash", script("docker/own-volumes"), other, volumes.toString()))
                .isEqualTo(new Run(0, ""));
    }

    @Test
    @NeedsRedisServer
    void redisTakesItsPasswordFromAFileShowsItToNobodyAndKeepsTasks() throws Exception {
        Path password = Files.writeString(folder.resolve("password"), "7f3a-pass\n");
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        List<String> command = List.of(
                script("redis/start-redis"),
                script("redis/redis.conf"),
                password.toString(),
                "--port",
                String.valueOf(port),
                "--bind",
                "127.0.0.1",
                "--dir",
                folder.toString());
        try (JavaProcess redis = JavaProcess.start(folder, Map.of(), command)) {
            await().atMost(Duration.ofSeconds(20)).until(() -> redis.output().contains("Ready to accept connections"));

            assertThat(cli(port, "", "ping").text()).contains("NOAUTH");
            assertThat(cli(port, "7f3a-pass", "ping").text()).isEqualTo("PONG\n");
            assertThat(cli(port, "7f3a-pass", "config", "get", "maxmemory-policy")
                            .text())
                    .contains("volatile-lru");
            assertThat(cli(port, "7f3a-pass", "config", "get", "appendonly").text())
                    .contains("yes");
            theTaskQueueTakesIt(port);
            assertThat(redis.output()).doesNotContain("7f3a-pass");
            assertThat(redis.commandLine()).isNotEmpty().doesNotContain("7f3a-pass");
        }
        Files.writeString(password, "");
        assertThat(Run.of(folder, Map.of(), command).text()).contains("is empty; run deploy.sh");
    }

    /** With the line that deploy.sh writes for the server. */
    private void theTaskQueueTakesIt(int port) {
        String queue =
                "{type = redis, url = \"redis://127.0.0.1:" + port + "\", password = \"7f3a-pass\", durable = true}";
        SparkConfig config = SparkConfig.empty()
                .with("primespark.data-dir", folder.resolve("data"))
                .withEnvironment(Map.of("PRIMESPARK_AGENTS_QUEUE", queue));
        try (PrimeSpark spark = PrimeSpark.builder().config(config).build()) {
            TaskHandle task =
                    spark.agents().submit(TaskRequest.of("nobody.has.this", "1").build());

            assertThat(task.id()).isNotBlank();
            assertThat(spark.agents().stats().count(TaskStatus.READY)).isOne();
        }
    }

    private Run cli(int port, String password, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                LocalRedis.find().orElseThrow().resolveSibling("redis-cli").toString(), "-p", String.valueOf(port)));
        command.addAll(List.of(arguments));
        return Run.of(folder, Map.of("REDISCLI_AUTH", password), command);
    }

    /** With systemd's own messenger, and python3 in systemd's place, because Java has no datagrams on local sockets. */
    @Test
    @NeedsProgram(value = "systemd-notify", debian = "systemd")
    void theServiceTellsSystemdThatItIsReadyAndStillAnswers() throws Exception {
        HttpServer server = answering(200);
        Path socket = folder.resolve("notify");
        Files.writeString(
                folder.resolve(".env"), "API_PORT=" + server.getAddress().getPort() + "\n");
        Path systemd = Files.writeString(folder.resolve("systemd.py"), """
                import socket
                s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                s.bind("notify")
                print("listening", flush=True)
                while True:
                    print(s.recv(4096).decode().replace("\\n", " "), flush=True)
                """);
        try (JavaProcess listener = JavaProcess.start(folder, Map.of(), List.of("python3", systemd.toString()))) {
            await().atMost(Duration.ofSeconds(20)).until(() -> listener.output().contains("listening"));
            Map<String, String> environment = Map.of(
                    "NOTIFY_SOCKET", socket.toString(),
                    "WATCHDOG_USEC", "2000000",
                    "HEALTH", script("docker/prime-spark-health"));
            try (JavaProcess service =
                    JavaProcess.start(folder, environment, List.of(script("systemd/run-server"), "sleep", "60"))) {
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> listener.output().contains("WATCHDOG=1"));
                assertThat(listener.output()).contains("READY=1", "STATUS=answers");
                assertThat(service.commandLine()).endsWith("sleep 60"); // the main process is the program itself

                server.stop(0);
                await().atMost(Duration.ofSeconds(20))
                        .until(() -> service.output().contains("nothing listens"));
                int told = listener.lines().size();
                await().atMost(Duration.ofSeconds(20))
                        .until(() -> service.output().split("nothing listens", -1).length > 3);
                assertThat(listener.lines()).hasSize(told);
            }
        }
    }

    @Test
    void withoutSystemdTheServiceIsJustTheProgram() {
        assertThat(Run.of(folder, script("systemd/run-server"), "echo", "started"))
                .isEqualTo(new Run(0, "started\n"));
    }
}
