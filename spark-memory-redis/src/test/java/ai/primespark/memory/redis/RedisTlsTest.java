package ai.primespark.memory.redis;

import static ai.primespark.memory.redis.Tiers.apply;
import static ai.primespark.memory.redis.Tiers.failure;
import static ai.primespark.memory.redis.Tiers.key;
import static ai.primespark.memory.redis.Tiers.soon;
import static ai.primespark.memory.redis.Tiers.text;
import static ai.primespark.memory.redis.Tiers.value;
import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.spi.Applied;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.TierException;
import ai.primespark.testkit.LocalRedis;
import ai.primespark.testkit.NeedsRedisServer;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@NeedsRedisServer
@Timeout(60)
class RedisTlsTest {

    private static final String STORE_PASSWORD = "only-for-tests";

    @TempDir
    static Path directory;

    private static Identity server;
    private static Identity stranger;
    private static Identity elsewhere;
    private static LocalRedis redis;
    private static LocalRedis strict;
    private static LocalRedis misnamed;
    private final Tiers tiers = new Tiers();

    /** A key and its self-signed certificate, as a store and as PEM files. */
    private record Identity(Path store, Path certificate, Path key) {}

    @BeforeAll
    static void startServers() throws Exception {
        server = identity("server", "ip:127.0.0.1");
        stranger = identity("stranger", "ip:127.0.0.1");
        elsewhere = identity("elsewhere", "dns:elsewhere.example");
        redis = start(server, "no");
        strict = start(server, "yes");
        misnamed = start(elsewhere, "no");
    }

    @AfterAll
    static void stopServers() {
        redis.close();
        strict.close();
        misnamed.close();
    }

    @AfterEach
    void closeTiers() throws Exception {
        tiers.close();
    }

    private static LocalRedis start(Identity identity, String clientCertificates) {
        return LocalRedis.startTls(
                identity.certificate(),
                identity.key(),
                "--tls-auth-clients",
                clientCertificates,
                "--tls-ca-cert-file",
                identity.certificate().toString());
    }

    private static Identity identity(String name, String subject) throws Exception {
        Path store = directory.resolve(name + ".p12");
        Process keytool = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        name,
                        "-keyalg",
                        "EC",
                        "-groupname",
                        "secp256r1",
                        "-validity",
                        "2",
                        "-dname",
                        "CN=" + name,
                        "-ext",
                        "san=" + subject,
                        "-ext",
                        "bc=ca:true",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        STORE_PASSWORD))
                .redirectErrorStream(true)
                .start();
        String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(keytool.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(keytool.exitValue()).as(said).isZero();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, STORE_PASSWORD.toCharArray());
        }
        return new Identity(
                store,
                pem(name + ".crt", "CERTIFICATE", keys.getCertificate(name).getEncoded()),
                pem(
                        name + ".key",
                        "PRIVATE KEY",
                        keys.getKey(name, STORE_PASSWORD.toCharArray()).getEncoded()));
    }

    private static Path pem(String file, String what, byte[] bytes) throws Exception {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
        return Files.writeString(
                directory.resolve(file), "-----BEGIN " + what + "-----\n" + body + "\n-----END " + what + "-----\n");
    }

    private MemoryTier open(LocalRedis to, Object... settings) throws Exception {
        Map<String, Object> values = new HashMap<>(
                Map.of("url", "rediss://127.0.0.1:" + to.port(), "timeout", "20s", "connect-timeout", "10s"));
        for (int i = 0; i < settings.length; i += 2) {
            values.put((String) settings[i], settings[i + 1]);
        }
        return tiers.open(values);
    }

    private static void assertWorks(MemoryTier tier) {
        apply(tier, value("tls", 1, "secret"));
        assertThat(text(tier, "tls")).isEqualTo("secret");
    }

    private static void assertRefused(MemoryTier tier) {
        TierException failure = failure(tier.get(key("tls"), soon()));
        assertThat(failure).isNotNull();
        assertThat(failure.kind()).as(failure.getMessage()).isEqualTo(TierException.Kind.PERMANENT);
        assertThat(failure).hasMessageContaining("TLS");
    }

    @Test
    void theRightAuthorityIsTrusted() throws Exception {
        MemoryTier tier = open(redis, "tls.ca-file", server.certificate());
        assertThat(apply(tier, value("first", 1, "x"))).isInstanceOf(Applied.class);
        assertWorks(tier);
    }

    @Test
    void aTrustStoreServesAsWell() throws Exception {
        assertWorks(open(
                redis,
                "tls.trust-store",
                server.store(),
                "tls.trust-store-password",
                STORE_PASSWORD,
                "tls.verify",
                "full"));
    }

    @Test
    void aWrongAuthorityIsRefused() throws Exception {
        assertRefused(open(redis, "tls.ca-file", stranger.certificate()));
    }

    @Test
    void withoutAnAuthorityOfItsOwnThePlatformsDecide() throws Exception {
        assertRefused(open(redis));
    }

    @Test
    void aCertificateForAnotherHostIsRefusedUnlessOnlyTheAuthorityCounts() throws Exception {
        assertRefused(open(misnamed, "tls.ca-file", elsewhere.certificate()));
        assertWorks(open(misnamed, "tls.ca-file", elsewhere.certificate(), "tls.verify", "ca"));
    }

    @Test
    void verificationCanBeTurnedOff() throws Exception {
        assertWorks(open(misnamed, "tls.verify", "none"));
    }

    @Test
    void serversThatAskForACertificateGetOne() throws Exception {
        assertWorks(open(
                strict,
                "tls.ca-file",
                server.certificate(),
                "tls.key-store",
                server.store(),
                "tls.key-store-password",
                STORE_PASSWORD));
        assertThat(failure(open(strict, "tls.ca-file", server.certificate()).get(key("tls"), soon())))
                .isNotNull();
    }

    @Test
    void plainConnectionsToATlsPortFailInTime() throws Exception {
        assertThat(failure(open(redis, "url", "redis://127.0.0.1:" + redis.port(), "connect-timeout", "1s")
                        .get(key("tls"), soon())))
                .isNotNull();
    }
}
