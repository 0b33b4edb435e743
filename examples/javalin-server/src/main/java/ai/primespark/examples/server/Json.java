package ai.primespark.examples.server;

import ai.primespark.Zone;
import ai.primespark.memory.Version;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.cfg.EnumFeature;
import com.fasterxml.jackson.databind.cfg.MapperConfig;
import com.fasterxml.jackson.databind.introspect.AnnotatedMethod;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;

/**
 * The JSON that goes out. The library's records go out as they are, in the API's words: {@code snake_case}, times in
 * milliseconds with {@code _ms} at the end of the name, zones as {@code location}, constants in lower case.
 */
final class Json {

    static final JsonMapper MAPPER = JsonMapper.builder()
            .propertyNamingStrategy(new Names())
            .enable(EnumFeature.WRITE_ENUMS_TO_LOWERCASE)
            .addModule(new SimpleModule()
                    .addSerializer(new Millis())
                    .addSerializer(Instant.class, ToStringSerializer.instance)
                    .addSerializer(Version.class, ToStringSerializer.instance))
            .build();

    private Json() {}

    static String text(Object value) {
        try {
            return MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("records and maps of plain values always have a JSON form", e);
        }
    }

    /** What a model calls JSON: the text itself if it is none. */
    static JsonNode tree(String json) {
        try {
            return MAPPER.readTree(json);
        } catch (JsonProcessingException e) {
            return TextNode.valueOf(json);
        }
    }

    private static final class Names extends PropertyNamingStrategies.SnakeCaseStrategy {
        private static final long serialVersionUID = 1L;

        @Override
        public String nameForGetterMethod(MapperConfig<?> config, AnnotatedMethod method, String name) {
            Class<?> type = method.getRawType();
            return type == Zone.class ? "location" : translate(name) + (type == Duration.class ? "_ms" : "");
        }
    }

    private static final class Millis extends StdSerializer<Duration> {
        private static final long serialVersionUID = 1L;

        Millis() {
            super(Duration.class);
        }

        @Override
        public void serialize(Duration time, JsonGenerator json, SerializerProvider provider) throws IOException {
            json.writeNumber(time.toMillis());
        }
    }
}
