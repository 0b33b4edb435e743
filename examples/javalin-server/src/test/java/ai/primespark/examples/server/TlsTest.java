package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
class TlsTest {

    private static final char[] PASSWORD = "changeit".toCharArray();

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({"RSA, 2048", "EC, 256"})
    void aCertificateAndItsKeyAsPemAreEnough(String algorithm, int size) throws Exception {
        KeyStore made = write("server", algorithm, size);
        try (FramedServer server = FramedServer.open(directory.resolve("data"), tls("server", "server"))) {
            HttpResponse<String> answer = get(server, made.getCertificate("server"));

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("Strict-Transport-Security"))
                    .hasValueSatisfying(hsts -> assertThat(hsts).startsWith("max-age=15552000"));
            assertThat(answer.sslSession().orElseThrow().getProtocol()).isIn("TLSv1.3", "TLSv1.2");
        }
    }

    @Test
    void aRenewedCertificateIsTakenUpWithoutARestart() throws Exception {
        KeyStore first = write("server", "EC", 256);
        Path certificate = directory.resolve("server.crt");
        Files.setLastModifiedTime(certificate, FileTime.fromMillis(1_000_000));
        try (FramedServer server = FramedServer.open(directory.resolve("data"), tls("server", "server"))) {
            assertThat(get(server, first.getCertificate("server")).statusCode()).isEqualTo(200);
            KeyStore second = write("server", "EC", 256);

            await().atMost(Duration.ofSeconds(60)).until(() -> serial(server, second) != null);
        }
    }

    private static X509Certificate serial(FramedServer server, KeyStore trusted) {
        try {
            return (X509Certificate) get(server, trusted.getCertificate("server"))
                    .sslSession()
                    .orElseThrow()
                    .getPeerCertificates()[0];
        } catch (IOException e) {
            return null; // still the old one
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void filesThatDoNotBelongTogetherAreToldApart() throws Exception {
        write("one", "RSA", 2048);
        write("two", "RSA", 2048);
        write("three", "EC", 256);
        Files.writeString(
                directory.resolve("old.key"), "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n");
        Files.writeString(directory.resolve("empty.crt"), "");

        assertThatThrownBy(() -> keys("one", "two").read())
                .hasMessageContaining("is not that of the first certificate");
        assertThatThrownBy(() -> keys("one", "three").read()).hasMessageContaining("is not of the kind (RSA)");
        assertThatThrownBy(() -> keys("one", "old").read()).hasMessageContaining("openssl pkcs8 -topk8 -nocrypt");
        assertThatThrownBy(() -> keys("empty", "one").read()).hasMessageContaining("no certificate");
        assertThatThrownBy(() -> keys("none", "one").read())
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("none.crt");
    }

    private PemKeys keys(String certificate, String key) {
        return new PemKeys(directory.resolve(certificate + ".crt"), directory.resolve(key + ".key"));
    }

    private String tls(String certificate, String key) {
        return "tls { certificate = \"" + directory.resolve(certificate + ".crt") + "\", key = \""
                + directory.resolve(key + ".key") + "\" }";
    }

    private static HttpResponse<String> get(FramedServer server, Certificate trusted) throws Exception {
        KeyStore trust = KeyStore.getInstance("PKCS12");
        trust.load(null, null);
        trust.setCertificateEntry("server", trusted);
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(trust);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        HttpClient client = HttpClient.newBuilder().sslContext(context).build();
        return client.send(
                HttpRequest.newBuilder(URI.create("https://localhost:" + server.port + "/health"))
                        .timeout(Duration.ofSeconds(30))
                        .build(),
                BodyHandlers.ofString());
    }

    /** A certificate for localhost as {@code NAME.crt} and its key as {@code NAME.key}. */
    private KeyStore write(String name, String algorithm, int size) throws Exception {
        Path store = directory.resolve(name + ".p12");
        Files.deleteIfExists(store);
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "server",
                        "-keyalg",
                        algorithm,
                        "-keysize",
                        String.valueOf(size),
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=dns:localhost,ip:127.0.0.1",
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        new String(PASSWORD),
                        "-keystore",
                        store.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("keytool.log").toFile())
                .start();
        assertThat(keytool.waitFor(60, TimeUnit.SECONDS)).isTrue();
        KeyStore made = load(store);
        pem(name + ".key", "PRIVATE KEY", made.getKey("server", PASSWORD).getEncoded());
        pem(name + ".crt", "CERTIFICATE", made.getCertificate("server").getEncoded());
        return made;
    }

    private static KeyStore load(Path store) throws IOException, GeneralSecurityException {
        KeyStore made = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            made.load(in, PASSWORD);
        }
        return made;
    }

    private void pem(String file, String what, byte[] bytes) throws IOException {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
        Files.writeString(
                directory.resolve(file), "-----BEGIN " + what + "-----\n" + body + "\n-----END " + what + "-----\n");
    }
}
