package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.Zone;
import ai.primespark.llm.EmbedRequest;
import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.ToolInvocation;
import ai.primespark.spi.CallLimits;
import ai.primespark.spi.Deadline;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ScriptedLlmBackendTest {

    private final ScriptedLlmBackend backend = new ScriptedLlmBackend("edge", Zone.EDGE);
    private final LlmRequest request = LlmRequest.prompt("hello").model("m").build();

    @AfterEach
    void close() {
        backend.close();
    }

    private LlmCall open() {
        return backend.open(request, CallLimits.DEFAULT);
    }

    @Test
    void queuedScriptsComeFirstAndOneACall() {
        backend.always(LlmScript.text("always"));
        backend.next(LlmScript.text("first"));
        backend.next(LlmScript.failing(Kind.OVERLOADED));
        assertThat(open().await().text()).isEqualTo("first");
        assertThatThrownBy(() -> open().await())
                .isInstanceOfSatisfying(
                        LlmException.class, e -> assertThat(e.kind()).isEqualTo(Kind.OVERLOADED));
        assertThat(open().await().text()).isEqualTo("always");
        assertThat(open().await().model()).isEqualTo("m");
        assertThat(backend.requests()).hasSize(4).containsOnly(request);
    }

    @Test
    void goesOnWithTheScriptBehindTheTextSoFar() {
        LlmScript script = LlmScript.text("Hel", "lo").thenText(" world").thenFail(Kind.RESET);
        assertThat(backend.resume(request, "Hello", CallLimits.DEFAULT)).isEmpty();
        backend.resumable(true);
        backend.next(script);
        backend.next(script);
        LlmCall resumed = backend.resume(request, "Hell", CallLimits.DEFAULT).orElseThrow();
        assertThat(resumed.iterator().next()).isEqualTo(new LlmEvent.Text("o"));
        assertThatThrownBy(resumed::await)
                .isInstanceOfSatisfying(
                        LlmException.class, e -> assertThat(e.charsDelivered()).isEqualTo("o world".length()));
        LlmCall other = backend.resume(request, "Help", CallLimits.DEFAULT).orElseThrow();
        assertThatThrownBy(other::await)
                .isInstanceOfSatisfying(
                        LlmException.class, e -> assertThat(e.kind()).isEqualTo(Kind.REJECTED));
        assertThat(backend.resumed()).containsExactly("Hell", "Help");
    }

    @Test
    void playsEveryStep() {
        ToolInvocation tool = new ToolInvocation("1", "clock", "{}");
        backend.next(LlmScript.text("a")
                .thenThinking("hm")
                .thenTool(tool)
                .thenText("b")
                .thenDone(FinishReason.STOP));
        LlmResponse response = open().await();
        assertThat(response.text()).isEqualTo("ab");
        assertThat(response.thinking()).isEqualTo("hm");
        assertThat(response.toolCalls()).containsExactly(tool);
        assertThat(response.finish()).isEqualTo(FinishReason.TOOL_CALLS);
        backend.next(LlmScript.text("a").thenDone(FinishReason.LENGTH));
        assertThat(open().await().finish()).isEqualTo(FinishReason.LENGTH);
    }

    @Test
    void failsInTheMiddleWithWhatWasDelivered() {
        backend.next(LlmScript.text("abc").thenFail(Kind.RESET, Duration.ofSeconds(3)));
        assertThatThrownBy(() -> open().await()).isInstanceOfSatisfying(LlmException.class, e -> {
            assertThat(e.kind()).isEqualTo(Kind.RESET);
            assertThat(e.charsDelivered()).isEqualTo(3);
            assertThat(e.retryAfter()).contains(Duration.ofSeconds(3));
            assertThat(e.backend()).isEqualTo("edge");
        });
    }

    @Test
    void pausesUntilTheTestReleasesIt() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        backend.next(LlmScript.text("a").thenPause(release).thenText("b"));
        LlmCall call = open();
        Iterator<LlmEvent> events = call.iterator();
        assertThat(events.next()).isEqualTo(new LlmEvent.Text("a"));
        assertThat(backend.running()).isEqualTo(1);
        CompletableFuture<LlmResponse> future = call.future();
        assertThat(future).isNotDone();
        release.countDown();
        assertThat(future.get(20, TimeUnit.SECONDS).text()).isEqualTo("ab");
        assertThat(backend.running()).isZero();
        assertThat(backend.cancelled()).isZero();
    }

    @Test
    void countsCancelledCalls() {
        backend.next(LlmScript.pausing(new CountDownLatch(1)));
        LlmCall call = open();
        CompletableFuture<LlmResponse> future = call.future();
        call.close();
        assertThatThrownBy(future::join).isInstanceOf(CompletionException.class).hasCauseInstanceOf(LlmException.class);
        assertThat(backend.cancelled()).isEqualTo(1);
        assertThat(backend.running()).isZero();
    }

    @Test
    void isDownUntilItIsUp() {
        backend.down(Kind.UNREACHABLE);
        Deadline deadline = Deadline.in(Duration.ofSeconds(20));
        assertThat(backend.status(deadline).toCompletableFuture()).isCompletedExceptionally();
        assertThat(backend.embed(EmbedRequest.of("m", "x"), CallLimits.DEFAULT).toCompletableFuture())
                .isCompletedExceptionally();
        assertThatThrownBy(() -> open().await())
                .isInstanceOfSatisfying(
                        LlmException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNREACHABLE));
        backend.up();
        assertThat(open().await().text()).isEqualTo("a scripted answer");
        assertThat(backend.status(deadline).toCompletableFuture().join().version())
                .isEqualTo("scripted");
    }

    @Test
    void equalTextsHaveEqualVectors() {
        var vectors = backend.embed(EmbedRequest.of("m", "x", "y", "x"), CallLimits.DEFAULT)
                .toCompletableFuture()
                .join()
                .vectors();
        assertThat(vectors.get(0)).containsExactly(vectors.get(2)).isNotEqualTo(vectors.get(1));
    }

    @Test
    void emptyPiecesAreRefused() {
        assertThatThrownBy(() -> LlmScript.text("")).isInstanceOf(IllegalArgumentException.class);
    }
}
