package ai.primespark.power.ups;

import ai.primespark.Secret;
import ai.primespark.spi.Settings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * How a connection to a NUT server is encrypted.
 *
 * @param mode whether it is
 * @param verify what of the server's certificate must be right
 * @param caFile certificates to trust, or null
 * @param trustStore key store with certificates to trust, or null
 * @param trustStorePassword its password, or null
 */
record NutTls(
        Mode mode,
        Verify verify,
        @Nullable Path caFile,
        @Nullable Path trustStore,
        @Nullable Secret trustStorePassword) {

    /** Whether connections are encrypted. */
    enum Mode {
        /** Always, or there is no connection. */
        REQUIRE,
        /** When the server can; a certificate that is not trusted is an error here, too. */
        PREFER,
        /** Never. */
        OFF
    }

    /** What of a certificate is checked. */
    enum Verify {
        /** Its authority and the host's name. */
        FULL,
        /** Its authority. */
        CA
    }

    static NutTls of(Settings settings) {
        Mode mode = settings.get(NutSourceProvider.TLS_MODE);
        Path caFile = settings.find(NutSourceProvider.TLS_CA_FILE).orElse(null);
        Path trustStore = settings.find(NutSourceProvider.TLS_TRUST_STORE).orElse(null);
        Secret password =
                settings.find(NutSourceProvider.TLS_TRUST_STORE_PASSWORD).orElse(null);
        NutConfig.check(
                mode != Mode.OFF || caFile == null && trustStore == null && password == null,
                "tls.mode is off, so tls.ca-file and tls.trust-store have no use; remove them, or set tls.mode = require");
        NutConfig.check(caFile == null || trustStore == null, "set only one of tls.ca-file and tls.trust-store");
        NutConfig.check(password == null || trustStore != null, "tls.trust-store-password needs tls.trust-store");
        return new NutTls(mode, settings.get(NutSourceProvider.TLS_VERIFY), caFile, trustStore, password);
    }

    /**
     * Reads whom to trust.
     *
     * @throws IOException when a file cannot be read
     * @throws GeneralSecurityException when a file does not hold what it should
     */
    SSLContext context() throws IOException, GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        if (caFile == null && trustStore == null) {
            context.init(null, null, null); // the platform's authorities
            return context;
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(authorities());
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    private KeyStore authorities() throws IOException, GeneralSecurityException {
        if (trustStore != null) {
            char[] password = trustStorePassword == null
                    ? null
                    : trustStorePassword.reveal().toCharArray();
            return KeyStore.getInstance(trustStore.toFile(), password);
        }
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (InputStream in = Files.newInputStream(Objects.requireNonNull(caFile))) {
            Collection<? extends Certificate> certificates =
                    CertificateFactory.getInstance("X.509").generateCertificates(in);
            if (certificates.isEmpty()) {
                throw new GeneralSecurityException("it holds no certificate (PEM)");
            }
            int number = 0;
            for (Certificate certificate : certificates) {
                store.setCertificateEntry("ca-" + number++, certificate);
            }
        }
        return store;
    }

    /** Which file holds whom to trust, for messages. */
    String origin() {
        return caFile != null
                ? "tls.ca-file " + caFile
                : trustStore != null ? "tls.trust-store " + trustStore : "the platform's authorities";
    }
}
