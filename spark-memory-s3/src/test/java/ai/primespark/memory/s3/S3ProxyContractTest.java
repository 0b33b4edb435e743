package ai.primespark.memory.s3;

import ai.primespark.spi.MemoryTierProvider;
import ai.primespark.testkit.MemoryTierContract;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.gaul.s3proxy.junit.S3ProxyExtension;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/**
 * Against a server that somebody else wrote, which checks signatures and keeps objects as files. It answers 412 as it should, but
 * looks and then writes, so that of two machines both can win; therefore the tier must not promise atomic conditions here.
 */
class S3ProxyContractTest extends MemoryTierContract {

    private static final S3ProxyExtension SERVER = S3ProxyFixture.server();

    @BeforeAll
    static void start() throws Exception {
        SERVER.beforeEach(null);
    }

    @AfterAll
    static void stop() {
        SERVER.afterEach(null);
    }

    @Override
    protected MemoryTierProvider provider() {
        return new S3TierProvider();
    }

    @Override
    protected Map<String, Object> settings(Path directory) {
        Map<String, Object> settings = new HashMap<>(S3ProxyFixture.settings(SERVER));
        settings.put("conditional-writes", "auto");
        settings.put(
                "prefix", "test-" + Integer.toHexString(directory.toString().hashCode()));
        return settings;
    }
}
