package ai.primespark.memory.s3;

import ai.primespark.testkit.S3FaultServer;
import java.util.Map;

/** Settings for tiers on the test server. */
final class S3Fixture {

    static final String BUCKET = "memory";
    static final String ACCESS_KEY = "test-access";
    static final String SECRET_KEY = "test-5ecret-key";

    private S3Fixture() {}

    static Map<String, Object> settings(S3FaultServer server) {
        return Map.of(
                "endpoint",
                server.uri().toString(),
                "bucket",
                BUCKET,
                "create-bucket",
                true,
                "access-key",
                ACCESS_KEY,
                "secret-key",
                SECRET_KEY);
    }
}
