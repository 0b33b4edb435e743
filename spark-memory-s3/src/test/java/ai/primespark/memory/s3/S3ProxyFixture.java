package ai.primespark.memory.s3;

import java.util.Map;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.junit.S3ProxyExtension;

/** An S3 server that checks signatures, and settings for tiers on it. */
final class S3ProxyFixture {

    private S3ProxyFixture() {}

    static S3ProxyExtension server() {
        return S3ProxyExtension.builder()
                .withCredentials(AuthenticationType.AWS_V4, S3Fixture.ACCESS_KEY, S3Fixture.SECRET_KEY)
                .withPort(0)
                .withBlobStoreProvider("transient-nio2")
                .build();
    }

    static Map<String, Object> settings(S3ProxyExtension server) {
        return Map.of(
                "endpoint",
                server.getUri().toString(),
                "bucket",
                S3Fixture.BUCKET,
                "create-bucket",
                true,
                "access-key",
                S3Fixture.ACCESS_KEY,
                "secret-key",
                S3Fixture.SECRET_KEY);
    }
}
