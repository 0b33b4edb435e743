package ai.primespark.memory.s3;

import static ai.primespark.spi.TierException.Kind.PERMANENT;

import ai.primespark.Secret;
import ai.primespark.spi.TierException;
import io.minio.credentials.Credentials;
import io.minio.credentials.Provider;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Where the tier's keys come from. Never prints them. */
final class S3Credentials {

    private S3Credentials() {}

    /** The keys of the settings. */
    static Provider fixed(Secret accessKey, Secret secretKey, @Nullable Secret sessionToken) {
        Credentials credentials = new Credentials(
                accessKey.reveal(), secretKey.reveal(), sessionToken == null ? null : sessionToken.reveal(), null);
        return () -> credentials;
    }

    /**
     * The keys of the environment, by the names that all S3 tools know.
     *
     * @param environment a variable's value by its name, or null
     */
    static Provider environment(String id, UnaryOperator<@Nullable String> environment) {
        return () -> {
            String accessKey = environment.apply("AWS_ACCESS_KEY_ID");
            String secretKey = environment.apply("AWS_SECRET_ACCESS_KEY");
            if (accessKey == null || accessKey.isEmpty() || secretKey == null || secretKey.isEmpty()) {
                throw new TierException(
                        PERMANENT,
                        "tier '" + id + "' has no keys: set access-key and secret-key, or AWS_ACCESS_KEY_ID and"
                                + " AWS_SECRET_ACCESS_KEY in the environment, or anonymous = true for a public bucket",
                        null);
            }
            return new Credentials(accessKey, secretKey, environment.apply("AWS_SESSION_TOKEN"), null);
        };
    }
}
