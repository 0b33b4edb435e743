package ai.primespark.memory.nfs;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.Zone;
import ai.primespark.spi.SparkProvider;
import ai.primespark.testkit.ProviderContract;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NfsTierProviderTest extends ProviderContract {

    @Override
    protected SparkProvider provider() {
        return new NfsTierProvider();
    }

    @Override
    protected Map<String, Object> settings(Path directory) {
        return Map.of("path", directory);
    }

    @Test
    void isNeverUsedUnasked() {
        assertThat(new NfsTierProvider().usedByDefault()).isFalse();
        assertThat(new NfsTierProvider().defaultZone()).isEqualTo(Zone.EDGE);
    }
}
