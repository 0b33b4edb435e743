package ai.primespark.llm.recall;

import ai.primespark.llm.LlmRequest;
import ai.primespark.spi.LlmBackend;
import ai.primespark.testkit.LlmBackendContract;
import ai.primespark.testkit.TestContext;
import java.util.Map;

class RecallBackendContractTest extends LlmBackendContract {

    @Override
    protected LlmBackend newBackend(TestContext context) {
        RecallProvider provider = new RecallProvider();
        return provider.create(context.with(provider, Map.of()));
    }

    @Override
    protected void prepare(LlmBackend backend) {
        backend.documents().orElseThrow().add(TestDocuments.manual());
    }

    @Override
    protected LlmRequest answerable() {
        return LlmRequest.prompt("How are passwords hashed?").build();
    }
}
