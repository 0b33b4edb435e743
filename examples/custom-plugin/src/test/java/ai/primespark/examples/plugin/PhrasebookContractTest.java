package ai.primespark.examples.plugin;

import ai.primespark.llm.LlmRequest;
import ai.primespark.spi.LlmBackend;
import ai.primespark.testkit.LlmBackendContract;
import ai.primespark.testkit.TestContext;
import java.util.Map;

class PhrasebookContractTest extends LlmBackendContract {

    @Override
    protected LlmBackend newBackend(TestContext context) {
        PhrasebookProvider provider = new PhrasebookProvider();
        Map<String, String> phrases = Map.of("Who are you?", "I am a phrasebook, and not a model.");
        return provider.create(context.with(provider, Map.of("phrases", phrases)));
    }

    @Override
    protected LlmRequest answerable() {
        return LlmRequest.prompt("Who are you?").build();
    }
}
