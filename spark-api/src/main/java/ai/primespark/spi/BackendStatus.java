package ai.primespark.spi;

import ai.primespark.llm.ModelInfo;
import java.util.List;

/**
 * What an {@link LlmBackend} offers now.
 *
 * @param version of the server; empty when it does not say
 * @param models what it has; empty for backends without models
 */
public record BackendStatus(String version, List<ModelInfo> models) {

    /** Copies the list. */
    public BackendStatus {
        models = List.copyOf(models);
    }
}
