package ai.primespark.core.llm.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.TypeRef;
import ai.primespark.llm.SchemaViolation;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.Period;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShapeTest {

    enum Size {
        SMALL,
        LARGE
    }

    record Item(String name, BigDecimal price, Optional<Size> size) {
        Item {
            if (price.signum() < 0) {
                throw new IllegalArgumentException("a price is not negative");
            }
        }
    }

    record Order(
            List<Item> items,
            Map<String, Integer> counts,
            @Nullable String note,
            OptionalInt discount) {}

    sealed interface Step permits Walk, Ride {}

    record Walk(int metres) implements Step {}

    record Ride(String line, List<Step> then) implements Step {}

    record Times(
            Instant at,
            OffsetDateTime offset,
            LocalDate day,
            LocalTime time,
            LocalDateTime local,
            Duration length,
            Period period) {}

    @Test
    void aRecordIsReadWithAllItsParts() {
        Order order = read(Order.class, """
                {"items":[{"name":"a","price":1.50,"size":"LARGE"},{"name":"b","price":2,"size":null}],
                 "counts":{"a":1},"note":null,"discount":5}""");

        assertThat(order.items()).hasSize(2);
        assertThat(order.items().get(0)).isEqualTo(new Item("a", new BigDecimal("1.50"), Optional.of(Size.LARGE)));
        assertThat(order.items().get(1).size()).isEmpty();
        assertThat(order.counts()).containsExactly(Map.entry("a", 1));
        assertThat(order.note()).isNull();
        assertThat(order.discount()).hasValue(5);
    }

    @Test
    void whatMayBeMissingMayBeMissing() {
        Order order = read(Order.class, "{\"items\":[],\"counts\":{}}");
        assertThat(order.note()).isNull();
        assertThat(order.discount()).isEmpty();
    }

    @Test
    void sealedInterfacesAreReadByTheirDiscriminatorAlsoWhenTheyContainThemselves() {
        Step step = read(Step.class, """
                {"value":{"type":"Ride","line":"U3","then":[{"type":"Walk","metres":200}]}}""");
        assertThat(step).isEqualTo(new Ride("U3", List.of(new Walk(200))));
        assertThat(violations(
                        Step.class, "{\"value\":{\"type\":\"Ride\",\"line\":\"U3\",\"then\":[{\"type\":\"Fly\"}]}}"))
                .extracting(SchemaViolation::path)
                .containsExactly("$.value.then[0].type");
    }

    @Test
    void whatIsNoObjectIsWrappedIntoOne() {
        assertThat(new Shape(Size.class).schema()).contains("\"required\":[\"value\"]");
        assertThat(ShapeTest.<Size>read(Size.class, "{\"value\":\"SMALL\"}")).isEqualTo(Size.SMALL);
        assertThat(ShapeTest.<Integer>read(int.class, "{\"value\":7}")).isEqualTo(7);
        List<Set<Integer>> lists = read(new TypeRef<List<Set<Integer>>>() {}.type(), "{\"value\":[[1,2],[]]}");
        assertThat(lists).containsExactly(Set.of(1, 2), Set.of());
        Map<String, LocalDate> map = read(new TypeRef<Map<String, LocalDate>>() {}.type(), "{\"a\":\"2026-01-31\"}");
        assertThat(map).containsEntry("a", LocalDate.of(2026, 1, 31));
        Optional<String> none = read(new TypeRef<Optional<String>>() {}.type(), "{\"value\":null}");
        assertThat(none).isEmpty();
    }

    @Test
    void timesAreReadAsTheyAreWritten() {
        Times times = read(Times.class, """
                {"at":"2026-01-31T10:00:00Z","offset":"2026-01-31T10:00:00+02:00","day":"2026-01-31","time":"10:00",
                 "local":"2026-01-31T10:00:00","length":"PT90M","period":"P1Y2M"}""");
        assertThat(times.offset().getOffset().getTotalSeconds()).isEqualTo(7200);
        assertThat(times.length()).isEqualTo(Duration.ofMinutes(90));
        assertThat(times.period()).isEqualTo(Period.of(1, 2, 0));
        assertThat(times.time()).isEqualTo(LocalTime.of(10, 0));
    }

    @Test
    void datesThatDoNotExistAreRefusedAlsoWhereNoFormatSaysSo() {
        record Local(LocalDateTime at) {}
        assertThat(violations(Local.class, "{\"at\":\"2026-02-30T10:00\"}"))
                .extracting(SchemaViolation::path)
                .containsExactly("$.at");
    }

    @Test
    void aBlockOfMarkdownIsUnwrapped() {
        assertThat(ShapeTest.<Walk>read(Walk.class, "```json\n{\"metres\":1}\n```\n"))
                .isEqualTo(new Walk(1));
        assertThat(ShapeTest.<Walk>read(Walk.class, " \n{\"metres\":1}")).isEqualTo(new Walk(1));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Sure! {\"metres\":1}",
                "{\"metres\":1} done",
                "{\"metres\":",
                "{\"metres\":1,\"metres\":2}",
                "nan"
            })
    void whatIsNotJsonIsRefusedWithoutBeingQuoted(String text) {
        List<SchemaViolation> found = violations(Walk.class, text);
        assertThat(found).hasSize(1);
        assertThat(found.get(0).path()).isEqualTo("$");
        assertThat(found.get(0).problem()).doesNotContain("Sure", "metres", "done", "nan");
    }

    @Test
    void theChecksOfARecordAreViolationsWithTheirPlaceAndWords() {
        Shape.Reading reading =
                new Shape(Order.class).read("{\"items\":[{\"name\":\"a\",\"price\":-1,\"size\":null}],\"counts\":{}}");
        assertThat(reading.value()).isNull();
        assertThat(reading.violations()).hasSize(1);
        assertThat(reading.violations().get(0).path()).isEqualTo("$.items[0]");
        assertThat(reading.violations().get(0).problem()).isEqualTo("is refused: a price is not negative");
        assertThat(reading.cause()).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aNumberThatDoesNotFitItsJavaTypeIsAViolationWithItsPlace() {
        assertThat(violations(Walk.class, "{\"metres\":3000000000}"))
                .extracting(SchemaViolation::path)
                .containsExactly("$.metres");
        assertThat(violations(new TypeRef<Map<String, Integer>>() {}.type(), "{\"x\":1e30}"))
                .extracting(SchemaViolation::place)
                .containsExactly("$.*");
        assertThat(ShapeTest.<Walk>read(Walk.class, "{\"metres\":3.0}")).isEqualTo(new Walk(3));
    }

    @Test
    void aTypeThatCannotBeReadIsRefusedBeforeAnybodyIsAsked() {
        record Handler(Runnable work) {}
        assertThatThrownBy(() -> new Shape(Handler.class)).hasMessageContaining("java.lang.Runnable at Handler.work");
    }

    @Test
    void whatIsReadIsWhatWasWritten() throws Exception {
        Step step = new Ride("U3", List.of(new Walk(1), new Ride("S1", List.of())));
        String json = ShapeJson.mapper().writerFor(Step.class).writeValueAsString(step);
        assertThat(ShapeTest.<Step>read(Step.class, "{\"value\":" + json + "}")).isEqualTo(step);
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <T> T read(Type type, String json) {
        Shape.Reading reading = new Shape(type).read(json);
        assertThat(reading.violations())
                .as(() -> reading.violations().stream()
                        .map(v -> v.path() + " " + v.problem())
                        .toList()
                        .toString())
                .isEmpty();
        return (T) reading.value();
    }

    private static List<SchemaViolation> violations(Type type, String json) {
        Shape.Reading reading = new Shape(type).read(json);
        assertThat(reading.value()).isNull();
        return reading.violations();
    }
}
