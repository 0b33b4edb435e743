package ai.primespark.llm.openai;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmRequest;
import ai.primespark.spi.BackendStatus;
import ai.primespark.spi.CallLimits;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.LlmBackend;
import ai.primespark.testkit.TestContext;
import com.fasterxml.jackson.databind.JsonNode;
import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.client.WireMock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;

/** A WireMock server that plays a server of the OpenAI protocol, and backends that talk to it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class OpenAiFixture {

    static final String PATH = "/v1/chat/completions";
    static final String SSE = "text/event-stream";
    static final CallLimits LIMITS = new CallLimits(
            Duration.ofSeconds(5),
            Duration.ofSeconds(20),
            Duration.ofSeconds(20),
            Duration.ofSeconds(20),
            Duration.ofSeconds(40),
            10_000);

    WireMockServer server;
    TestContext context;
    private final List<LlmBackend> backends = new ArrayList<>();

    @BeforeAll
    void startServer() {
        server = new WireMockServer(options().dynamicPort().bindAddress("127.0.0.1"));
        server.start();
    }

    @AfterAll
    void stopServer() {
        server.stop();
    }

    @BeforeEach
    void openContext() {
        server.resetAll();
        context = TestContext.create();
    }

    @AfterEach
    void closeContext() throws Exception {
        for (LlmBackend backend : backends) {
            backend.close();
        }
        backends.clear();
        context.close();
    }

    /** A backend for the server; settings are name, value, name, value … */
    LlmBackend backend(Object... settings) {
        Map<String, Object> values = new HashMap<>();
        values.put("url", server.baseUrl());
        for (int i = 0; i < settings.length; i += 2) {
            values.put((String) settings[i], settings[i + 1]);
        }
        OpenAiProvider provider = new OpenAiProvider();
        LlmBackend backend = provider.create(context.withId("box").with(provider, values));
        backends.add(backend);
        return backend;
    }

    static LlmRequest.Builder ask() {
        return LlmRequest.prompt("Why is the sky blue?").model("gpt-oss");
    }

    static LlmRequest question() {
        return ask().build();
    }

    void onPost(String path, ResponseDefinitionBuilder response) {
        server.stubFor(post(path).willReturn(response));
    }

    void onGet(String path, String json) {
        server.stubFor(get(path).willReturn(json(json)));
    }

    /** Events one after the other, as {@link OpenAiWire} writes them. */
    void answers(String... events) {
        onPost(PATH, sse(String.join("", events)));
    }

    static ResponseDefinitionBuilder sse(String body) {
        return aResponse().withHeader("Content-Type", SSE).withBody(body);
    }

    static ResponseDefinitionBuilder json(String json) {
        return aResponse().withHeader("Content-Type", "application/json").withBody(json);
    }

    /** The bodies of all requests to a path, in order. */
    List<JsonNode> sent(String path) {
        return server.findAll(WireMock.postRequestedFor(WireMock.urlEqualTo(path))).stream()
                .map(request -> Json.object(request.getBodyAsString()))
                .toList();
    }

    static List<LlmEvent> events(LlmCall call) {
        List<LlmEvent> events = new ArrayList<>();
        call.forEach(events::add);
        return events;
    }

    static LlmException failureOf(LlmBackend backend, LlmRequest request) {
        try (LlmCall call = backend.open(request, LIMITS)) {
            return catchThrowableOfType(LlmException.class, call::await);
        }
    }

    static BackendStatus statusOf(LlmBackend backend) throws Exception {
        return backend.status(Deadline.in(Duration.ofSeconds(10)))
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS);
    }

    static LlmException failureOf(java.util.concurrent.CompletionStage<?> stage) {
        ExecutionException wrapper = catchThrowableOfType(
                ExecutionException.class, () -> stage.toCompletableFuture().get(20, TimeUnit.SECONDS));
        return (LlmException) wrapper.getCause();
    }
}
