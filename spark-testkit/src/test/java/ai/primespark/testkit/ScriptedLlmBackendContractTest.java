package ai.primespark.testkit;

import ai.primespark.Zone;
import ai.primespark.llm.LlmRequest;
import ai.primespark.spi.LlmBackend;

class ScriptedLlmBackendContractTest extends LlmBackendContract {

    @Override
    protected LlmBackend newBackend(TestContext context) {
        return new ScriptedLlmBackend(context.id(), Zone.EDGE);
    }

    @Override
    protected LlmRequest answerable() {
        return LlmRequest.prompt("hello").build();
    }
}
