package ai.primespark.examples.memory;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.annotation.JsonSerialize;
import java.io.IOException;
import java.io.StringWriter;

/**
 * A JSON value as its compact text, every digit kept: what a program stored as an object of its own is copied without being
 * understood.
 *
 * @param text the value, without insignificant white space
 */
@JsonDeserialize(using = RawJson.Reader.class)
@JsonSerialize(using = RawJson.Writer.class)
record RawJson(String text) {

    private static final JsonFactory FACTORY = new JsonFactory();

    /**
     * Reads a text.
     *
     * @throws IOException when it is not one JSON value
     */
    static RawJson parse(String json) throws IOException {
        try (JsonParser parser = FACTORY.createParser(json)) {
            if (parser.nextToken() == null) {
                throw new IOException("there is no value");
            }
            RawJson value = copy(parser);
            if (parser.nextToken() != null) {
                throw new IOException("something follows the value");
            }
            return value;
        }
    }

    private static RawJson copy(JsonParser parser) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator generator = FACTORY.createGenerator(text)) {
            generator.copyCurrentStructureExact(parser);
        }
        return new RawJson(text.toString());
    }

    /** Copies what stands there. */
    static final class Reader extends JsonDeserializer<RawJson> {
        @Override
        public RawJson deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            return copy(parser);
        }
    }

    /** Writes through the parser, so that every format of the engine can take it. */
    static final class Writer extends JsonSerializer<RawJson> {
        @Override
        public void serialize(RawJson value, JsonGenerator generator, SerializerProvider provider) throws IOException {
            try (JsonParser parser = FACTORY.createParser(value.text())) {
                parser.nextToken();
                generator.copyCurrentStructureExact(parser);
            }
        }
    }
}
