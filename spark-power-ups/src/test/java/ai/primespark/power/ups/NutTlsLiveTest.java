package ai.primespark.power.ups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.power.PowerException;
import ai.primespark.power.PowerSupply;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.PowerSource;
import ai.primespark.testkit.LocalNut;
import ai.primespark.testkit.NeedsNut;
import ai.primespark.testkit.TestContext;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Against real upsds that speak TLS: one with a certificate for this machine, one with another machine's. */
@NeedsNut
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NutTlsLiveTest {

    private static LocalNut right;
    private static LocalNut other;
    private TestContext context;

    @BeforeAll
    static void startServers() {
        right = LocalNut.startTls("dns:localhost", "ip:127.0.0.1");
        other = LocalNut.startTls("dns:ups.example.org");
    }

    @AfterAll
    static void stopServers() {
        right.close();
        other.close();
    }

    @BeforeEach
    void openContext() {
        context = TestContext.create();
    }

    @AfterEach
    void closeContext() {
        context.close();
    }

    private PowerSource source(LocalNut nut, Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(
                Map.of("host", "localhost", "port", nut.port(), "ups", LocalNut.UPS, "tls.mode", "require"));
        settings.putAll(more);
        NutSourceProvider provider = new NutSourceProvider();
        return provider.create(context.with(provider, settings));
    }

    private static void assertReads(PowerSource source) {
        assertThat(source.read(Deadline.in(Duration.ofSeconds(10))).supply()).isEqualTo(PowerSupply.MAINS);
    }

    private static void assertRefuses(PowerSource source, String... words) {
        assertThatThrownBy(() -> source.read(Deadline.in(Duration.ofSeconds(10))))
                .isInstanceOfSatisfying(
                        PowerException.class, e -> assertThat(e.retryable()).isFalse())
                .hasMessageContainingAll(words);
    }

    @Test
    void aTrustedServerIsReadAndLoggedInTo() throws Exception {
        try (PowerSource source = source(
                right,
                Map.of(
                        "tls.ca-file",
                        right.certificate(),
                        "login",
                        true,
                        "username",
                        LocalNut.SECONDARY,
                        "password",
                        LocalNut.SECONDARY))) {
            assertReads(source);
            assertThat(right.logins()).isEqualTo(1);
        }
    }

    @Test
    void anAddressIsComparedWithTheCertificateAsWell() throws Exception {
        try (PowerSource source = source(right, Map.of("host", "127.0.0.1", "tls.ca-file", right.certificate()))) {
            assertReads(source);
        }
    }

    @Test
    void aTrustStoreDoesAsWell() throws Exception {
        Path file = context.directory().resolve("trust.p12");
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        try (InputStream in = Files.newInputStream(right.certificate())) {
            store.setCertificateEntry(
                    "upsd", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        try (OutputStream out = Files.newOutputStream(file)) {
            store.store(out, "store-pass".toCharArray());
        }
        try (PowerSource source =
                source(right, Map.of("tls.trust-store", file, "tls.trust-store-password", "store-pass"))) {
            assertReads(source);
        }
        try (PowerSource source =
                source(right, Map.of("tls.trust-store", file, "tls.trust-store-password", "wrong-pass"))) {
            assertThatThrownBy(() -> source.read(Deadline.in(Duration.ofSeconds(10))))
                    .isInstanceOf(PowerException.class)
                    .hasMessageNotContaining("wrong-pass");
        }
    }

    @Test
    void anotherAuthorityIsNotTrusted() throws Exception {
        try (PowerSource source = source(right, Map.of("tls.ca-file", other.certificate()))) {
            assertRefuses(source, "cannot be trusted", "tls.ca-file");
        }
    }

    @Test
    void withoutAnAuthorityASelfSignedServerIsNotTrustedEvenWhenTlsIsOnlyPreferred() throws Exception {
        try (PowerSource source = source(right, Map.of("tls.mode", "prefer"))) {
            assertRefuses(source, "cannot be trusted", "the platform's authorities");
        }
    }

    @Test
    void aCertificateOfAnotherNameIsRefusedUnlessOnlyTheAuthorityIsChecked() throws Exception {
        try (PowerSource source = source(other, Map.of("tls.ca-file", other.certificate()))) {
            assertRefuses(source, "cannot be trusted", "name");
        }
        try (PowerSource source = source(other, Map.of("tls.ca-file", other.certificate(), "tls.verify", "ca"))) {
            assertReads(source);
        }
    }

    @Test
    void aFileWithoutCertificatesIsNamed() throws Exception {
        Path empty = Files.writeString(context.directory().resolve("empty.pem"), "\n");
        try (PowerSource source = source(right, Map.of("tls.ca-file", empty))) {
            assertRefuses(source, empty.toString(), "certificate");
        }
        Path missing = context.directory().resolve("missing.pem");
        try (PowerSource source = source(right, Map.of("tls.ca-file", missing))) {
            assertRefuses(source, missing.toString(), "path");
        }
    }
}
