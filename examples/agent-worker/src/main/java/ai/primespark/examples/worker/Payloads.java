package ai.primespark.examples.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Map;

/** Payloads as they are written on a command line. */
final class Payloads {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private Payloads() {}

    /** A map or list when the text is a JSON object or list, else the text itself. */
    static Object read(String text) {
        try {
            if (text.strip().startsWith("{")) {
                return MAPPER.readValue(text, Map.class);
            }
            if (text.strip().startsWith("[")) {
                return MAPPER.readValue(text, List.class);
            }
            return text;
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    "the payload begins like JSON and is none: " + e.getOriginalMessage(), e);
        }
    }
}
