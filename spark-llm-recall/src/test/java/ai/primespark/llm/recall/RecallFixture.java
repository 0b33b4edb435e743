package ai.primespark.llm.recall;

import ai.primespark.llm.DocumentIndex;
import ai.primespark.spi.LlmBackend;
import ai.primespark.testkit.TestContext;
import java.util.Map;

/** A started backend with a context of its own. */
final class RecallFixture implements AutoCloseable {

    private final TestContext context = TestContext.create();
    private final LlmBackend backend;

    private RecallFixture(Map<String, ?> settings) throws Exception {
        RecallProvider provider = new RecallProvider();
        backend = provider.create(context.with(provider, settings));
        try {
            backend.start();
        } catch (Exception e) {
            close();
            throw e;
        }
    }

    static RecallFixture start(Map<String, ?> settings) throws Exception {
        return new RecallFixture(settings);
    }

    static RecallFixture inMemory() throws Exception {
        return start(Map.of("in-memory", true));
    }

    TestContext context() {
        return context;
    }

    LlmBackend backend() {
        return backend;
    }

    DocumentIndex documents() {
        return backend.documents().orElseThrow();
    }

    @Override
    public void close() throws Exception {
        try {
            backend.close();
        } finally {
            context.close();
        }
    }
}
