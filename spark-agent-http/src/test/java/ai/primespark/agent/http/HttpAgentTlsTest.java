package ai.primespark.agent.http;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.spi.Deadline;
import ai.primespark.spi.RemoteAgent.Outcome;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An agent whose certificate nobody but its owner vouches for. */
@Timeout(120)
class HttpAgentTlsTest {

    private static final String PASSWORD = "changeit";

    @TempDir
    Path folder;

    private HttpsServer server;
    private URI url;

    @BeforeEach
    void start() throws Exception {
        Path store = folder.resolve("agent.p12");
        keytool(
                "-genkeypair",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-ext",
                "SAN=dns:localhost",
                "-validity",
                "2",
                "-keystore",
                store.toString());
        keytool("-exportcert", "-rfc", "-file", folder.resolve("ca.pem").toString(), "-keystore", store.toString());
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        server.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(200, 1);
            exchange.getResponseBody().write('7');
            exchange.close();
        });
        server.start();
        url = URI.create("https://localhost:" + server.getAddress().getPort());
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private static void keytool(String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        command.addAll(List.of("-alias", "agent", "-storepass", PASSWORD, "-storetype", "PKCS12"));
        assertThat(new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor())
                .isZero();
    }

    @Test
    void aCertificateThatNobodyVouchesForIsRefusedBeforeATaskIsSent() throws Exception {
        try (Rig rig = Rig.start(url)) {
            assertThat(rig.execute(new FakeAttempt("t1", 1)))
                    .isInstanceOfSatisfying(Outcome.NotTaken.class, refused -> {
                        assertThat(refused.broken()).isTrue();
                        assertThat(refused.why()).contains("ca-file");
                    });
            assertThat(rig.agent.obstacle(Deadline.in(Duration.ofSeconds(20))))
                    .hasValueSatisfying(why -> assertThat(why).contains("its certificate"));
        }
    }

    @Test
    void withItsCertificateItIsTrusted() throws Exception {
        try (Rig rig = Rig.start(url, Map.of("ca-file", folder.resolve("ca.pem")))) {
            assertThat(rig.execute(new FakeAttempt("t1", 1))).isInstanceOf(Outcome.Done.class);
        }
    }

    @Test
    void aNameThatIsNotInTheCertificateIsRefused() throws Exception {
        URI other = URI.create(url.toString().replace("localhost", "127.0.0.1"));
        try (Rig rig = Rig.start(other, Map.of("ca-file", folder.resolve("ca.pem")))) {
            assertThat(rig.execute(new FakeAttempt("t1", 1))).isInstanceOf(Outcome.NotTaken.class);
        }
    }
}
