package ai.primespark.core.llm.schema;

import ai.primespark.llm.Description;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.introspect.BeanPropertyDefinition;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Makes one JSON schema. Types are written out where they are used, because servers resolve references in the schemas of tools
 * badly or not at all; only a type that contains itself becomes a reference, and is refused for tools. Alternatives are
 * {@code anyOf} with a constant that tells them apart: what {@code oneOf} would say, in the word that every server knows.
 *
 * <p>For one schema and one thread.
 */
public final class SchemaMaker {

    /** What the schema is for. */
    public enum Use {
        /** To be sent as the form of an answer: every property is there, and one that may be missing may be null. */
        ANSWER,
        /** To be sent as the parameters of a tool: properties that may be missing are simply not required. */
        ARGUMENTS,
        /** To check what came: properties that may be missing may be missing or null. */
        CHECK
    }

    /** Types written out more often than this are not meant for a model. */
    private static final int MOST_PARTS = 5_000;

    private final Use use;
    private final JsonMapper mapper = ShapeJson.mapper();
    private final JsonNodeFactory nodes = JsonNodeFactory.instance;
    private final Deque<JavaType> within = new ArrayDeque<>();
    private final Map<JavaType, String> recursive = new LinkedHashMap<>();
    private final Map<JavaType, ObjectNode> definitions = new HashMap<>();
    private int parts;

    /**
     * Makes a maker.
     *
     * @param use what the schema is for
     */
    public SchemaMaker(Use use) {
        this.use = use;
    }

    /**
     * The schema of a type.
     *
     * @param type any
     * @return a whole schema
     * @throws IllegalArgumentException when there is none; says for which part and why
     */
    public ObjectNode of(Type type) {
        JavaType resolved = mapper.constructType(type);
        ObjectNode root = of(resolved, resolved.getRawClass().getSimpleName());
        if (root.has("$ref")) { // servers want to see an object at the top
            root = Objects.requireNonNull(definitions.get(resolved)).deepCopy();
        }
        return withDefinitions(root);
    }

    /**
     * The schema of an object that holds a value of the type as its only property.
     *
     * @param type any
     * @param property the property's name
     * @return a whole schema
     * @throws IllegalArgumentException when there is none; says for which part and why
     */
    public ObjectNode wrapped(Type type, String property) {
        ObjectNode object = object();
        JavaType resolved = mapper.constructType(type);
        add(object, property, of(resolved, resolved.getRawClass().getSimpleName()), null, isOptional(resolved));
        return withDefinitions(object);
    }

    /**
     * The schema of a method's parameters.
     *
     * @param method the method
     * @return a whole schema of an object
     * @throws IllegalArgumentException when there is none; says for which part and why
     */
    public ObjectNode of(Method method) {
        ObjectNode object = object();
        for (Parameter parameter : method.getParameters()) {
            if (!parameter.isNamePresent()) {
                throw new IllegalArgumentException(
                        "the parameters of " + method.getDeclaringClass().getSimpleName() + "." + method.getName()
                                + " have no names at run time; compile with -parameters");
            }
            JavaType type = mapper.constructType(parameter.getParameterizedType());
            String where = method.getName() + "(" + parameter.getName() + ")";
            boolean optional = isOptional(type) || isNullable(parameter, parameter.getAnnotatedType());
            add(object, parameter.getName(), of(type, where), description(parameter), optional);
        }
        return withDefinitions(object);
    }

    private ObjectNode withDefinitions(ObjectNode root) {
        if (!recursive.isEmpty()) {
            ObjectNode defs = root.putObject("$defs");
            recursive.forEach((type, name) -> defs.set(name, definitions.get(type)));
        }
        return root;
    }

