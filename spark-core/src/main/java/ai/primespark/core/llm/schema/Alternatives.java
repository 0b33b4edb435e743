package ai.primespark.core.llm.schema;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.databind.DeserializationConfig;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.introspect.AnnotatedClass;
import com.fasterxml.jackson.databind.introspect.AnnotatedClassResolver;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.jsontype.NamedType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The records that a sealed interface, or a type with Jackson's own annotations, stands for. */
final class Alternatives {

    private Alternatives() {}

    /**
     * One of them.
     *
     * @param type a record
     * @param property the property that tells it from the others
     * @param name the property's value for it
     */
    record One(JavaType type, String property, String name) {}

    static boolean isFor(JavaType type) {
        return info(type, ShapeJson.mapper()) != null;
    }

    static List<One> of(JavaType type, String where, JsonMapper mapper) {
        JsonTypeInfo.Value info = info(type, mapper);
        if (info == null) {
            throw new IllegalStateException("not a type with alternatives");
        }
        Class<?> raw = type.getRawClass();
        boolean byName = info.getIdType() == JsonTypeInfo.Id.NAME
                && (info.getInclusionType() == JsonTypeInfo.As.PROPERTY
                        || info.getInclusionType() == JsonTypeInfo.As.EXISTING_PROPERTY);
        if (!byName) {
            throw new IllegalArgumentException("the @JsonTypeInfo of " + raw.getName() + " at " + where
                    + " must say use = NAME and include = PROPERTY; leave it away from a sealed interface");
        }
        String property =
                info.getPropertyName() == null ? info.getIdType().getDefaultPropertyName() : info.getPropertyName();
        DeserializationConfig config = mapper.getDeserializationConfig();
        List<One> all = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (NamedType named :
                config.getSubtypeResolver().collectAndResolveSubtypesByTypeId(config, annotated(type, mapper))) {
            Class<?> subtype = named.getType();
            if (subtype == raw || !named.hasName()) {
                continue;
            }
            if (!subtype.isRecord()) {
                throw new IllegalArgumentException(
                        subtype.getName() + ", one of the alternatives of " + where + ", must be a record");
            }
            if (!names.add(named.getName())) {
                throw new IllegalArgumentException("two alternatives of " + where + " are called '" + named.getName()
                        + "'; give them different simple names");
            }
            all.add(new One(config.constructSpecializedType(type, subtype), property, named.getName()));
        }
        if (all.isEmpty()) {
            throw new IllegalArgumentException(raw.getName() + " at " + where + " has no records as alternatives");
        }
        all.sort((a, b) -> a.name().compareTo(b.name())); // the same schema in every run, for the sake of caches
        return all;
    }

    private static JsonTypeInfo.@Nullable Value info(JavaType type, JsonMapper mapper) {
        if (type.isPrimitive() || type.isContainerType()) {
            return null;
        }
        DeserializationConfig config = mapper.getDeserializationConfig();
        return config.getAnnotationIntrospector().findPolymorphicTypeInfo(config, annotated(type, mapper));
    }

    private static AnnotatedClass annotated(JavaType type, JsonMapper mapper) {
        return AnnotatedClassResolver.resolveWithoutSuperTypes(mapper.getDeserializationConfig(), type.getRawClass());
    }
}
