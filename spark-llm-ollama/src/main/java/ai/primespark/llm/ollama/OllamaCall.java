package ai.primespark.llm.ollama;

import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.spi.CallLimits;
import ai.primespark.spi.http.BodyStream;
import ai.primespark.spi.http.HttpLlmCall;
import ai.primespark.spi.http.WireException;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One answer as it arrives. The consumer's thread waits for the headers, reads lines and parses them. */
final class OllamaCall extends HttpLlmCall {

    static final String PATH = "/api/chat";

    /**
     * What the call is made of.
     *
     * @param parts the backend's
     * @param model the model that is asked, known when the answer is
     * @param answer the answer's headers, to come
     * @param hidden texts that no message may repeat
     * @param guarded whether somebody else's machine must not answer
     * @param resumption how an answer is gone on with; null for a new one
     */
    record Setup(
            OllamaBackend.Parts parts,
            CompletableFuture<String> model,
            CompletableFuture<HttpResponse<BodyStream>> answer,
            List<String> hidden,
            boolean guarded,
            @Nullable Resumption resumption) {

        @Override
        public String toString() { // what is hidden is private
            return "Setup";
        }

        private String path() {
            return resumption != null && resumption.state().isRendered() ? OllamaResumption.PATH : PATH;
        }
    }

    /**
     * How an answer is gone on with.
     *
     * @param state what is known of it so far
     * @param complete asks the server to complete a prompt
     */
    record Resumption(OllamaResumption state, Function<String, CompletableFuture<HttpResponse<BodyStream>>> complete) {}

    private final Setup setup;
    private final OllamaErrors errors;
    private @Nullable OllamaLines lines;
    private @Nullable OllamaLine last;
    private boolean anyKnown;
    private boolean anyStrange;

    OllamaCall(Setup setup, CallLimits limits) {
        super(setup.resumption() == null ? setup.parts().calls() : setup.parts().resumed(), limits, setup.answer());
        this.setup = setup;
        this.errors = setup.parts().errors();
    }

    @Override
    protected @Nullable CompletableFuture<HttpResponse<BodyStream>> begin(HttpResponse<BodyStream> response)
            throws IOException, InterruptedException {
        if (response.statusCode() != 200) {
            byte[] body = response.body().readUpTo(OllamaErrors.MAX_BODY);
            String model = setup.model().join();
            LlmException refusal =
                    errors.status(response.statusCode(), response.headers(), body, setup.path(), model, setup.hidden());
            if (refusal.kind() == Kind.MODEL_NOT_FOUND) {
                setup.parts().catalog().forget();
            }
            throw refusal;
        }
        OllamaLines body = new OllamaLines(response.body(), setup.parts().maxLine(), this::alive);
        Resumption resumption = setup.resumption();
        if (resumption != null && !resumption.state().isRendered()) {
            return resumption.complete().apply(prompt(body, resumption.state()));
        }
        lines = body;
        return null;
    }

    /** Reads what comes in the place of an answer when only the prompt was asked for. */
    private String prompt(OllamaLines body, OllamaResumption resumption) throws IOException, InterruptedException {
        OllamaLine line;
        try {
            line = body.next();
        } catch (WireException e) {
            throw failure(errors.of(e.kind(), e.what()));
        }
        if (line == null) {
            throw failure(errors.of(Kind.TRUNCATED, "ended its answer before it began"));
        }
        check(line);
        return resumption.prompt(line, errors);
    }

    @Override
    protected void readOn() throws IOException, InterruptedException, WireException {
        OllamaLine line = Objects.requireNonNull(lines).next();
        if (line == null) {
            throw anyStrange && !anyKnown
                    ? failure(errors.of(Kind.PROTOCOL, "sent no answer; is this an Ollama server?"))
                    : failure(errors.of(Kind.TRUNCATED, "ended its answer without saying that it is complete"));
        }
        take(line);
    }

    private void check(OllamaLine line) {
        if (line.remote && setup.guarded()) {
            throw failure(setup.parts()
                    .privacy()
                    .breach("passed the request on to somebody else's machine, so the call was broken off"));
        }
        if (line.error != null) {
            throw failure(errors.midStream(said(line.error, setup.hidden())));
        }
    }

    private void take(OllamaLine line) {
        check(line);
        anyKnown |= line.known;
        anyStrange |= !line.known;
        Resumption resumption = setup.resumption();
        if (resumption == null) {
            thinking(line.thinking);
            text(line.text);
        } else if (line.thinking.isEmpty()) {
            text(resumption.state().unsaid(line.text));
        } else {
            throw failure(errors.of(Kind.PROTOCOL, "began to reason in the middle of an answer"));
        }
        line.toolCalls.forEach(this::toolCall);
        if (line.done) {
            last = line;
            complete();
        }
    }

    @Override
    protected LlmEvent.Done end() {
        OllamaLine line = Objects.requireNonNull(last);
        boolean nothingAsked = line.doneReason.equals("load") || line.doneReason.equals("unload");
        if (nothingAsked) { // what the server says to a request without a question, after which there is no answer
            throw failure(errors.of(
                    silent() ? Kind.REJECTED : Kind.TRUNCATED,
                    "only did a '" + line.doneReason + "' of the model and did not answer; is the prompt empty?"));
        }
        FinishReason reason = line.doneReason.equals("length") ? FinishReason.LENGTH : FinishReason.STOP;
        String model = line.model.isEmpty() ? setup.model().join() : line.model;
        return done(reason, model, line.usage(), line.timings(), List.of());
    }
}
