package ai.primespark.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.ConfigurationException;
import ai.primespark.PrimeSpark;
import ai.primespark.Secret;
import ai.primespark.SparkConfig;
import ai.primespark.Zone;
import ai.primespark.memory.Keyring;
import ai.primespark.memory.MemoryOptions;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.RecordFormat;
import ai.primespark.spi.TierTrait;
import ai.primespark.testkit.InMemoryTier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class SealedMemoryTest {

    private static final String KEY =
            Base64.getEncoder().encodeToString("0123456789abcdef0123456789ABCDEF".getBytes(StandardCharsets.US_ASCII));

    private final InMemoryTier cloud = new InMemoryTier(TierTrait.PERSISTENT);

    @TempDir
    Path dir;

    private PrimeSpark.Builder builder(String hocon) {
        return PrimeSpark.builder()
                .discovery(false)
                .memoryTier("edge", new InMemoryTier(TierTrait.LOCAL, TierTrait.PERSISTENT, TierTrait.ATOMIC_CAS))
                .memoryTier("cloud", Zone.CLOUD, cloud)
                .config(SparkConfig.empty().withText(hocon, "test").with("primespark.data-dir", dir.resolve("data")));
    }

    /** Everything that the cloud's owner sees. */
    private String cloudText() {
        Deadline deadline = Deadline.in(Duration.ofSeconds(10));
        StringBuilder all = new StringBuilder();
        cloud.scan("default", "", null, 100, deadline)
                .toCompletableFuture()
                .join()
                .headers()
                .forEach(header -> all.append(new String(
                        RecordFormat.write(cloud.get(header.key(), deadline)
                                .toCompletableFuture()
                                .join()),
                        StandardCharsets.ISO_8859_1)));
        return all.toString();
    }

    @Test
    void keysOfTheConfigurationSealAndNeverShow() {
        String hocon = "primespark.memory.encryption.keys = [{id = a, key = \"" + KEY + "\"}]";
        try (PrimeSpark spark = builder(hocon).build()) {
            spark.memory().put("secret-name", "secret-value");
            assertThat(spark.memory().flush(Duration.ofSeconds(10))).isTrue();
            assertThat(spark.info().toString()).doesNotContain(KEY).doesNotContain(KEY.substring(5, 15));
            assertThat(spark.info()
                            .settings()
                            .get("primespark.memory.encryption.keys[0].key")
                            .value())
                    .isEqualTo("***");
            assertThat(spark.info()
                            .settings()
                            .get("primespark.memory.encryption.keys[0].id")
                            .value())
                    .isEqualTo("a");
        }
        assertThat(cloudText()).contains("sealed").doesNotContain("secret-").doesNotContain(KEY);
        assertThatThrownBy(() -> builder(
                                "primespark.memory.encryption.keys = [{id = a, key = \"" + KEY + "x\"}, {id = B}]")
                        .build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("keys[0].key (test:1): must be 32 bytes in base64")
                .hasMessageContaining("keys[1].id")
                .hasMessageContaining("keys[1].key (test:1): is required")
                .hasMessageNotContaining(KEY.substring(5, 15));
    }

    @Test
    void aKeyringWithWrongRightsStopsTheStartWithAWayOut() throws Exception {
        Path file = dir.resolve("keys");
        Keyring.generate("a").save(file);
        String hocon = "primespark.memory.encryption.keys-file = \"" + file + "\"";
        builder(hocon).build().close();
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> builder(hocon).build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("chmod 600");
    }

    @Test
    void theProgramSaysAllOfItWithTypedObjects() {
        MemoryOptions options = MemoryOptions.builder()
                .encryptionKeys(Map.of("a", Secret.of(KEY)))
                .encryptionFrom(Zone.CLOUD)
                .encryptionPlainRecords(false)
                .namespaces(Map.of(
                        "diary", NamespaceOptions.DEFAULT.withReach(Zone.EDGE).withCodec("cbor")))
                .build();
        assertThat(options.toString()).doesNotContain(KEY);
        try (PrimeSpark spark = builder("").memory(options).build()) {
            assertThat(spark.memory().namespace("diary"))
                    .isSameAs(spark.memory()
                            .namespace(
                                    "diary",
                                    NamespaceOptions.DEFAULT
                                            .withReach(Zone.EDGE)
                                            .withCodec("cbor")));
        }
        try (PrimeSpark spark = builder("")
                .keyProvider(Keyring.generate("own"))
                .memory(MemoryOptions.builder()
                        .encryptionKeysFile(dir.resolve("none"))
                        .build())
                .build()) {
            spark.memory().put("k", "v");
            assertThat(spark.memory().flush(Duration.ofSeconds(10))).isTrue();
        }
        assertThat(cloudText()).contains("sealed").contains("own\0");
    }

    @Test
    void declaredNamespacesThatCannotBeSealedStopTheStart() {
        assertThatThrownBy(() -> builder("primespark.memory.namespaces = [{name = diary, encrypt-from = edge}]")
                        .build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("'diary'")
                .hasMessageContaining("no keys");
        assertThatThrownBy(() -> builder("""
                        primespark.memory.namespaces = [
                          {name = Diary, codec = xml}
                          {name = cache, compresion = zstd, ack = some}
                        ]""").build())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("namespaces[0].name (test:2): must be")
                .hasMessageContaining("namespaces[0].codec (test:2): must be json, cbor, bytes or text")
                .hasMessageContaining(
                        "namespaces[1].compresion (test:3): is not a setting; did you mean 'compression'?")
                .hasMessageContaining("namespaces[1].ack (test:3): must be memory, journaled, tier(n) or all");
    }
}