    private ObjectNode of(JavaType type, String where) {
        if (++parts > MOST_PARTS) {
            throw new IllegalArgumentException(
                    "the schema would be too large for a model at " + where + "; ask for less at once");
        }
        Class<?> raw = type.getRawClass();
        ObjectNode scalar = Scalars.schema(raw, use == Use.CHECK, nodes);
        if (scalar != null) {
            return scalar;
        }
        if (isOptional(type)) {
            JavaType content = type.getContentType();
            return orNull(of(content != null ? content : Scalars.contentOfOptional(raw, mapper), where));
        }
        if (raw.isEnum()) {
            return enumeration(raw);
        }
        if (type.isArrayType() && raw != byte[].class || type.isCollectionLikeType()) {
            return array(type, where);
        }
        if (type.isMapLikeType()) {
            return map(type, where);
        }
        if (raw == Object.class) {
            return nodes.objectNode();
        }
        if (raw.isRecord() || Alternatives.isFor(type)) {
            return composite(type, where);
        }
        throw new IllegalArgumentException("no JSON schema can be made for " + raw.getName() + " at " + where
                + "; use records, enums, sealed interfaces of records, lists, maps with text keys, text, numbers,"
                + " java.time and the like");
    }

    private ObjectNode composite(JavaType type, String where) {
        if (recursive.containsKey(type) && definitions.containsKey(type)) {
            return reference(type);
        }
        if (within.contains(type)) {
            if (use == Use.ARGUMENTS) {
                throw new IllegalArgumentException(type.getRawClass().getSimpleName() + " contains itself at " + where
                        + ", which servers do not understand in the arguments of a tool; take its parts apart, or take a"
                        + " list of them with references by name");
            }
            recursive.computeIfAbsent(type, key -> freeName(key.getRawClass().getSimpleName()));
            return reference(type);
        }
        within.push(type);
        ObjectNode made = type.getRawClass().isRecord() ? record(type, null, where) : alternatives(type, where);
        within.pop();
        describe(made, type.getRawClass());
        if (recursive.containsKey(type)) {
            definitions.put(type, made);
            return reference(type);
        }
        return made;
    }

    private ObjectNode reference(JavaType type) {
        return nodes.objectNode().put("$ref", "#/$defs/" + recursive.get(type));
    }

    private String freeName(String wish) {
        String name = wish;
        for (int i = 2; recursive.containsValue(name); i++) {
            name = wish + i;
        }
        return name;
    }

    /** With the constant that tells it from other alternatives, if there is one. */
    private ObjectNode record(JavaType type, Alternatives.@Nullable One one, String where) {
        ObjectNode object = object();
        if (one != null) {
            add(object, one.property(), nodes.objectNode().put("type", "string").put("const", one.name()), null, false);
        }
        Map<String, RecordComponent> components = new HashMap<>();
        Stream.of(type.getRawClass().getRecordComponents()).forEach(c -> components.put(c.getName(), c));
        List<BeanPropertyDefinition> properties =
                mapper.getDeserializationConfig().introspect(type).findProperties();
        for (BeanPropertyDefinition property : properties) {
            RecordComponent component = components.get(property.getInternalName());
            if (component == null || !property.couldDeserialize()) { // a getter that is no component
                continue;
            }
            String inside = where + "." + property.getName();
            if (one != null && property.getName().equals(one.property())) {
                throw new IllegalArgumentException("the name of " + inside + " is taken: it tells the records of the"
                        + " sealed interface apart; give the component another name");
            }
            JavaType valueType = property.getPrimaryType();
            boolean optional = isOptional(valueType) || isNullable(component, component.getAnnotatedType());
            String said = property.getMetadata().getDescription();
            String description = description(component);
            add(object, property.getName(), of(valueType, inside), description == null ? said : description, optional);
        }
        return object;
    }

    private ObjectNode alternatives(JavaType type, String where) {
        ObjectNode any = nodes.objectNode();
        ArrayNode branches = any.putArray("anyOf");
        for (Alternatives.One one : Alternatives.of(type, where, mapper)) {
            ObjectNode branch = record(one.type(), one, where + "/" + one.name());
            branches.add(describe(branch, one.type().getRawClass()));
        }
        return any;
    }

