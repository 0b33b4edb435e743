package ai.primespark.llm.ollama;

import ai.primespark.llm.EmbedRequest;
import ai.primespark.llm.Embeddings;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.Usage;
import ai.primespark.spi.CallLimits;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.http.Futures;
import ai.primespark.spi.http.HttpLink;
import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Vectors by {@code /api/embed}, in batches one after the other: the server works on all texts of a request at once. */
final class OllamaEmbeddings {

    private static final String PATH = "/api/embed";
    private static final int BATCH = 32;
    private static final int MAX_BODY = 64 << 20;

    private final OllamaBackend.Parts parts;

    OllamaEmbeddings(OllamaBackend.Parts parts) {
        this.parts = parts;
    }

    CompletableFuture<Embeddings> embed(EmbedRequest request, CallLimits limits) {
        Run run = new Run(request, limits);
        return Futures.then(
                parts.privacy().embeddingModel(request.modelName().orElse(null), request.privacy(), limits.connect()),
                run::from);
    }

    private final class Run {

        private final EmbedRequest request;
        private final CallLimits limits;
        private final Deadline deadline;
        private final List<float[]> vectors = new ArrayList<>(); // used by one batch after the other
        private long tokens;

        Run(EmbedRequest request, CallLimits limits) {
            this.request = request;
            this.limits = limits;
            this.deadline = Deadline.in(limits.total());
        }

        CompletableFuture<Embeddings> from(String model) {
            int begin = vectors.size();
            List<String> inputs = request.inputs();
            List<String> batch = inputs.subList(begin, Math.min(inputs.size(), begin + BATCH));
            // the server says nothing before it has all vectors
            Duration wait = deadline.orIn(limits.firstByte()).remaining();
            CompletableFuture<HttpLink.Reply> sent = parts.http()
                    .post(
                            PATH,
                            parts.requests().embed(model, batch, null),
                            new HttpLink.Limits(limits.connect(), wait),
                            MAX_BODY);
            CompletableFuture<JsonNode> answer =
                    parts.catalog().answer(sent, PATH, reply -> parts.catalog().object(reply, PATH, model, batch));
            return Futures.then(answer, body -> {
                take(body, batch.size());
                return vectors.size() < inputs.size()
                        ? from(model)
                        : CompletableFuture.completedFuture(new Embeddings(
                                vectors,
                                parts.info().id(),
                                parts.info().zone(),
                                body.path("model").asText(model),
                                new Usage(tokens, 0)));
            });
        }

        private void take(JsonNode body, int expected) {
            if (OllamaCatalog.isRemote(body) && parts.privacy().guards(request.privacy())) {
                throw parts.privacy()
                        .breach("passed the texts on to somebody else's machine")
                        .build();
            }
            JsonNode rows = body.path("embeddings");
            if (!rows.isArray() || rows.size() != expected) {
                throw broken("made " + rows.size() + " vectors of " + expected + " texts");
            }
            for (JsonNode row : rows) {
                float[] vector = vector(row);
                if (!vectors.isEmpty() && vectors.get(0).length != vector.length) {
                    throw broken("made vectors of different lengths");
                }
                vectors.add(vector);
            }
            tokens += Math.max(0, body.path("prompt_eval_count").asLong(0));
        }

        private float[] vector(JsonNode row) {
            if (!row.isArray() || row.isEmpty()) {
                throw broken("made a vector without numbers");
            }
            float[] vector = new float[row.size()];
            for (int i = 0; i < vector.length; i++) {
                vector[i] = row.get(i).isNumber() ? row.get(i).floatValue() : Float.NaN;
                if (!Float.isFinite(vector[i])) {
                    throw broken("made a vector of something that is no number");
                }
            }
            return vector;
        }

        private LlmException broken(String what) {
            return parts.errors().of(Kind.PROTOCOL, what).build();
        }
    }
}
