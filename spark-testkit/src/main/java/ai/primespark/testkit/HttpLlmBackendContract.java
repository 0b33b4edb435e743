package ai.primespark.testkit;

import ai.primespark.llm.LlmRequest;
import ai.primespark.spi.LlmBackend;
import java.net.URI;

/**
 * The rules of {@link LlmBackendContract} for backends that speak HTTP, played on a {@link FaultServer} that breaks off, stalls,
 * resets and talks nonsense. The {@link WireFormat} says how the backend's protocol is written.
 *
 * <pre>{@code
 * class OllamaBackendContractTest extends HttpLlmBackendContract {
 *     protected LlmBackend newBackend(TestContext context, URI server) {
 *         OllamaProvider provider = new OllamaProvider();
 *         return provider.create(context.with(provider, Map.of("url", server)));
 *     }
 *
 *     protected WireFormat wire() {
 *         return new OllamaWire();
 *     }
 * }
 * }</pre>
 */
public abstract class HttpLlmBackendContract extends HttpLimitRules {

    /** Give this to the backend as its password, key or token, if it takes one: the rules look for it where it must not be. */
    protected static final String SECRET = "canary-5ecret-9f2c";

    /** For subclasses. */
    protected HttpLlmBackendContract() {}

    /**
     * Makes a backend, without starting it.
     *
     * @param context a context without settings; {@link TestContext#with} gives it some
     * @param server the server's address, without a path
     * @return a new backend
     * @throws Exception when it cannot be made, which fails the test
     */
    protected abstract LlmBackend newBackend(TestContext context, URI server) throws Exception;

    /**
     * How the backend's protocol is written.
     *
     * @return the format
     */
    protected abstract WireFormat wire();

    @Override
    protected LlmRequest answerable() {
        return LlmRequest.prompt("Say something.").model("test-model").build();
    }

    @Override
    protected final LlmBackend newBackend(TestContext context) throws Exception {
        return newBackend(context, server().uri());
    }

    @Override
    final LlmBackend makeBackend(TestContext context, URI address) throws Exception {
        return newBackend(context, address);
    }

    @Override
    final WireFormat format() {
        return wire();
    }
}
