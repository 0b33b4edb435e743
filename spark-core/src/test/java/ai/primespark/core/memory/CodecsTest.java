package ai.primespark.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.TypeRef;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.Version;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CodecsTest {

    private static final TierKey KEY = TierKey.of("test", "the-key");

    record Prefs(String name, Optional<Integer> age, Instant since, LocalDate day, List<String> tags) {}

    record Smaller(String name) {}

    private static TierRecord encode(String codec, Object value) {
        Codecs.Encoded encoded = Codecs.encode(codec, KEY.key(), value);
        return TierRecord.value(KEY, new Version(1, "n"), TierRecord.NEVER, encoded.encoding(), encoded.body());
    }

    private static Object roundTrip(Object value, Type type) {
        return Codecs.decode(encode("json", value), type);
    }

    @Test
    void recordsTimesAndOptionalsComeBackAsTheyWere() {
        Prefs prefs = new Prefs(
                "Ada",
                Optional.of(36),
                Instant.parse("2026-01-02T03:04:05.123456789Z"),
                LocalDate.of(2026, 2, 3),
                List.of("a"));
        assertThat(roundTrip(prefs, Prefs.class)).isEqualTo(prefs);
        ZonedDateTime time = ZonedDateTime.parse("2026-01-02T03:04:05+01:00");
        assertThat(roundTrip(time, ZonedDateTime.class)).isEqualTo(time);
        assertThat(roundTrip(42, int.class)).isEqualTo(42);
        assertThat(roundTrip(Map.of("a", List.of(1, 2)), new TypeRef<Map<String, List<Integer>>>() {}.type()))
                .isEqualTo(Map.of("a", List.of(1, 2)));
    }

    record Nested(Prefs prefs, Map<String, List<Prefs>> more, byte[] blob, java.time.Duration life) {}

    @Test
    void cborCarriesWhatJsonCarriesInLess() {
        Prefs prefs = new Prefs(
                "Ada",
                Optional.empty(),
                Instant.parse("2026-01-02T03:04:05.123456789Z"),
                LocalDate.of(2026, 2, 3),
                List.of());
        Nested nested =
                new Nested(prefs, Map.of("x", List.of(prefs, prefs)), new byte[500], java.time.Duration.ofMillis(7));
        TierRecord cbor = encode("cbor", nested);
        assertThat(cbor.encoding()).isEqualTo("cbor");
        assertThat(cbor.body().length).isLessThan(encode("json", nested).body().length);
        Nested found = (Nested) Codecs.decode(cbor, Nested.class);
        assertThat(found).usingRecursiveComparison().isEqualTo(nested);
        ZonedDateTime time = ZonedDateTime.parse("2026-01-02T03:04:05+01:00");
        assertThat(Codecs.decode(encode("cbor", time), ZonedDateTime.class)).isEqualTo(time);
        assertThat(Codecs.decode(encode("cbor", 42), int.class)).isEqualTo(42);
        TypeRef<Map<String, List<Integer>>> generic = new TypeRef<>() {};
        assertThat(Codecs.decode(encode("cbor", Map.of("a", List.of(1, 2))), generic.type()))
                .isEqualTo(Map.of("a", List.of(1, 2)));
        assertThat(Codecs.decode(encode("cbor", Map.of("@class", "java.io.File")), Object.class))
                .isEqualTo(Map.of("@class", "java.io.File"));
        assertThatThrownBy(() -> Codecs.decode(encode("cbor", List.of("secret-value")), int.class))
                .isInstanceOf(MemoryException.class)
                .hasMessageContaining("CBOR")
                .hasNoCause()
                .hasMessageNotContaining("secret-value");
        byte[] trailing = java.util.Arrays.copyOf(cbor.body(), cbor.body().length + 1);
        assertThatThrownBy(() -> Codecs.decode(
                        TierRecord.value(KEY, cbor.version(), TierRecord.NEVER, "cbor", trailing), Nested.class))
                .isInstanceOf(MemoryException.class);
    }

    @Test
    void bytesAndTextAreStoredAsTheyAreWhateverTheCodec() {
        for (String codec : List.of("json", "cbor", "bytes", "text")) {
            byte[] bytes = {0, 1, -1};
            TierRecord record = encode(codec, bytes);
            assertThat(record.encoding()).isEqualTo("bytes");
            assertThat(record.body()).isEqualTo(bytes).isNotSameAs(bytes);
            assertThat((byte[]) Codecs.decode(record, byte[].class))
                    .isEqualTo(bytes)
                    .isNotSameAs(record.body());
            TierRecord text = encode(codec, "grüße 🌍");
            assertThat(text.encoding()).isEqualTo("text");
            assertThat(text.body()).isEqualTo("grüße 🌍".getBytes(StandardCharsets.UTF_8));
            assertThat(Codecs.decode(text, String.class)).isEqualTo("grüße 🌍");
        }
    }

    @Test
    void unknownPropertiesOfNewerProgramsAreIgnored() {
        assertThat(roundTrip(Map.of("name", "Ada", "new", 1), Smaller.class)).isEqualTo(new Smaller("Ada"));
    }

    @Test
    void storedDataCannotChooseClasses() {
        TierRecord record = TierRecord.value(
                KEY,
                new Version(1, "n"),
                TierRecord.NEVER,
                "json",
                "{\"@class\":\"java.io.File\",\"path\":\"/etc\"}".getBytes(StandardCharsets.UTF_8));
        assertThat(Codecs.decode(record, Object.class)).isInstanceOf(Map.class);
    }

    @Test
    void readingAsTheWrongTypeNamesTheKeyAndNeverTheValue() {
        record Attempt(TierRecord record, Type type) {}
        List<Attempt> attempts = List.of(
                new Attempt(encode("json", "secret-value"), Prefs.class),
                new Attempt(encode("json", "secret-value".getBytes(StandardCharsets.UTF_8)), String.class),
                new Attempt(encode("json", Map.of("name", Map.of("secret-value", 1))), Smaller.class),
                new Attempt(encode("json", List.of("secret-value")), int.class));
        for (Attempt attempt : attempts) {
            assertThatThrownBy(() -> Codecs.decode(attempt.record, attempt.type))
                    .isInstanceOf(MemoryException.class)
                    .hasMessageContaining("the-key")
                    .hasNoCause()
                    .hasMessageNotContaining("secret-value");
        }
    }

    @Test
    void codecsWithoutObjectsSayWhichOneTakesThem() {
        assertThatThrownBy(() -> Codecs.encode("text", "the-key", 5))
                .isInstanceOf(MemoryException.class)
                .hasMessageContaining("the-key")
                .hasMessageContaining("json");
        assertThatThrownBy(() -> Codecs.encode("json", "the-key", new Object()))
                .isInstanceOf(MemoryException.class)
                .hasMessageContaining("the-key")
                .hasNoCause();
        assertThatThrownBy(() -> Codecs.check("xml")).isInstanceOf(IllegalArgumentException.class);
    }
}
