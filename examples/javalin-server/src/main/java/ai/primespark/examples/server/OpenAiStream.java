package ai.primespark.examples.server;

import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.ToolInvocation;
import com.fasterxml.jackson.databind.util.RawValue;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tells a call as OpenAI's clients expect a stream: pieces of a message, its end, and a last line that is no JSON. */
final class OpenAiStream implements TokenStream.Teller {

    private final Context ctx;
    private final Sse sse;
    private final String id;
    private final long created;
    private final boolean usage;
    private String model = "";
    private boolean spoken;
    private int calls;

    OpenAiStream(Context ctx, String id, long created, boolean usage) {
        this.ctx = ctx;
        this.sse = new Sse(ctx);
        this.id = id;
        this.created = created;
        this.usage = usage;
    }

    @Override
    public void waiting() throws IOException {
        sse.comment("still waiting");
    }

    @Override
    public void tell(LlmEvent event) throws IOException {
        if (event instanceof LlmEvent.Routed routed) {
            model = routed.model();
        } else if (event instanceof LlmEvent.Text text) {
            say(new OpenAiViews.Delta(role(), text.text(), null, null));
        } else if (event instanceof LlmEvent.Thinking thinking) {
            say(new OpenAiViews.Delta(role(), null, thinking.text(), null));
        } else if (event instanceof LlmEvent.ToolCall call) {
            say(new OpenAiViews.Delta(role(), null, null, List.of(call(call.invocation()))));
        } else if (event instanceof LlmEvent.Done done) {
            end(done.response());
        }
    }

    private OpenAiViews.ToolCall call(ToolInvocation invocation) {
        OpenAiViews.ToolCall call = OpenAiViews.ToolCall.of(invocation, calls).at(calls);
        calls++;
        return call;
    }

    /** The first piece says who speaks. */
    private @Nullable String role() {
        boolean first = !spoken;
        spoken = true;
        return first ? "assistant" : null;
    }

    private void end(LlmResponse response) throws IOException {
        model = response.model();
        chunk(
                List.of(new OpenAiViews.ChunkChoice(
                        0,
                        spoken ? OpenAiViews.Delta.NOTHING : new OpenAiViews.Delta(role(), response.text(), null, null),
                        OpenAiViews.finish(response.finish()))),
                null,
                OpenAiViews.Route.of(response));
        if (usage) {
            chunk(List.of(), OpenAiViews.Usage.of(response.usage()), null);
        }
        last();
    }

    private void say(OpenAiViews.Delta delta) throws IOException {
        chunk(List.of(new OpenAiViews.ChunkChoice(0, delta, null)), null, null);
    }

    private void chunk(
            List<OpenAiViews.ChunkChoice> choices,
            OpenAiViews.@Nullable Usage tokens,
            OpenAiViews.@Nullable Route route)
            throws IOException {
        sse.data(new OpenAiViews.Chunk(id, "chat.completion.chunk", created, model, choices, tokens, route));
    }

    @Override
    public void fail(Throwable failure) throws IOException {
        Problem problem = Problems.of(failure, ctx);
        if (!sse.begun()) {
            throw problem;
        }
        sse.data(problem.openAi());
        last();
    }

    private void last() throws IOException {
        sse.data(new RawValue("[DONE]"));
    }
}
