package ai.primespark.testkit;

import ai.primespark.Zone;
import ai.primespark.llm.LlmRequest;
import ai.primespark.spi.LlmBackend;

class ScriptedLlmBackendContractTest extends LlmBackendContract {

    @Override
    protected LlmBackend newBackend(TestContext context) {
        ScriptedLlmBackend backend = new ScriptedLlmBackend(context.id(), Zone.EDGE);
        backend.resumable(true);
        return backend;
    }

    @Override
    protected LlmRequest answerable() {
        return LlmRequest.prompt("hello").build();
    }
}
