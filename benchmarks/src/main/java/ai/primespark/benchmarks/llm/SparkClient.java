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
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Prime Spark: the whole of it, with its router over one or two Ollama backends. */
final class SparkClient implements Client {

    private static final Tool CLOCK = new Tool("clock", "Tells the time.", "{\"type\":\"object\"}");

    private final Path directory;
    private final PrimeSpark spark;
    private final boolean streaming;

    /** With the cache off, so that every call comes to a server. */
    SparkClient(Place place, boolean streaming) {
        this(place, streaming, "cache.enabled = false", null);
    }

    /**
     * With settings of one's own.
     *
     * @param more settings below {@code primespark.llm}
     * @param meters a Micrometer registry; null for none
     */
    SparkClient(Place place, boolean streaming, String more, @Nullable Object meters) {
        this.streaming = streaming;
        try {
            this.directory = Directories.create();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        PrimeSpark.Builder builder = PrimeSpark.builder()
                .config(SparkConfig.empty()
                        .withText(config(place, more), "the comparison")
                        .with("primespark.data-dir", directory));
        if (meters != null) {
            builder.meterRegistry(meters);
        }
        this.spark = builder.build();
    }

    private static String config(Place place, String more) {
        String backends = "{ type = ollama, id = first, url = \"" + place.first() + "\" }"
                + (place.second() == null ? "" : ", { type = ollama, id = second, url = \"" + place.second() + "\" }");
        return """
                primespark {
                  memory.tiers = [{ type = caffeine }]
                  llm {
                    backends = [%s]
                    max-in-flight = 256
                    limits { connect = %d ms, first-byte = %2$d ms, first-token = %2$d ms, idle = %2$d ms
                             total = %d ms, output-chars = %d }
                    %s
                  }
                }
                """.formatted(
                        backends, place.patience().toMillis(), place.total().toMillis(), place.outputChars(), more);
    }

    /** What is measured besides asking. */
    PrimeSpark spark() {
        return spark;
    }

    private static LlmRequest request(Question question) {
        LlmRequest.Builder request = LlmRequest.prompt(question.prompt()).model(question.model());
        return (question.withTool() ? request.tool(CLOCK) : request).build();
    }

    @Override
    public Answer await(Question question, Consumer<String> pieces) {
        LlmRequest request = request(question);
        if (!streaming) {
            return answer(spark.llm().generate(request));
        }
        for (LlmEvent event : spark.llm().open(request)) {
            if (event instanceof LlmEvent.Text piece) {
                pieces.accept(piece.text());
            } else if (event instanceof LlmEvent.Done done) {
                return answer(done.response());
            }
        }
        throw new IllegalStateException("the call ended without an end");
    }

    @Override
    public Asked ask(Question question, Listener listener) {
        if (!streaming) {
            return Client.onThread(listener, () -> await(question, text -> {}));
        }
        LlmCall call = spark.llm().open(request(question));
        call.subscribe(new Subscriber(listener));
        return () -> {
            call.close();
            return true;
        };
    }

    /** Passes on what is published. */
    private record Subscriber(Listener listener) implements Flow.Subscriber<LlmEvent> {

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(LlmEvent event) {
            if (event instanceof LlmEvent.Text piece) {
                listener.piece(piece.text());
            } else if (event instanceof LlmEvent.Done done) {
                listener.answered(answer(done.response()));
            }
        }

        @Override
        public void onError(Throwable failure) {
            listener.failed(failure);
        }

        @Override
        public void onComplete() {}
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
