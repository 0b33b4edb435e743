package ai.primespark.memory.nfs;

import ai.primespark.spi.MemoryTierProvider;
import ai.primespark.testkit.MemoryTierContract;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The contract on a plain directory. */
class NfsTierContractTest extends MemoryTierContract {

    @Override
    protected MemoryTierProvider provider() {
        return new NfsTierProvider();
    }

    @Override
    protected Map<String, Object> settings(Path directory) {
        try {
            Files.createDirectories(directory); // the tier never does
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Map.of("path", directory, "init", "if-empty", "allow-same-device", true);
    }
}
