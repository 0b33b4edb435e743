package ai.primespark.memory.s3;

import static ai.primespark.memory.s3.S3Fixture.deadline;
import static ai.primespark.memory.s3.S3Fixture.failure;
import static ai.primespark.memory.s3.S3Fixture.result;
import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.spi.BlobTier;
import ai.primespark.spi.TierException;
import ai.primespark.testkit.TestContext;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.gaul.s3proxy.junit.S3ProxyExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What only a server can show that checks signatures and was written by somebody else. */
@Timeout(120)
class S3ProxyTest {

    @RegisterExtension
    final S3ProxyExtension server = S3ProxyFixture.server();

    @ParameterizedTest
    @CsvSource({"access-key, access-key", "secret-key, secret-key"})
    void aWrongKeyIsPermanentAndNamesItsSetting(String setting, String word) {
        try (TestContext context = TestContext.create()) {
            Map<String, Object> settings = new HashMap<>(S3ProxyFixture.settings(server));
            settings.put(setting, "not-the-right-one");
            S3TierProvider provider = new S3TierProvider();
            try (S3Tier tier = (S3Tier) provider.create(context.with(provider, settings))) {
                tier.start();
                TierException failure = failure(tier.probe(deadline()));
                assertThat(failure.kind()).isEqualTo(TierException.Kind.PERMANENT);
                assertThat(failure).hasMessageContaining(word);
                S3FaultTest.assertNoSecret(failure);
            }
        }
    }

    @Test
    void withoutASignatureNobodyGetsIn() {
        try (TestContext context = TestContext.create()) {
            Map<String, Object> settings = new HashMap<>(S3ProxyFixture.settings(server));
            settings.remove("access-key");
            settings.remove("secret-key");
            settings.put("anonymous", true);
            S3TierProvider provider = new S3TierProvider();
            try (S3Tier tier = (S3Tier) provider.create(context.with(provider, settings))) {
                tier.start();
                assertThat(failure(tier.probe(deadline())).kind()).isEqualTo(TierException.Kind.PERMANENT);
            }
        }
    }

    @Test
    void aMissingBucketIsNamed() {
        try (TestContext context = TestContext.create()) {
            Map<String, Object> settings = new HashMap<>(S3ProxyFixture.settings(server));
            settings.put("create-bucket", false);
            S3TierProvider provider = new S3TierProvider();
            try (S3Tier tier = (S3Tier) provider.create(context.with(provider, settings))) {
                tier.start();
                assertThat(failure(tier.probe(deadline()))).hasMessageContaining("create-bucket");
            }
        }
    }

    @Test
    void conditionsAndBinariesWorkAsOnTheTestServer() throws IOException {
        try (TestContext context = TestContext.create()) {
            Map<String, Object> settings = new HashMap<>(S3ProxyFixture.settings(server));
            settings.put("part-size", "5 MiB");
            S3TierProvider provider = new S3TierProvider();
            try (S3Tier tier = (S3Tier) provider.create(context.with(provider, settings))) {
                tier.start();
                S3Fixture.apply(tier, S3Fixture.value("k", 1, "x"));
                assertThat(result(tier.probe(deadline())).detail()).contains("conditional writes work");
                BlobTier blobs = tier.blobs().orElseThrow();
                byte[] content = new byte[(12 << 20) + 77];
                new Random(5).nextBytes(content);
                String name = S3Fixture.sha256(content);
                result(blobs.write(name, new ByteArrayInputStream(content), content.length, deadline()));
                assertThat(result(blobs.has(name, deadline()))).isTrue();
                try (InputStream in = result(blobs.read(name, 6 << 20, 1 << 20, deadline()))) {
                    assertThat(Arrays.equals(in.readAllBytes(), Arrays.copyOfRange(content, 6 << 20, 7 << 20)))
                            .isTrue();
                }
                assertThat(result(blobs.list(null, 10, deadline())).chunks())
                        .singleElement()
                        .satisfies(chunk -> assertThat(chunk.bytes()).isEqualTo(content.length));
                result(blobs.delete(name, deadline()));
                assertThat(result(blobs.has(name, deadline()))).isFalse();
            }
        }
    }
}
