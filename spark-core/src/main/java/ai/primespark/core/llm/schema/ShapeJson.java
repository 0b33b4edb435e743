package ai.primespark.core.llm.schema;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.cfg.MapperConfig;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.jsontype.NamedType;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The one mapper that schemas are made after, answers and arguments are read with, and results are written with. */
public final class ShapeJson {

    /** The property that tells the records of a sealed interface apart. */
    static final String DISCRIMINATOR = "type";

    private ShapeJson() {}

    /** Made when it is first needed: making it takes longer than the rest of a start. */
    private static final class Holder {
        static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                        .build())
                .addModule(new JavaTimeModule())
                .addModule(new Jdk8Module())
                .annotationIntrospector(new SealedTypes())
                .disable(MapperFeature.REQUIRE_TYPE_ID_FOR_SUBTYPES) // a record by itself needs not to be told apart
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS) // prices are not to lose their cents
                .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
                .disable(DeserializationFeature.ADJUST_DATES_TO_CONTEXT_TIME_ZONE)
                .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
                .disable(SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
                .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
                .build();
    }

    /**
     * The mapper.
     *
     * @return shared; not to be changed
     */
    public static JsonMapper mapper() {
        return Holder.MAPPER;
    }

    /** Lets sealed interfaces be read and written without annotations: their records are told apart by their simple names. */
    private static final class SealedTypes extends JacksonAnnotationIntrospector {

        private static final long serialVersionUID = 1L;

        private static final JsonTypeInfo.Value BY_NAME =
                JsonTypeInfo.Value.from(Named.class.getAnnotation(JsonTypeInfo.class));

        /** What a sealed interface would have to say without this class. */
        @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, include = JsonTypeInfo.As.PROPERTY, property = DISCRIMINATOR)
        private interface Named {}

        @Override
        public JsonTypeInfo.@Nullable Value findPolymorphicTypeInfo(MapperConfig<?> config, Annotated annotated) {
            JsonTypeInfo.Value said = super.findPolymorphicTypeInfo(config, annotated);
            return said == null && isSealed(annotated.getRawType()) ? BY_NAME : said;
        }

        @Override
        public @Nullable List<NamedType> findSubtypes(Annotated annotated) {
            List<NamedType> said = super.findSubtypes(annotated);
            if (said != null && !said.isEmpty() || !isSealed(annotated.getRawType())) {
                return said;
            }
            List<NamedType> leaves = new ArrayList<>();
            collect(annotated.getRawType(), leaves);
            return leaves;
        }

        private static void collect(Class<?> type, List<NamedType> leaves) {
            for (Class<?> permitted : type.getPermittedSubclasses()) {
                if (isSealed(permitted)) {
                    collect(permitted, leaves);
                } else if (leaves.stream().noneMatch(leaf -> leaf.getType() == permitted)) {
                    leaves.add(new NamedType(permitted, permitted.getSimpleName()));
                }
            }
        }

        private static boolean isSealed(Class<?> type) {
            return type.isInterface() && type.isSealed();
        }
    }
}
