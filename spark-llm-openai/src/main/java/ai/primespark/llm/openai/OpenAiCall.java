package ai.primespark.llm.openai;

import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.Timings;
import ai.primespark.llm.Usage;
import ai.primespark.llm.openai.OpenAiRequests.Form;
import ai.primespark.spi.CallLimits;
import ai.primespark.spi.http.BodyStream;
import ai.primespark.spi.http.EventReader;
import ai.primespark.spi.http.HttpFailures;
import ai.primespark.spi.http.HttpLlmCall;
import ai.primespark.spi.http.WireException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One answer as it arrives. The consumer's thread waits for the headers, reads events and parses them. */
final class OpenAiCall extends HttpLlmCall {

    static final String PATH = "/chat/completions";

    private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.US_ASCII);

    /** With what bytes a stream of events may begin: its fields, a comment, or a byte order mark. */
    private static final String BEGINNINGS = "deir:\u00ef";

    /**
     * What the call is made of.
     *
     * @param parts the backend's
     * @param model the model that is asked, known when the answer is
     * @param asking sends the question in some form
     * @param hidden texts that no message may repeat
     */
    record Setup(
            OpenAiBackend.Parts parts,
            CompletableFuture<String> model,
            Function<Form, CompletableFuture<HttpResponse<BodyStream>>> asking,
            List<String> hidden) {

        @Override
        public String toString() { // what is hidden is private
            return "Setup";
        }
    }

    private final Setup setup;
    private final OpenAiErrors errors;
    private final ToolParts tools = new ToolParts();
    private Form form;
    private @Nullable EventReader events;
    private boolean looked;
    private boolean strange;
    private boolean anyKnown;
    private String model = "";
    private String finish = "";
    private boolean refused;
    private Usage usage = Usage.NONE;
    private Timings timings = Timings.NONE;

    OpenAiCall(Setup setup, Form form, CallLimits limits) {
        super(setup.parts().calls(), limits, setup.asking().apply(form));
        this.setup = setup;
        this.form = form;
        this.errors = setup.parts().errors();
    }

    @Override
    protected @Nullable CompletableFuture<HttpResponse<BodyStream>> begin(HttpResponse<BodyStream> response)
            throws IOException, InterruptedException {
        if (response.statusCode() == 200) {
            setup.parts().forms().works(form);
            events = new EventReader(response.body(), setup.parts().maxLine(), this::alive);
            return null;
        }
        ServerError error = OpenAiErrors.read(response.body().readUpTo(HttpFailures.MAX_BODY));
        Form other = setup.parts().forms().after(form, response.statusCode(), error);
        if (other != null) {
            form = other;
            return setup.asking().apply(other);
        }
        String asked = setup.model().join();
        LlmException refusal =
                errors.status(response.statusCode(), response.headers(), error, PATH, asked, setup.hidden());
        if (refusal.kind() == Kind.MODEL_NOT_FOUND) {
            setup.parts().catalog().forget();
        }
        throw refusal;
    }

    @Override
    protected void readOn() throws IOException, InterruptedException, WireException {
        EventReader reader = Objects.requireNonNull(events);
        if (!looked) {
            looked = true;
            int first = reader.lines().peek();
            if (first == '{') { // the server does not stream
                byte[] whole = reader.lines().rest();
                take(parse(whole, whole.length, true));
                finish();
                return;
            }
            strange = first >= 0 && BEGINNINGS.indexOf(first) < 0;
        }
        if (!reader.next()) {
            if (finish.isEmpty()) {
                throw failure(
                        strange && !anyKnown
                                ? errors.stranger()
                                : errors.of(Kind.TRUNCATED, "ended its answer without saying that it is complete"));
            }
            finish();
        } else if (isDone(reader)) {
            finish();
        } else if (!isBlank(reader)) {
            OpenAiChunk chunk = parse(reader.buffer(), reader.length(), reader.complete());
            if (reader.name().equals("error") && chunk.error == null) {
                chunk.error = ServerError.NONE;
            }
            take(chunk);
        }
    }

    private static boolean isDone(EventReader reader) {
        byte[] data = reader.buffer();
        int length = reader.length();
        while (length > 0 && data[length - 1] == ' ') {
            length--;
        }
        if (length != DONE.length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (data[i] != DONE[i]) {
                return false;
            }
        }
        return true;
    }

    /** Some servers keep the connection alive by events without anything in them. */
    private static boolean isBlank(EventReader reader) {
        for (int i = 0; i < reader.length(); i++) {
            if (reader.buffer()[i] > ' ' || reader.buffer()[i] < 0) {
                return false;
            }
        }
        return true;
    }

    private static OpenAiChunk parse(byte[] bytes, int length, boolean complete) throws WireException {
        try {
            return OpenAiChunk.parse(bytes, length);
        } catch (IOException e) { // quotes the bytes, so it is no cause of ours
            throw complete && !(e instanceof JsonEOFException)
                    ? new WireException(Kind.PROTOCOL, "sent something that is not JSON as the OpenAI protocol has it")
                    : new WireException(Kind.TRUNCATED, "broke off in the middle of a piece of its answer");
        }
    }

    private void take(OpenAiChunk chunk) {
        if (chunk.error != null) {
            throw failure(errors.midStream(chunk.error, said(chunk.error.message(), setup.hidden())));
        }
        anyKnown |= chunk.known;
        strange |= !chunk.known;
        if (!chunk.model.isEmpty()) {
            model = chunk.model;
        }
        thinking(chunk.thinking);
        text(chunk.text);
        text(chunk.refusal);
        refused |= !chunk.refusal.isEmpty();
        chunk.tools.forEach(tools::add);
        checkToolChars(tools.chars());
        if (!chunk.finish.isEmpty()) {
            finish = chunk.finish;
        }
        Usage counted = chunk.usage();
        if (counted != null) {
            usage = counted;
        }
        Timings measured = chunk.timings();
        if (measured != null) {
            timings = measured;
        }
    }

    /** The server says that it is done, or has nothing more to say. */
    private void finish() {
        if (!anyKnown) {
            throw failure(
                    strange
                            ? errors.stranger()
                            : errors.of(Kind.TRUNCATED, "said that it is done, but did not answer"));
        }
        switch (finish) {
            case "error", "abort", "insufficient_system_resource" ->
                throw failure(errors.of(
                        Kind.SERVER_ERROR,
                        "gave up its answer with the reason '" + finish + "'; see the server's log"));
            default -> {}
        }
        // of an answer that was cut, the last tool call is cut with it; otherwise the model wrote nonsense
        if (reason() == FinishReason.STOP && !tools.allWhole()) {
            throw failure(errors.of(
                    Kind.SERVER_ERROR,
                    "asked for a tool with arguments that are no JSON object; ask again, or use another model"));
        }
        tools.whole().forEach(this::toolCall);
        complete();
    }

    /** Tool calls turn STOP into TOOL_CALLS. */
    private FinishReason reason() {
        if (refused) {
            return FinishReason.FILTERED;
        }
        return switch (finish) {
            case "length", "max_tokens", "model_length" -> FinishReason.LENGTH;
            case "content_filter", "safety" -> FinishReason.FILTERED;
            default -> FinishReason.STOP;
        };
    }

    @Override
    protected LlmEvent.Done end() {
        return done(reason(), model.isEmpty() ? setup.model().join() : model, usage, timings, List.of());
    }
}
