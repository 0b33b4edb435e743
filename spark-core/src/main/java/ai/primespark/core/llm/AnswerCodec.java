package ai.primespark.core.llm;

import ai.primespark.Zone;
import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.RouteTrace;
import ai.primespark.llm.Source;
import ai.primespark.llm.Timings;
import ai.primespark.llm.Usage;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Kept answers as JSON, field by field, so that neither a class nor a name in the data decides anything. What another version
 * wrote, or what is not whole, is read as nothing.
 */
final class AnswerCodec {

    /** Grows whenever an older program would misread a newer one's answers. */
    static final int VERSION = 1;

    private AnswerCodec() {}

    /** Made when the first answer needs it. */
    private static final class Json {
        static final JsonMapper MAPPER = JsonMapper.builder()
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .build();
    }

    static String write(KeptAnswer kept) {
        LlmResponse answer = kept.answer();
        ObjectNode tree = JsonNodeFactory.instance.objectNode();
        tree.put("v", VERSION);
        tree.put("at", kept.at().toEpochMilli());
        tree.put("asked", kept.asked());
        tree.put("digest", kept.digest());
        tree.put("backend", answer.backend());
        tree.put("zone", answer.zone().name());
        tree.put("model", answer.model());
        tree.put("text", answer.text());
        tree.put("thinking", answer.thinking());
        tree.put("promptTokens", answer.usage().promptTokens());
        tree.put("answerTokens", answer.usage().answerTokens());
        tree.put("loadNanos", answer.timings().load().toNanos());
        tree.put("promptEvalNanos", answer.timings().promptEval().toNanos());
        tree.put("evalNanos", answer.timings().eval().toNanos());
        if (!answer.sources().isEmpty()) {
            ArrayNode sources = tree.putArray("sources");
            for (Source source : answer.sources()) {
                sources.addObject()
                        .put("document", source.document())
                        .put("title", source.title())
                        .put("score", source.score());
            }
        }
        try {
            return Json.MAPPER.writeValueAsString(tree);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of texts and numbers has a JSON form", e);
        }
    }

    /** What {@link #write} wrote; null when it is of another version, or damaged. */
    @Nullable
    static KeptAnswer read(String json) {
        try {
            JsonNode tree = Json.MAPPER.readTree(json);
            return tree.path("v").asInt() == VERSION ? read(tree) : null;
        } catch (JsonProcessingException | IllegalArgumentException e) { // its message would quote the answer
            return null;
        }
    }

    private static KeptAnswer read(JsonNode tree) {
        List<Source> sources = new ArrayList<>();
        for (JsonNode source : tree.path("sources")) {
            sources.add(new Source(
                    text(source, "document"),
                    text(source, "title"),
                    source.path("score").asDouble()));
        }
        String text = text(tree, "text");
        if (text.isEmpty()) {
            throw new IllegalArgumentException("an answer without text is not kept");
        }
        LlmResponse answer = new LlmResponse(
                text,
                text(tree, "thinking"),
                List.of(),
                FinishReason.STOP,
                text(tree, "backend"),
                Zone.valueOf(text(tree, "zone")),
                text(tree, "model"),
                new Usage(number(tree, "promptTokens"), number(tree, "answerTokens")),
                new Timings(nanos(tree, "loadNanos"), nanos(tree, "promptEvalNanos"), nanos(tree, "evalNanos")),
                sources,
                RouteTrace.DIRECT);
        return new KeptAnswer(
                answer, Instant.ofEpochMilli(number(tree, "at")), text(tree, "asked"), text(tree, "digest"));
    }

    private static String text(JsonNode tree, String field) {
        JsonNode value = tree.path(field);
        if (!value.isTextual()) {
            throw new IllegalArgumentException("no text: " + field);
        }
        return value.textValue();
    }

    private static long number(JsonNode tree, String field) {
        JsonNode value = tree.path(field);
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw new IllegalArgumentException("no number: " + field);
        }
        return value.longValue();
    }

    private static Duration nanos(JsonNode tree, String field) {
        return Duration.ofNanos(number(tree, field));
    }
}
