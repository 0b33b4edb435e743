package ai.primespark.core.memory;

import ai.primespark.core.runtime.JsonMapping;
import ai.primespark.memory.MemoryException;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierRecord;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.cbor.databind.CBORMapper;
import java.io.IOException;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;

/**
 * Turns values into bytes and back. {@code byte[]} and {@link String} are stored as they are, whatever the namespace's codec;
 * everything else needs {@code json} or {@code cbor}.
 *
 * <p>JSON and CBOR are read into the type that the reader asks for and never into one that the data names, so stored data cannot choose
 * classes. Jackson's messages quote the data; they are therefore never passed on.
 */
final class Codecs {

    static final String JSON = "json";
    static final String CBOR = "cbor";
    static final String BYTES = "bytes";
    static final String TEXT = "text";

    private static final Set<String> NAMES = Set.of(JSON, CBOR, BYTES, TEXT);

    private Codecs() {}

    /** Made when the first value needs it: making it takes longer than the rest of a start. */
    private static final class Cbor {
        static final ObjectMapper MAPPER = JsonMapping.setUp(CBORMapper.builder());
    }

    /** A value as bytes. */
    record Encoded(String encoding, byte[] body) {}

    static boolean isCodec(String name) {
        return NAMES.contains(name);
    }

    static void check(String codec) {
        if (!isCodec(codec)) {
            throw new IllegalArgumentException("a codec is json, cbor, bytes or text, not '" + codec + "'");
        }
    }

    static Encoded encode(String codec, String key, Object value) {
        if (value instanceof byte[] bytes) {
            return new Encoded(BYTES, bytes.clone()); // the caller may change its array later
        }
        if (value instanceof String text) {
            return new Encoded(TEXT, text.getBytes(StandardCharsets.UTF_8));
        }
        String type = value.getClass().getName();
        if (codec.equals(BYTES) || codec.equals(TEXT)) {
            throw new MemoryException(
                    "cannot store key '" + key + "': its namespace has the codec '" + codec
                            + "', which takes byte[] and" + " String but not " + type
                            + "; use the codec json or cbor for it",
                    false,
                    null);
        }
        try {
            ObjectMapper mapper = codec.equals(CBOR) ? Cbor.MAPPER : JsonMapping.mapper();
            return new Encoded(codec, mapper.writeValueAsBytes(value));
        } catch (JsonProcessingException e) {
            throw new MemoryException(
                    "cannot store key '" + key + "': a value of " + type + " has no " + codec.toUpperCase(Locale.ROOT)
                            + " form (" + e.getClass().getSimpleName()
                            + "); make it a record, or a class with readable properties",
                    false,
                    null);
        }
    }

    /** Whether a record is read as an array, of which each reader needs a copy. */
    static boolean isBytes(TierRecord record) {
        return record.encoding().startsWith(BYTES)
                && Shrink.base(record.encoding()).equals(BYTES);
    }

    static Object decode(TierRecord record, Type type) {
        if (!Shrink.isShrunk(record.encoding())) {
            return decode(record, record.encoding(), record.body(), false, type);
        }
        byte[] body;
        try {
            body = Shrink.expand(record.encoding(), record.body());
        } catch (TierException e) {
            throw mismatch(record, type, "is damaged: " + e.getMessage());
        }
        return decode(record, Shrink.base(record.encoding()), body, true, type);
    }

    private static Object decode(TierRecord record, String encoding, byte[] body, boolean ours, Type type) {
        return switch (encoding) {
            case BYTES -> {
                if (type == byte[].class || type == Object.class) {
                    yield ours ? body : body.clone();
                }
                throw mismatch(record, type, "was stored as bytes");
            }
            case TEXT -> {
                if (type == String.class || type == CharSequence.class || type == Object.class) {
                    yield new String(body, StandardCharsets.UTF_8);
                }
                throw mismatch(record, type, "was stored as text");
            }
            case JSON -> decode(JsonMapping.mapper(), "JSON", record, body, type);
            case CBOR -> decode(Cbor.MAPPER, "CBOR", record, body, type);
            default -> throw mismatch(record, type, "was stored with the unknown encoding " + record.encoding());
        };
    }

    private static Object decode(ObjectMapper mapper, String form, TierRecord record, byte[] body, Type type) {
        try {
            Object value = mapper.readValue(body, mapper.constructType(type));
            if (value != null) {
                return value;
            }
        } catch (IOException | IllegalArgumentException e) {
            throw mismatch(
                    record,
                    type,
                    "was stored as " + form + " of another shape ("
                            + e.getClass().getSimpleName() + ")");
        }
        throw mismatch(record, type, "was stored as " + form + " null");
    }

    private static MemoryException mismatch(TierRecord record, Type type, String why) {
        return new MemoryException(
                "cannot read key '" + record.key().key() + "' of namespace '"
                        + record.key().namespace() + "' as " + type.getTypeName() + ": it " + why,
                false,
                null);
    }
}
