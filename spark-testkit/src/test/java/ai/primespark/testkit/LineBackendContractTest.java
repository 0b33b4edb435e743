package ai.primespark.testkit;

import ai.primespark.spi.LlmBackend;
import java.net.URI;
import java.util.Map;

class LineBackendContractTest extends HttpLlmBackendContract {

    @Override
    protected LlmBackend newBackend(TestContext context, URI server) {
        LineBackendProvider provider = new LineBackendProvider();
        return provider.create(context.with(provider, Map.of("url", server, "token", SECRET)));
    }

    @Override
    protected WireFormat wire() {
        return new LineWire();
    }
}
