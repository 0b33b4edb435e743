package ai.primespark.memory.s3;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One tier's settings, checked. See {@link S3TierProvider} for what they mean. Immutable; never prints credentials, which are
 * kept apart.
 *
 * @param writeHeaders what goes with every write: encryption, storage class
 */
record S3Options(
        String id,
        URI endpoint,
        String bucket,
        String prefix,
        String region,
        PathStyle pathStyle,
        boolean createBucket,
        @Nullable Path caFile,
        Map<String, String> writeHeaders,
        ConditionalWrites conditionalWrites,
        int maxConnections,
        Duration connectTimeout,
        Duration readTimeout,
        Duration writeTimeout,
        int partBytes,
        int maxUploads,
        int cachedHeaders) {

    /** Where the bucket's name stands in a request. */
    enum PathStyle {
        /** In the host's name for AWS, in the path for all others. */
        AUTO,
        /** In the path. */
        TRUE,
        /** In the host's name. */
        FALSE
    }

    /** What is asked of the server so that writers do not overwrite one another. */
    enum ConditionalWrites {
        /** It must honour conditions; writes fail if it does not. */
        REQUIRED,
        /** Conditions if it honours them, otherwise look and then write; promises nothing. */
        AUTO,
        /** Look and then write; conditions are not even sent. */
        OFF
    }

    /** The tier and where it lies, for messages. */
    String where() {
        return "tier '" + id + "' (bucket '" + bucket + "' at " + endpoint + ")";
    }
}
