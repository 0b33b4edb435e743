package ai.primespark.examples.plugin;

import ai.primespark.spi.LlmBackend;
import ai.primespark.spi.LlmBackendProvider;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Setting;
import java.util.List;

/** Makes backends that answer configured questions with configured answers: type {@code phrasebook}. */
public final class PhrasebookProvider implements LlmBackendProvider {

    @Override
    public String name() {
        return "phrasebook";
    }

    @Override
    public int spiLevel() {
        return SPI_LEVEL;
    }

    @Override
    public List<Setting<?>> settings() {
        return List.of(Phrasebook.PHRASES);
    }

    @Override
    public LlmBackend create(ProviderContext context) {
        return new Phrasebook(context);
    }
}
