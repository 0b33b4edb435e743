package ai.primespark.core.runtime;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.MapperBuilder;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;

/** How this engine writes and reads values of the application as JSON: in memory and in tasks alike. */
public final class JsonMapping {

    private JsonMapping() {}

    /** Made when the first value needs it: making it takes longer than the rest of a start. */
    private static final class Json {
        static final ObjectMapper MAPPER = setUp(JsonMapper.builder());
    }

    /** The mapper that all parts share; not to be configured. */
    public static ObjectMapper mapper() {
        return Json.MAPPER;
    }

    /** Sets up a mapper of another format like the one for JSON. */
    public static <M extends ObjectMapper> M setUp(MapperBuilder<M, ?> builder) {
        return builder.addModule(new JavaTimeModule())
                .addModule(new Jdk8Module())
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES) // a newer program may have written it
                .disable(DeserializationFeature.ADJUST_DATES_TO_CONTEXT_TIME_ZONE) // what was put is what is got
                .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .build();
    }
}
