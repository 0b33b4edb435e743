package ai.primespark.llm.openai;

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
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Vectors by {@code /embeddings}, in batches one after the other: servers bound how many texts a request may have. */
final class OpenAiEmbeddings {

    private static final String PATH = "/embeddings";
    private static final int BATCH = 32;
    private static final int MAX_BODY = 64 << 20;

    private final OpenAiBackend.Parts parts;

    OpenAiEmbeddings(OpenAiBackend.Parts parts) {
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
                            parts.requests().embed(model, batch),
                            new HttpLink.Limits(limits.connect(), wait),
                            MAX_BODY);
            CompletableFuture<JsonNode> answer =
                    parts.catalog().answer(sent, PATH, reply -> parts.catalog().value(reply, PATH, model, batch));
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

        /** Puts the rows in order: the protocol numbers them and promises no order. */
        private void take(JsonNode body, int expected) {
            JsonNode rows = body.path("data");
            if (!rows.isArray() || rows.size() != expected) {
                throw broken("made " + rows.size() + " vectors of " + expected + " texts");
            }
            float[][] ordered = new float[expected][];
            for (int i = 0; i < expected; i++) {
                int index = rows.get(i).path("index").asInt(i);
                if (index < 0 || index >= expected || ordered[index] != null) {
                    throw broken("numbered its vectors wrongly");
                }
                ordered[index] = vector(rows.get(i).path("embedding"));
            }
            int length = vectors.isEmpty() ? ordered[0].length : vectors.get(0).length;
            for (float[] vector : ordered) {
                if (vector.length != length) {
                    throw broken("made vectors of different lengths");
                }
            }
            vectors.addAll(Arrays.asList(ordered));
            tokens += Math.max(0, body.path("usage").path("prompt_tokens").asLong(0));
        }

        private float[] vector(JsonNode row) {
            float[] vector = row.isTextual() ? decode(row.asText()) : numbers(row);
            if (vector.length == 0) {
                throw broken("made a vector without numbers");
            }
            for (float number : vector) {
                if (!Float.isFinite(number)) {
                    throw broken("made a vector of something that is no number");
                }
            }
            return vector;
        }

        private static float[] numbers(JsonNode row) {
            float[] vector = new float[row.isArray() ? row.size() : 0];
            for (int i = 0; i < vector.length; i++) {
                vector[i] = row.get(i).isNumber() ? row.get(i).floatValue() : Float.NaN;
            }
            return vector;
        }

        /** Some servers send the bytes of the numbers whether they were asked to or not. */
        private float[] decode(String text) {
            try {
                ByteBuffer bytes =
                        ByteBuffer.wrap(Base64.getDecoder().decode(text)).order(ByteOrder.LITTLE_ENDIAN);
                float[] vector = new float[bytes.remaining() / Float.BYTES];
                bytes.asFloatBuffer().get(vector);
                return vector;
            } catch (IllegalArgumentException e) {
                throw broken("made a vector that cannot be decoded");
            }
        }

        private LlmException broken(String what) {
            return parts.errors().of(Kind.PROTOCOL, what).build();
        }
    }
}
