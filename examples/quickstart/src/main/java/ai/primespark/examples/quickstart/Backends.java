package ai.primespark.examples.quickstart;

import ai.primespark.ProviderSpec;
import ai.primespark.Zone;
import ai.primespark.llm.LlmOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The backends that the environment asks for: an Ollama on the edge, perhaps one in the cloud, and recall behind them. */
final class Backends {

    private Backends() {}

    static LlmOptions fromEnvironment(Map<String, String> environment) {
        List<ProviderSpec> backends = new ArrayList<>();
        backends.add(ollama("edge", Zone.EDGE, environment.getOrDefault("OLLAMA_EDGE_URL", "http://127.0.0.1:11434")));
        String cloud = environment.get("OLLAMA_CLOUD_URL");
        if (cloud != null) {
            backends.add(ollama("cloud", Zone.CLOUD, cloud));
        }
        backends.add(ProviderSpec.of("recall"));

        LlmOptions.Builder options = LlmOptions.builder().backends(backends.toArray(ProviderSpec[]::new));
        String model = environment.get("OLLAMA_DEFAULT_MODEL");
        if (model != null) {
            options.defaultModel(model);
        }
        return options.build();
    }

    private static ProviderSpec ollama(String id, Zone zone, String url) {
        return ProviderSpec.of("ollama").id(id).with("zone", zone).with("url", url);
    }
}