    private ObjectNode enumeration(Class<?> raw) {
        ObjectNode made = nodes.objectNode().put("type", "string");
        ArrayNode values = made.putArray("enum");
        StringBuilder described = new StringBuilder();
        for (Object constant : raw.getEnumConstants()) {
            String name = mapper.convertValue(constant, String.class);
            values.add(name);
            try {
                String text = description(raw.getField(((Enum<?>) constant).name()));
                if (text != null) {
                    described
                            .append(described.isEmpty() ? "" : "; ")
                            .append(name)
                            .append(": ")
                            .append(text);
                }
            } catch (NoSuchFieldException e) {
                throw new IllegalStateException("an enum's constant is a field of it", e);
            }
        }
        String own = description(raw);
        if (own != null) {
            described.insert(0, own + (described.isEmpty() ? "" : ". "));
        }
        if (!described.isEmpty()) {
            made.put("description", described.toString());
        }
        return made;
    }

    private ObjectNode array(JavaType type, String where) {
        ObjectNode made = nodes.objectNode().put("type", "array");
        made.set("items", of(type.getContentType(), where + "[]"));
        if (Set.class.isAssignableFrom(type.getRawClass())) {
            made.put("uniqueItems", true);
        }
        return made;
    }

    private ObjectNode map(JavaType type, String where) {
        Class<?> key = type.getKeyType().getRawClass();
        if (key != String.class && !key.isEnum()) {
            throw new IllegalArgumentException(
                    "the keys of the map at " + where + " must be text, not " + key.getName());
        }
        ObjectNode made = nodes.objectNode().put("type", "object");
        if (key.isEnum()) {
            made.set("propertyNames", enumeration(key));
        }
        made.set("additionalProperties", of(type.getContentType(), where + "{}"));
        return made;
    }

    private ObjectNode object() {
        ObjectNode object = nodes.objectNode().put("type", "object");
        object.putObject("properties");
        object.putArray("required");
        return object.put("additionalProperties", false);
    }

    private void add(ObjectNode object, String name, ObjectNode value, @Nullable String description, boolean optional) {
        ObjectNode made = optional ? orNull(value) : value;
        if (description != null) {
            made.put("description", description);
        }
        ((ObjectNode) object.get("properties")).set(name, made);
        if (!optional || use == Use.ANSWER) {
            ((ArrayNode) object.get("required")).add(name);
        }
    }

    private ObjectNode orNull(ObjectNode schema) {
        if (use == Use.ARGUMENTS || schema.isEmpty()) {
            return schema;
        }
        if (schema.has("anyOf")) {
            ArrayNode branches = (ArrayNode) schema.get("anyOf");
            if (!branches.get(branches.size() - 1).path("type").asText().equals("null")) {
                branches.addObject().put("type", "null");
            }
            return schema;
        }
        if (schema.has("$ref")) {
            ObjectNode any = nodes.objectNode();
            any.putArray("anyOf").add(schema).addObject().put("type", "null");
            return any;
        }
        if (schema.get("type").isTextual()) {
            String type = schema.get("type").asText();
            schema.putArray("type").add(type).add("null");
            if (schema.has("enum")) {
                ((ArrayNode) schema.get("enum")).addNull();
            }
        }
        return schema;
    }

    private static boolean isOptional(JavaType type) {
        return Scalars.isOptional(type.getRawClass());
    }

    /** Any annotation of that name counts, of the type or of the element, as checkers of nullness agree. */
    private static boolean isNullable(AnnotatedElement element, AnnotatedType type) {
        return Stream.of(element.getAnnotations(), type.getAnnotations())
                .flatMap(Stream::of)
                .anyMatch(annotation ->
                        annotation.annotationType().getSimpleName().equals("Nullable"));
    }

    private static ObjectNode describe(ObjectNode schema, Class<?> type) {
        String text = description(type);
        if (text != null) {
            schema.put("description", text);
        }
        return schema;
    }

    private static @Nullable String description(AnnotatedElement element) {
        Description said = element.getAnnotation(Description.class);
        return said == null ? null : said.value();
    }
}
