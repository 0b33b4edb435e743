package ai.primespark.memory.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.Zone;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.SparkProvider;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierTrait;
import ai.primespark.testkit.ProviderContract;
import ai.primespark.testkit.TestContext;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class S3TierProviderTest extends ProviderContract {

    @Override
    protected SparkProvider provider() {
        return new S3TierProvider();
    }

    @Override
    protected Map<String, Object> settings(Path directory) {
        return Map.of("bucket", "memory");
    }

    private static Map<String, Object> with(Object... more) {
        Map<String, Object> settings = new HashMap<>(Map.of("bucket", "memory"));
        for (int i = 0; i < more.length; i += 2) {
            settings.put((String) more[i], more[i + 1]);
        }
        return settings;
    }

    @Test
    void valuesTravelToTheCloudUnlessSaidOtherwise() {
        assertThat(new S3TierProvider().defaultZone()).isEqualTo(Zone.CLOUD);
        assertThat(new S3TierProvider().usedByDefault()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"required,true", "auto,false", "off,false"})
    void onlyRequiredConditionsPromiseAtomicWrites(String mode, boolean atomic) throws Exception {
        try (TestContext context = TestContext.create();
                MemoryTier tier = new S3TierProvider()
                        .create(context.with(new S3TierProvider(), with("conditional-writes", mode)))) {
            assertThat(tier.traits().contains(TierTrait.ATOMIC_CAS)).isEqualTo(atomic);
            assertThat(tier.traits()).contains(TierTrait.SHARED, TierTrait.PERSISTENT, TierTrait.SCAN_ORDERED);
        }
    }

    @Test
    void settingsThatDoNotFitTogetherAreRefusedWithTheirNames() {
        assertRefused("access-key and secret-key", with("access-key", "a-key"));
        assertRefused("access-key and secret-key", with("secret-key", "a-key"));
        assertRefused("session-token", with("session-token", "a-token"));
        assertRefused("anonymous", with("anonymous", true, "access-key", "a", "secret-key", "b"));
        assertRefused("endpoint", with("endpoint", "https://nas.example/minio"));
    }

    private static void assertRefused(String word, Map<String, Object> settings) {
        try (TestContext context = TestContext.create()) {
            TestContext own = context.with(new S3TierProvider(), settings);
            assertThatThrownBy(() -> new S3TierProvider().create(own))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(word);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/a", "a/", "a//b", "..", "a/../b", "a b", "é"})
    void prefixesThatServersMangleAreRefused(String prefix) {
        try (TestContext context = TestContext.create()) {
            assertThatThrownBy(() -> context.with(new S3TierProvider(), with("prefix", prefix)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("prefix");
        }
    }

    @Test
    void keysComeFromTheEnvironmentWhenTheSettingsHaveNone() {
        Map<String, String> environment = new HashMap<>();
        environment.put("AWS_ACCESS_KEY_ID", "id");
        var provider = S3Credentials.environment("cloud", environment::get);
        assertThatThrownBy(provider::fetch)
                .isInstanceOfSatisfying(
                        TierException.class, e -> assertThat(e.kind()).isEqualTo(TierException.Kind.PERMANENT))
                .hasMessageContaining("AWS_SECRET_ACCESS_KEY")
                .hasMessageContaining("secret-key");
        environment.put("AWS_SECRET_ACCESS_KEY", "secret");
        environment.put("AWS_SESSION_TOKEN", "token");
        assertThat(provider.fetch().accessKey()).isEqualTo("id");
        assertThat(provider.fetch().secretKey()).isEqualTo("secret");
        assertThat(provider.fetch().sessionToken()).isEqualTo("token");
    }
}
