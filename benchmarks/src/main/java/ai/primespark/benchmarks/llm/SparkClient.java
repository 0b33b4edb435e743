package ai.primespark.benchmarks.llm;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.benchmarks.Directories;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.Tool;
import ai.primespark.llm.ToolInvocation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Locale;

/** Prime Spark: the whole of it, with its router over one or two Ollama backends. */
final class SparkClient implements Client {

    private static final Tool CLOCK = new Tool("clock", "Tells the time.", "{\"type\":\"object\"}");

    private final Path directory;
    private final PrimeSpark spark;
    private final boolean streaming;

    SparkClient(Place place, boolean streaming) {
        this.streaming = streaming;
        try {
            this.directory = Directories.create();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String backends = "{ type = ollama, id = first, url = \"" + place.first() + "\" }"
                + (place.second() == null ? "" : ", { type = ollama, id = second, url = \"" + place.second() + "\" }");
        String config = """
                primespark {
                  memory.tiers = [{ type = caffeine }]
                  llm {
                    backends = [%s]
                    cache.enabled = false
                    limits { connect = %d ms, first-byte = %2$d ms, first-token = %2$d ms, idle = %2$d ms
                             total = %d ms, output-chars = %d }
                  }
                }
                """.formatted(
                        backends, place.patience().toMillis(), place.total().toMillis(), place.outputChars());
        this.spark = PrimeSpark.builder()
                .config(SparkConfig.empty()
                        .withText(config, "the comparison")
                        .with("primespark.data-dir", directory))
                .build();
    }

    @Override
    public Asked ask(Question question, Listener listener) {
        LlmRequest.Builder request = LlmRequest.prompt(question.prompt()).model(question.model());
        if (question.withTool()) {
            request.tool(CLOCK);
        }
        return streaming ? stream(request.build(), listener) : generate(request.build(), listener);
    }

    private Asked generate(LlmRequest request, Listener listener) {
        return Client.onThread(listener, () -> answer(spark.llm().generate(request)));
    }

    private Asked stream(LlmRequest request, Listener listener) {
        LlmCall call = spark.llm().open(request);
        Asked unused = Client.onThread(listener, () -> {
            for (LlmEvent event : call) {
                if (event instanceof LlmEvent.Text piece) {
                    listener.piece(piece.text());
                } else if (event instanceof LlmEvent.Done done) {
                    return answer(done.response());
                }
            }
            throw new IllegalStateException("the call ended without an end");
        });
        return () -> {
            call.close();
            return true;
        };
    }

    private static Answer answer(LlmResponse response) {
        return new Answer(
                response.text(),
                response.finish().name().toLowerCase(Locale.ROOT),
                response.toolCalls().stream().map(ToolInvocation::name).toList());
    }

    @Override
    public void close() {
        spark.close();
        try {
            Directories.delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
