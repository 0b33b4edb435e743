package ai.primespark.llm.ollama;

import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.ToolInvocation;
import ai.primespark.spi.AbstractLlmCall;
import ai.primespark.spi.CallLimits;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One answer as it arrives. The consumer's thread waits for the headers, reads lines and parses them. */
final class OllamaCall extends AbstractLlmCall {

    static final String PATH = "/api/chat";

    /** How long the end of a complete answer may take to arrive before its connection is given up. */
    private static final long RELEASE_SECONDS = 2;

    /** How much of the answer is remembered, so that an error that quotes it is not repeated. */
    private static final int MOST_REMEMBERED = 32 * 1024;

    /**
     * What the call is made of.
     *
     * @param parts the backend's
     * @param answer the model and the answer's headers, to come
     * @param hidden texts that no message may repeat
     * @param guarded whether somebody else's machine must not answer
     * @param mostChars longest answer
     */
    record Setup(
            OllamaBackend.Parts parts,
            CompletableFuture<Answer> answer,
            List<String> hidden,
            boolean guarded,
            int mostChars) {}

    /** A model, and the answer that it began. */
    record Answer(String model, HttpResponse<BodyStream> response) {
        void close() {
            response.body().close();
        }
    }

    private final Setup setup;
    private final OllamaErrors errors;
    private final Deque<LlmEvent> ready = new ArrayDeque<>();
    private final StringBuilder said = new StringBuilder();
    private @Nullable OllamaLines lines;
    private @Nullable OllamaLine last;
    private String model = "";
    private boolean anyKnown;
    private boolean anyStrange;
    private long toolChars;
    private volatile boolean complete;

    OllamaCall(Setup setup, CallLimits limits) {
        super(
                setup.parts().info(),
                limits,
                setup.parts().scheduler(),
                setup.parts().blocking());
        this.setup = setup;
        this.errors = setup.parts().errors();
    }

    @Override
    protected LlmEvent pull() throws IOException, InterruptedException {
        while (ready.isEmpty() && last == null) {
            read();
        }
        LlmEvent next = ready.poll();
        return next != null ? next : end(Objects.requireNonNull(last));
    }

    private void read() throws IOException, InterruptedException {
        try {
            OllamaLines reader = lines;
            if (reader == null) {
                reader = begin();
                lines = reader;
            }
            OllamaLine line = reader.next();
            if (line == null) {
                throw anyStrange && !anyKnown
                        ? failure(errors.of(Kind.PROTOCOL, "sent no answer; is this an Ollama server?"))
                        : failure(errors.of(Kind.TRUNCATED, "ended its answer without saying that it is complete"));
            }
            take(line);
        } catch (WireException e) {
            throw failure(errors.of(e.kind(), e.what()));
        } catch (HttpTimeoutException e) {
            throw failure(errors.of(Kind.TIMEOUT, "fell silent in the middle of its answer"));
        }
    }

    /** Waits for the headers. */
    private OllamaLines begin() throws IOException, InterruptedException {
        Answer answer;
        try {
            answer = setup.answer().get();
        } catch (ExecutionException e) {
            throw errors.transport(e, PATH);
        }
        alive();
        model = answer.model();
        HttpResponse<BodyStream> response = answer.response();
        if (response.statusCode() != 200) {
            byte[] body = response.body().readUpTo(OllamaErrors.MAX_BODY);
            LlmException refusal =
                    errors.status(response.statusCode(), response.headers(), body, PATH, model, setup.hidden());
            if (refusal.kind() == Kind.MODEL_NOT_FOUND) {
                setup.parts().catalog().forget();
            }
            throw refusal;
        }
        return new OllamaLines(response.body(), setup.parts().maxLine(), this::alive);
    }

    private void take(OllamaLine line) {
        if (line.remote && setup.guarded()) {
            throw failure(setup.parts()
                    .privacy()
                    .breach("passed the request on to somebody else's machine, so the call was broken off"));
        }
        if (line.error != null) {
            List<String> hidden = new ArrayList<>(setup.hidden());
            hidden.add(said.toString());
            boolean forgotten = said.length() >= MOST_REMEMBERED;
            throw failure(errors.midStream(forgotten ? "" : line.error, hidden));
        }
        anyKnown |= line.known;
        anyStrange |= !line.known;
        if (!line.thinking.isEmpty()) {
            ready.add(new LlmEvent.Thinking(line.thinking));
            remember(line.thinking);
        }
        if (!line.text.isEmpty()) {
            ready.add(new LlmEvent.Text(line.text));
            remember(line.text);
        }
        for (ToolInvocation invocation : line.toolCalls) {
            ready.add(new LlmEvent.ToolCall(invocation));
            toolChars += invocation.name().length() + invocation.argumentsJson().length();
            remember(invocation.argumentsJson());
        }
        if (toolChars > setup.mostChars()) {
            throw failure(errors.of(Kind.PROTOCOL, "asked for more tool calls than an answer may be long"));
        }
        if (line.done) {
            last = line;
            complete = true;
        }
    }

    private void remember(String piece) {
        int room = MOST_REMEMBERED - said.length();
        said.append(piece, 0, Math.min(room, piece.length()));
    }

    private LlmEvent end(OllamaLine line) {
        boolean nothingAsked = line.doneReason.equals("load") || line.doneReason.equals("unload");
        if (nothingAsked) { // what the server says to a request without a question, after which there is no answer
            throw failure(errors.of(
                    said.isEmpty() ? Kind.REJECTED : Kind.TRUNCATED,
                    "only did a '" + line.doneReason + "' of the model and did not answer; is the prompt empty?"));
        }
        FinishReason reason = line.doneReason.equals("length") ? FinishReason.LENGTH : FinishReason.STOP;
        return done(reason, line.model.isEmpty() ? model : line.model, line.usage(), line.timings(), List.of());
    }

    private LlmException failure(LlmException.Builder builder) {
        return builder.charsDelivered(charsDelivered()).build();
    }

    @Override
    protected void abort() {
        setup.parts().running().forget(this);
        CompletableFuture<Answer> answer = setup.answer();
        if (answer.cancel(true) || answer.isCompletedExceptionally()) {
            return;
        }
        BodyStream body = answer.join().response().body();
        if (!complete) {
            body.close();
        } else if (body.release()) {
            setup.parts().closeSoon(body, RELEASE_SECONDS, TimeUnit.SECONDS);
        }
    }
}
