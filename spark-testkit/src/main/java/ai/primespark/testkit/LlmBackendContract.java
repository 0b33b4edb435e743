package ai.primespark.testkit;

import ai.primespark.llm.LlmRequest;
import ai.primespark.spi.LlmBackend;
import java.time.Duration;
import org.junit.jupiter.api.Timeout;

/**
 * The rules that every {@link LlmBackend} keeps; their ids, {@code LLM-01} to {@code LLM-11}, are explained there. Extend it in a
 * test; backends that speak HTTP extend {@link HttpLlmBackendContract} instead, which includes these rules.
 *
 * <pre>{@code
 * class EchoBackendContractTest extends LlmBackendContract {
 *     protected LlmBackend newBackend(TestContext context) {
 *         EchoProvider provider = new EchoProvider();
 *         return provider.create(context.with(provider, Map.of("prefix", "you said: ")));
 *     }
 *
 *     protected LlmRequest answerable() {
 *         return LlmRequest.prompt("hello").build();
 *     }
 * }
 * }</pre>
 */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class LlmBackendContract extends LlmResumeRules {

    /** For subclasses. */
    protected LlmBackendContract() {}

    /**
     * Makes a backend, without starting it.
     *
     * @param context a context without settings; {@link TestContext#with} gives it some
     * @return a new backend
     * @throws Exception when it cannot be made, which fails the test
     */
    protected abstract LlmBackend newBackend(TestContext context) throws Exception;

    /**
     * A request that the backend answers with a text of at least two characters, with the same text each time.
     *
     * @return the request
     */
    protected abstract LlmRequest answerable();

    /**
     * Prepares a backend that has just been started, for example by giving it documents to answer from. Does nothing unless
     * overridden.
     *
     * @param backend a started backend
     * @throws Exception when it cannot be prepared, which fails the test
     */
    protected void prepare(LlmBackend backend) throws Exception {}

    /**
     * How long a call may take before it counts as hanging.
     *
     * @return 20 seconds unless overridden
     */
    protected Duration patience() {
        return Duration.ofSeconds(20);
    }

    @Override
    final LlmBackend makeBackend(TestContext context) throws Exception {
        return newBackend(context);
    }

    @Override
    final void prepareBackend(LlmBackend backend) throws Exception {
        prepare(backend);
    }

    @Override
    final LlmRequest request() {
        return answerable();
    }

    @Override
    final Duration llmPatience() {
        return patience();
    }
}
