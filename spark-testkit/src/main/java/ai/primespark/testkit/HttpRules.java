package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmException;
import ai.primespark.spi.CallLimits;
import ai.primespark.spi.LlmBackend;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** What the rules of {@link HttpLlmBackendContract} stand on: the server, and what it says unless a test says otherwise. */
abstract class HttpRules extends LlmBackendContract {

    /** A limit that is under test; short, because the test waits for it. */
    static final Duration SHORT = Duration.ofMillis(300);

    private FaultServer server;

    abstract WireFormat format();

    abstract LlmBackend makeBackend(TestContext context, URI address) throws Exception;

    @BeforeEach
    void contractStartsServer() throws IOException {
        server = FaultServer.start();
        server.onRequest(exchange -> exchange.respond(200, "application/json", format().lookup(exchange.path())));
        onCall(exchange -> exchange.headers(200, format().contentType())
                .piece(format().text("Hello"))
                .piece(format().text(", "))
                .piece(format().text("world."))
                .piece(format().done(FinishReason.STOP))
                .end());
    }

    @AfterEach
    void contractStopsServer() {
        server.close();
    }

    final FaultServer server() {
        return server;
    }

    /** Sets what the server does with calls; other requests are answered as ever. */
    final void onCall(FaultServer.Script script) {
        server.onRequest(format().callPath(), script);
    }

    /** Sets an answer that is sent piece by piece and ended properly. */
    final void answer(String... pieces) {
        onCall(exchange -> {
            exchange.headers(200, format().contentType());
            for (String piece : pieces) {
                exchange.piece(piece);
            }
            exchange.end();
        });
    }

    /** The first call's exchange. */
    final FaultExchange exchange() throws InterruptedException {
        return server.awaitExchange(format().callPath(), llmPatience());
    }

    final String text(String text) {
        return format().text(text);
    }

    final String done() {
        return format().done(FinishReason.STOP);
    }

    /** How the call to a server that behaves in the given way fails. */
    final LlmException failureOf(FaultServer.Script script) {
        onCall(script);
        return failure(open(backend()));
    }

    final void assertClientHangsUp() throws InterruptedException {
        assertThat(exchange().clientClosed(llmPatience()))
                .as("the backend closed its connection, which tells the server to stop working")
                .isTrue();
    }

    final CallLimits withFirstByte(Duration firstByte) {
        CallLimits all = limits();
        return new CallLimits(all.connect(), firstByte, all.firstToken(), all.idle(), all.total(), all.outputChars());
    }

    final CallLimits withFirstToken(Duration firstToken) {
        CallLimits all = limits();
        return new CallLimits(all.connect(), all.firstByte(), firstToken, all.idle(), all.total(), all.outputChars());
    }

    final CallLimits withIdle(Duration idle) {
        CallLimits all = limits();
        return new CallLimits(all.connect(), all.firstByte(), all.firstToken(), idle, all.total(), all.outputChars());
    }

    final CallLimits withOutput(int chars) {
        CallLimits all = limits();
        return new CallLimits(all.connect(), all.firstByte(), all.firstToken(), all.idle(), all.total(), chars);
    }
}
