package ai.primespark.memory.s3;

import ai.primespark.spi.MemoryTierProvider;
import ai.primespark.testkit.MemoryTierContract;
import ai.primespark.testkit.S3FaultServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Against a server that honours conditions of writes and, like MinIO, ignores those of deletions. */
class S3TierContractTest extends MemoryTierContract {

    private static @Nullable S3FaultServer server;

    @BeforeAll
    static void start() throws IOException {
        server = S3FaultServer.start();
    }

    @AfterAll
    static void stop() {
        server().close();
    }

    private static S3FaultServer server() {
        return Objects.requireNonNull(server);
    }

    @Override
    protected MemoryTierProvider provider() {
        return new S3TierProvider();
    }

    @Override
    protected Map<String, Object> settings(Path directory) {
        Map<String, Object> settings = new HashMap<>(S3Fixture.settings(server()));
        // a storage of its own for each test, of which only the file names have to be legal
        settings.put(
                "prefix", "test-" + Integer.toHexString(directory.toString().hashCode()));
        return settings;
    }
}
