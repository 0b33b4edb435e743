package ai.primespark.core.llm.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.TypeRef;
import ai.primespark.llm.Description;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SchemaMakerTest {

    enum Colour {
        RED,
        @JsonProperty("light-blue")
        @Description("as the sky")
        LIGHT_BLUE
    }

    @Description("a place where people live")
    record Town(
            @Description("without the country") String name,
            int people,
            Optional<String> nickname,
            @Nullable Double area) {}

    record Box<T>(T content, List<T> more) {}

    sealed interface Shape permits Circle, Figure {}

    record Circle(double radius) implements Shape {}

    sealed interface Figure extends Shape permits Square {}

    record Square(double side) implements Figure {}

    record Node(String name, List<Node> children) {}

    record Linked(Optional<Linked> next) {}

    record Holder(Node tree, Node other) {}

    record Clash(String type) implements Clashing {}

    sealed interface Clashing permits Clash {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
    @JsonSubTypes({@JsonSubTypes.Type(value = Cat.class, name = "cat")})
    interface Animal {}

    record Cat(int lives) implements Animal {}

    record Renamed(@JsonProperty("first_name") String firstName) {}

    record Odd(Thread thread) {}

    record BadKeys(Map<Integer, String> map) {}

    record Wide(
            Set<String> tags, Map<String, Colour> colours, Map<Colour, Integer> counts, int[] numbers, Object any) {}

    record Times(
            Instant at, LocalDate day, LocalDateTime local, Duration length, UUID id, BigDecimal price, char mark) {}

    @Test
    void aRecordIsAClosedObjectWithDescriptionsInTheOrderOfItsComponents() {
        assertThat(made(SchemaMaker.Use.CHECK, Town.class)).isEqualTo(json("""
                {"type":"object","properties":{
                  "name":{"type":"string","description":"without the country"},
                  "people":{"type":"integer","minimum":-2147483648,"maximum":2147483647},
                  "nickname":{"type":["string","null"]},
                  "area":{"type":["number","null"]}},
                 "required":["name","people"],"additionalProperties":false,
                 "description":"a place where people live"}"""));
        assertThat(made(SchemaMaker.Use.CHECK, Town.class).get("properties").fieldNames())
                .toIterable()
                .containsExactly("name", "people", "nickname", "area");
    }

    @Test
    void answersMustSayEverythingAndArgumentsOnlyWhatIsMandatory() {
        JsonNode answer = made(SchemaMaker.Use.ANSWER, Town.class);
        JsonNode arguments = made(SchemaMaker.Use.ARGUMENTS, Town.class);

        assertThat(answer.get("required")).hasSize(4);
        assertThat(answer.at("/properties/nickname/type").toString()).isEqualTo("[\"string\",\"null\"]");
        assertThat(arguments.get("required")).hasSize(2);
        assertThat(arguments.at("/properties/nickname/type").asText()).isEqualTo("string");
    }

    @Test
    void genericsArraysMapsSetsAndEnumsAreWrittenOut() {
        assertThat(made(SchemaMaker.Use.CHECK, new TypeRef<Box<Colour>>() {}.type())
                        .get("properties"))
                .isEqualTo(json("""
                        {"content":{"type":"string","enum":["RED","light-blue"],"description":"light-blue: as the sky"},
                         "more":{"type":"array","items":{"type":"string","enum":["RED","light-blue"],
                           "description":"light-blue: as the sky"}}}"""));
        JsonNode wide = made(SchemaMaker.Use.CHECK, Wide.class).get("properties");
        assertThat(wide.get("tags")).isEqualTo(json("""
                {"type":"array","items":{"type":"string"},"uniqueItems":true}"""));
        assertThat(wide.at("/colours/additionalProperties/enum")).hasSize(2);
        assertThat(wide.at("/counts/propertyNames/enum")).hasSize(2);
        assertThat(wide.at("/numbers/items/type").asText()).isEqualTo("integer");
        assertThat(wide.get("any")).isEmpty();
    }

    @Test
    void javaTimeAndItsLikeAreTextsOfTheirFormats() {
        JsonNode times = made(SchemaMaker.Use.CHECK, Times.class).get("properties");
        assertThat(times.at("/at/format").asText()).isEqualTo("date-time");
        assertThat(times.at("/day/format").asText()).isEqualTo("date");
        assertThat(times.at("/local/pattern").asText()).startsWith("^[0-9]{4}");
        assertThat(times.at("/length/format").asText()).isEqualTo("duration");
        assertThat(times.at("/id/format").asText()).isEqualTo("uuid");
        assertThat(times.at("/price/type").asText()).isEqualTo("number");
        assertThat(times.at("/mark/pattern").asText()).isEqualTo("^.$");
    }

    @Test
    void theRecordsOfASealedInterfaceAreAlternativesToldApartByTheirNames() {
        assertThat(made(SchemaMaker.Use.CHECK, Shape.class)).isEqualTo(json("""
                {"anyOf":[
                  {"type":"object","properties":{"type":{"type":"string","const":"Circle"},"radius":{"type":"number"}},
                   "required":["type","radius"],"additionalProperties":false},
                  {"type":"object","properties":{"type":{"type":"string","const":"Square"},"side":{"type":"number"}},
                   "required":["type","side"],"additionalProperties":false}]}"""));
    }

    @Test
    void jacksonsOwnAnnotationsDecideWhereThereAreSome() {
        assertThat(made(SchemaMaker.Use.CHECK, Animal.class)
                        .at("/anyOf/0/properties/kind/const")
                        .asText())
                .isEqualTo("cat");
        assertThat(made(SchemaMaker.Use.CHECK, Cat.class).get("properties").has("kind"))
                .isFalse();
        assertThat(made(SchemaMaker.Use.CHECK, Renamed.class).get("properties").has("first_name"))
                .isTrue();
    }

    @Test
    void aTypeThatContainsItselfBecomesAReference() {
        JsonNode node = made(SchemaMaker.Use.ANSWER, Node.class);
        assertThat(node.get("type").asText()).isEqualTo("object");
        assertThat(node.at("/properties/children/items")).isEqualTo(json("{\"$ref\":\"#/$defs/Node\"}"));
        assertThat(node.at("/$defs/Node/properties/children/items")).isEqualTo(json("{\"$ref\":\"#/$defs/Node\"}"));

        JsonNode holder = made(SchemaMaker.Use.ANSWER, Holder.class);
        assertThat(holder.at("/properties/other")).isEqualTo(json("{\"$ref\":\"#/$defs/Node\"}"));
        assertThat(holder.get("$defs")).hasSize(1);

        assertThat(made(SchemaMaker.Use.ANSWER, Linked.class).at("/properties/next"))
                .isEqualTo(json("{\"anyOf\":[{\"$ref\":\"#/$defs/Linked\"},{\"type\":\"null\"}]}"));
    }

    @Test
    void aTypeThatContainsItselfIsRefusedForTools() {
        assertThatThrownBy(() -> made(SchemaMaker.Use.ARGUMENTS, Holder.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Node contains itself at Holder.tree.children[]");
    }

    @Test
    void whatHasNoSchemaIsRefusedWithItsPlace() {
        assertThatThrownBy(() -> made(SchemaMaker.Use.CHECK, Odd.class))
                .hasMessageContaining("java.lang.Thread at Odd.thread");
        assertThatThrownBy(() -> made(SchemaMaker.Use.CHECK, BadKeys.class))
                .hasMessageContaining("the keys of the map at BadKeys.map must be text");
        assertThatThrownBy(() -> made(SchemaMaker.Use.CHECK, Clashing.class))
                .hasMessageContaining("Clashing/Clash.type is taken");
    }

    @Test
    void aTypeThatIsWrittenOutTooOftenIsRefused() {
        record A(Town a, Town b, Town c, Town d, Town e, Town f, Town g, Town h) {}
        record B(A a, A b, A c, A d, A e, A f, A g, A h) {}
        record C(B a, B b, B c, B d, B e, B f, B g, B h) {}
        record D(C a, C b, C c, C d, C e, C f, C g, C h) {}
        assertThatThrownBy(() -> made(SchemaMaker.Use.CHECK, D.class)).hasMessageContaining("too large for a model");
    }

    @SuppressWarnings("unused")
    String weather(@Description("a town") String town, Optional<LocalDate> day, OptionalInt hours) {
        return "";
    }

    @Test
    void theParametersOfAMethodAreTheProperties() throws Exception {
        Method method = getClass().getDeclaredMethod("weather", String.class, Optional.class, OptionalInt.class);
        assertThat(new SchemaMaker(SchemaMaker.Use.ARGUMENTS).of(method)).isEqualTo(json("""
                {"type":"object","properties":{
                  "town":{"type":"string","description":"a town"},
                  "day":{"type":"string","format":"date"},
                  "hours":{"type":"integer"}},
                 "required":["town"],"additionalProperties":false}"""));
    }

    /** As it looks when it is read from its text. Every schema that is made is one that can be checked. */
    private static JsonNode made(SchemaMaker.Use use, Type type) {
        JsonNode made = new SchemaMaker(use).of(type);
        assertThat(new SchemaCheck(made)).isNotNull();
        return json(made.toString());
    }

    private static JsonNode json(String text) {
        try {
            return ShapeJson.mapper().readTree(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError(text, e);
        }
    }
}
