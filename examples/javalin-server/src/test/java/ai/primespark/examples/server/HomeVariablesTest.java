package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.PrimeSpark;
import ai.primespark.ProviderSpec;
import ai.primespark.Secret;
import ai.primespark.memory.MemoryStats.TierStats;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HomeVariablesTest {

    private static final Map<String, String> MINIO = Map.of(
            "MINIO_ENDPOINT", "nas.local:9000", "MINIO_ACCESS_KEY", "spark", "MINIO_SECRET_KEY", "s3cret-s3cret");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "REDIS_HOST                              | caffeine, redis, directory",
                "NAS_SHARE_PATH                          | caffeine, directory, nfs",
                "MINIO_ENDPOINT                          | caffeine, directory, s3",
                "REDIS_HOST NAS_SHARE_PATH               | caffeine, redis, nfs",
                "REDIS_HOST NAS_SHARE_PATH MINIO_ENDPOINT | caffeine, redis, nfs, s3"
            })
    void whatAHomeHasBecomesItsTiersInOrder(String names, String types) throws StartupException {
        Map<String, String> all = new HashMap<>(MINIO);
        all.put("REDIS_HOST", "pi.local");
        all.put("NAS_SHARE_PATH", "/mnt/nas");
        all.keySet().removeIf(name -> !names.contains(name) && !name.matches("MINIO_.*_KEY"));

        assertThat(String.join(", ", tiers(all).stream().map(ProviderSpec::type).toList()))
                .isEqualTo(types);
    }

    @Test
    void eachTierIsReachedAsItsVariablesSay() throws StartupException {
        Map<String, String> all = new HashMap<>(MINIO);
        all.putAll(Map.of("REDIS_LOCAL_PORT", "6380", "REDIS_PASSWORD", "s3cret", "MINIO_BUCKET", "home"));
        List<ProviderSpec> tiers = tiers(all);

        assertThat(tiers.get(1).toMap())
                .containsEntry("url", Secret.of("redis://localhost:6380"))
                .containsEntry("password", Secret.of("s3cret"));
        assertThat(tiers.get(3).toMap())
                .containsEntry("endpoint", URI.create("http://nas.local:9000"))
                .containsEntry("bucket", "home")
                .containsEntry("secret-key", Secret.of("s3cret-s3cret"));
        assertThat(tiers.toString()).doesNotContain("s3cret");
    }

    @Test
    void theRestBecomesTheLibrarysSettings() throws StartupException {
        Map<String, Object> settings = settings(Map.of(
                "BATTERY_LOW_THRESHOLD", "25",
                "BATTERY_CRITICAL_THRESHOLD", "12",
                "JWT_ALGORITHM", "ES256",
                "JWT_EXPIRATION_HOURS", "24"));

        assertThat(settings)
                .containsEntry("power.charge.low", 25.0)
                .containsEntry("power.charge.critical", 12.0)
                .containsEntry("auth.jwt.algorithm", "es256")
                .containsEntry("auth.access-token-life", Duration.ofHours(24))
                .doesNotContainKey("memory.tiers");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "JWT_SECRET=change_me_in_production",
                "REDIS_PASSWORD=changeme",
                "MINIO_SECRET_KEY=CHANGE-ME-PLEASE",
                "JWT_ALGORITHM=none",
                "JWT_ALGORITHM=RS256",
                "JWT_EXPIRATION_HOURS=0",
                "BATTERY_LOW_THRESHOLD=full",
                "NAS_SHARE_PATH=share",
                "REDIS_HOST=a b",
                "MINIO_ENDPOINT=ftp://nas"
            })
    void whatIsWrongIsNamed(String line) {
        String[] parts = line.split("=", 2);
        assertThatThrownBy(() -> settings(Map.of(parts[0], parts[1])))
                .isInstanceOf(StartupException.class)
                .hasMessageStartingWith(parts[0] + " ");
    }

    @Test
    void namesWithoutAnEffectAreSaid() {
        assertThat(new HomeVariables(new Variables(Map.of("WIREGUARD_PORT", "51820", "VPN_SUBNET", "10.8.0.0/24")))
                        .without())
                .hasSize(2)
                .allMatch(note -> note.contains("has no effect"));
    }

    @Test
    void theLibraryTakesThemAll(@TempDir Path directory) throws Exception {
        Map<String, String> all = new HashMap<>(MINIO);
        all.putAll(Map.of(
                "MINIO_ENDPOINT", "http://127.0.0.1:1",
                "REDIS_HOST", "127.0.0.1",
                "REDIS_LOCAL_PORT", "1",
                "NAS_SHARE_PATH",
                        Files.createDirectory(directory.resolve("nas")).toString(),
                "BATTERY_LOW_THRESHOLD", "25",
                "WIREGUARD_INTERFACE", "wg-none",
                "JWT_SECRET", "KJ3f0sa8Nw1mXq7RtZ5vB2yC4hL6pD9eGsUoTiMkWnQ",
                "JWT_ALGORITHM", "HS256"));
        try (PrimeSpark spark = PrimeSpark.builder()
                .config(new Variables(all)
                        .config(Optional.of(Files.writeString(
                                directory.resolve("test.conf"),
                                "primespark.data-dir = \"" + directory.resolve("data") + "\""))))
                .build()) {
            assertThat(spark.memory().stats().tiers())
                    .extracting(TierStats::type)
                    .containsExactly("caffeine", "redis", "nfs", "s3");
            assertThat(spark.info().toString()).doesNotContain("s3cret", "KJ3f0sa8");
        }
    }

    @SuppressWarnings("unchecked")
    private static List<ProviderSpec> tiers(Map<String, String> variables) throws StartupException {
        return (List<ProviderSpec>) settings(variables).get("memory.tiers");
    }

    private static Map<String, Object> settings(Map<String, String> variables) throws StartupException {
        return new HomeVariables(new Variables(variables)).settings();
    }
}
