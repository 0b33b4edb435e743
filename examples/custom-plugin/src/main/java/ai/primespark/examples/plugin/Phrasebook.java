package ai.primespark.examples.plugin;

import static java.util.concurrent.CompletableFuture.completedFuture;
import static java.util.concurrent.CompletableFuture.failedFuture;

import ai.primespark.Zone;
import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.Timings;
import ai.primespark.llm.Usage;
import ai.primespark.spi.AbstractLlmCall;
import ai.primespark.spi.BackendInfo;
import ai.primespark.spi.BackendStatus;
import ai.primespark.spi.CallLimits;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.LlmBackend;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Setting;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Answers word by word, as a model does. */
final class Phrasebook implements LlmBackend {

    /** Without a default and not optional, so the engine insists on it. */
    static final Setting<Map<String, String>> PHRASES = Setting.textMap("phrases", "Answers by question.");

    private final ProviderContext context;

    /** What {@link #status} gives: a failure once this is closed. */
    private volatile CompletableFuture<BackendStatus> status = completedFuture(new BackendStatus("", List.of()));

    Phrasebook(ProviderContext context) {
        this.context = context;
    }

    @Override
    public BackendInfo info() {
        // the last resort, because no model answers: asked after all others, and its answers are marked as degraded
        return new BackendInfo(context.id(), "phrasebook", Zone.EDGE, "", true);
    }

    @Override
    public CompletionStage<BackendStatus> status(Deadline deadline) {
        return status;
    }

    /** Never fails: what goes wrong comes out of the call. */
    @Override
    public LlmCall open(LlmRequest request, CallLimits limits) {
        String question = request.messages().get(request.messages().size() - 1).content();
        String answer = context.settings().get(PHRASES).getOrDefault(question.strip(), "");
        Iterator<String> words = List.of(answer.split("(?<= )")).iterator();
        // the skeleton keeps the limits, collects the text and serves all ways of consuming; only reading is left to do
        return new AbstractLlmCall(info(), limits, context.scheduler(), context.blocking()) {
            @Override
            protected LlmEvent pull() {
                if (answer.isEmpty() || status.isCompletedExceptionally()) {
                    // what the router does depends on the kind: after this one, it asks elsewhere
                    throw failure(Kind.MODEL_NOT_FOUND, "no such phrase").build();
                }
                return words.hasNext()
                        ? new LlmEvent.Text(words.next())
                        : done(FinishReason.STOP, "", Usage.NONE, Timings.NONE, List.of());
            }

            @Override
            protected void abort() {} // nobody is ever kept waiting; a backend with a server closes its connection here
        };
    }

    @Override
    public void close() {
        // running calls end at their next word
        status = failedFuture(
                LlmException.builder(Kind.UNREACHABLE, info().id(), "closed").build());
    }
}
