package ai.primespark.llm.openai;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Reading and writing JSON. Jackson's exceptions quote their input, so none of them may get into ours. */
final class Json {

    /** Every input is bounded in bytes before it gets here, so texts need no second bound. */
    static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(Integer.MAX_VALUE)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** Reads a value in the middle of others. */
    private static final ObjectReader PART = MAPPER.reader().without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private Json() {}

    /** The value at which a parser stands; afterwards it stands at the value's end. */
    static JsonNode part(JsonParser parser) throws IOException {
        return PART.readTree(parser);
    }

    /** Any JSON value, or null when the bytes are something else. */
    static @Nullable JsonNode value(byte[] bytes) {
        try {
            JsonNode node = MAPPER.readTree(bytes);
            return node == null || node.isMissingNode() ? null : node;
        } catch (IOException e) {
            return null;
        }
    }

    /** A JSON object, or null when the bytes are something else. */
    static @Nullable JsonNode object(byte[] bytes) {
        JsonNode node = value(bytes);
        return node != null && node.isObject() ? node : null;
    }

    /** A JSON object, or null when the text is something else. */
    static @Nullable JsonNode object(String text) {
        try {
            JsonNode node = MAPPER.readTree(text);
            return node != null && node.isObject() ? node : null;
        } catch (IOException e) {
            return null;
        }
    }
}
