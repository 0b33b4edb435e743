package ai.primespark.core.agent;

import ai.primespark.agent.TaskException;
import ai.primespark.core.runtime.JsonMapping;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;

/**
 * Payloads, results and checkpoints as bytes and back. {@code byte[]} and {@link String} travel as they are, everything else as JSON;
 * what is read as {@code byte[]} or {@link String} is given as it travelled. Jackson's messages quote the data and are never passed
 * on.
 */
final class TaskCodec {

    static final String JSON = "json";
    static final String BYTES = "bytes";
    static final String TEXT = "text";

    private TaskCodec() {}

    /** A value as bytes, and how they were made. */
    record Encoded(String encoding, byte[] body) {}

    /**
     * Writes.
     *
     * @param what it is, for messages
     * @throws TaskException when it has no JSON form
     */
    static Encoded encode(String what, Object value) {
        if (value instanceof byte[] bytes) {
            return new Encoded(BYTES, bytes.clone()); // the caller may change its array later
        }
        if (value instanceof String text) {
            return new Encoded(TEXT, text.getBytes(StandardCharsets.UTF_8));
        }
        try {
            return new Encoded(JSON, JsonMapping.mapper().writeValueAsBytes(value));
        } catch (JsonProcessingException e) {
            throw new TaskException(
                    what + " of " + value.getClass().getName() + " has no JSON form ("
                            + e.getClass().getSimpleName()
                            + "); make it a record, or a class with readable properties",
                    false,
                    null);
        }
    }

    /**
     * Reads.
     *
     * @param what it is, for messages
     * @throws TaskException when it cannot be read as that type
     */
    static Object decode(String what, byte[] body, Type type) {
        if (type == byte[].class) {
            return body.clone();
        }
        if (type == String.class || type == CharSequence.class) {
            return new String(body, StandardCharsets.UTF_8);
        }
        try {
            ObjectMapper mapper = JsonMapping.mapper();
            Object value = mapper.readValue(body, mapper.constructType(type));
            if (value != null) {
                return value;
            }
        } catch (IOException | IllegalArgumentException e) {
            throw mismatch(what, type, e.getClass().getSimpleName());
        }
        throw mismatch(what, type, "it is JSON null");
    }

    private static TaskException mismatch(String what, Type type, String why) {
        return new TaskException(
                what + " cannot be read as " + type.getTypeName() + " (" + why
                        + "); read it as the type that was written, or as String or byte[]",
                false,
                null);
    }
}
