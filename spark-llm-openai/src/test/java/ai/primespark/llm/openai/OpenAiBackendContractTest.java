package ai.primespark.llm.openai;

import ai.primespark.spi.LlmBackend;
import ai.primespark.testkit.HttpLlmBackendContract;
import ai.primespark.testkit.TestContext;
import ai.primespark.testkit.WireFormat;
import java.net.URI;
import java.util.Map;

class OpenAiBackendContractTest extends HttpLlmBackendContract {

    @Override
    protected LlmBackend newBackend(TestContext context, URI server) {
        OpenAiProvider provider = new OpenAiProvider();
        return provider.create(context.with(provider, Map.of("url", server, "api-key", SECRET)));
    }

    @Override
    protected WireFormat wire() {
        return new OpenAiWire();
    }
}
