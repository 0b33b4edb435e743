package ai.primespark.memory.redis;

import ai.primespark.Secret;
import ai.primespark.memory.redis.RedisTierProvider.TlsVerify;
import ai.primespark.spi.Setting;
import ai.primespark.spi.Settings;
import ai.primespark.spi.TierException;
import io.lettuce.core.SslOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How connections are encrypted.
 *
 * @param enabled whether they are
 * @param verify what of the server's certificate must be right
 * @param caFile certificates to trust, or null
 * @param trustStore key store with certificates to trust, or null
 * @param trustStorePassword its password, or null
 * @param keyStore key store with our own certificate, or null
 * @param keyStorePassword its password, or null
 */
record RedisTls(
        boolean enabled,
        TlsVerify verify,
        @Nullable Path caFile,
        @Nullable Path trustStore,
        @Nullable Secret trustStorePassword,
        @Nullable Path keyStore,
        @Nullable Secret keyStorePassword) {

    static RedisTls of(Settings settings, boolean urlSaysSo) {
        Optional<Boolean> said = settings.find(RedisTierProvider.TLS);
        RedisConfig.check(
                said.orElse(true) || !urlSaysSo, "the url asks for TLS (rediss://), but tls.enabled is false");
        boolean enabled = said.orElse(urlSaysSo);
        if (!enabled) {
            List<Setting<?>> needing = List.of(
                    RedisTierProvider.TLS_CA_FILE,
                    RedisTierProvider.TLS_TRUST_STORE,
                    RedisTierProvider.TLS_TRUST_STORE_PASSWORD,
                    RedisTierProvider.TLS_KEY_STORE,
                    RedisTierProvider.TLS_KEY_STORE_PASSWORD,
                    RedisTierProvider.TLS_VERIFY);
            for (Setting<?> setting : needing) {
                RedisConfig.check(
                        settings.find(setting).isEmpty(),
                        setting.name() + " is set, but TLS is off; set tls.enabled = true or use rediss://");
            }
        }
        Path caFile = settings.find(RedisTierProvider.TLS_CA_FILE).orElse(null);
        Path trustStore = settings.find(RedisTierProvider.TLS_TRUST_STORE).orElse(null);
        Path keyStore = settings.find(RedisTierProvider.TLS_KEY_STORE).orElse(null);
        Secret trustPassword =
                settings.find(RedisTierProvider.TLS_TRUST_STORE_PASSWORD).orElse(null);
        Secret keyPassword =
                settings.find(RedisTierProvider.TLS_KEY_STORE_PASSWORD).orElse(null);
        TlsVerify verify = settings.find(RedisTierProvider.TLS_VERIFY).orElse(TlsVerify.FULL);
        RedisConfig.check(caFile == null || trustStore == null, "set only one of tls.ca-file and tls.trust-store");
        RedisConfig.check(
                trustPassword == null || trustStore != null, "tls.trust-store-password needs tls.trust-store");
        RedisConfig.check(keyPassword == null || keyStore != null, "tls.key-store-password needs tls.key-store");
        RedisConfig.check(
                verify != TlsVerify.NONE || caFile == null && trustStore == null,
                "tls.verify = none trusts everybody, so tls.ca-file and tls.trust-store have no use; remove one of them");
        return new RedisTls(enabled, verify, caFile, trustStore, trustPassword, keyStore, keyPassword);
    }

    /**
     * What the client is told. Files are looked at, not read.
     *
     * @throws TierException when a file is not there
     */
    SslOptions options() {
        SslOptions.Builder options = SslOptions.builder().jdkSslProvider();
        if (caFile != null) {
            options.trustManager(SslOptions.Resource.from(readable("tls.ca-file", caFile)));
        }
        if (trustStore != null) {
            options.truststore(
                    SslOptions.Resource.from(readable("tls.trust-store", trustStore)), clear(trustStorePassword));
        }
        if (keyStore != null) {
            options.keystore(SslOptions.Resource.from(readable("tls.key-store", keyStore)), clear(keyStorePassword));
        }
        return options.build();
    }

    private static java.io.File readable(String setting, Path file) {
        if (!Files.isReadable(file)) {
            throw new TierException(
                    TierException.Kind.PERMANENT,
                    setting + ": cannot read " + file + "; check the path and its permissions",
                    null);
        }
        return file.toFile();
    }

    private static char[] clear(@Nullable Secret secret) {
        return secret == null ? new char[0] : secret.reveal().toCharArray();
    }
}
