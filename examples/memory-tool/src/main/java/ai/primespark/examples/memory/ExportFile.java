package ai.primespark.examples.memory;

import ai.primespark.Zone;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.memory.UnknownPolicy;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The lines of an export; {@code README.md} documents them. */
final class ExportFile {

    static final String FORMAT = "prime-spark-memory-export";
    static final int VERSION = 1;

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private ExportFile() {}

    /** The first line. */
    record Header(String format, int version, String id, String created, Map<String, Namespace> namespaces) {}

    /** How a namespace was used. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Namespace(
            String codec,
            Zone reach,
            UnknownPolicy unknown,
            @Nullable Zone encryptFrom) {

        static Namespace of(NamespaceOptions options) {
            return new Namespace(
                    options.codec(),
                    options.reach(),
                    options.unknown(),
                    options.encryptionFrom().orElse(null));
        }

        NamespaceOptions options() {
            NamespaceOptions options =
                    NamespaceOptions.DEFAULT.withCodec(codec).withReach(reach).withUnknown(unknown);
            return encryptFrom == null ? options : options.withEncryptionFrom(encryptFrom);
        }
    }

    /** Any line but the first: a record, or the end. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Line(
            @Nullable String namespace,
            @Nullable String key,
            @Nullable String type,
            @Nullable RawJson value,
            @Nullable String version,
            @Nullable String expires,
            @Nullable Boolean end,
            @Nullable Long records,
            @Nullable String sha256) {

        static Line of(String namespace, String key, Value value, String version, @Nullable String expires) {
            try {
                RawJson json = switch (value.kind()) {
                    case JSON -> new RawJson(value.text());
                    case TEXT -> new RawJson(MAPPER.writeValueAsString(value.text()));
                    case BYTES ->
                        new RawJson(
                                MAPPER.writeValueAsString(Base64.getEncoder().encodeToString(value.bytes())));
                };
                return new Line(
                        namespace,
                        key,
                        value.kind().word(),
                        json,
                        version,
                        expires,
                        null,
                        null,
                        checksum(namespace, key, value, expires));
            } catch (JsonProcessingException e) {
                throw new IllegalStateException("text has a JSON form", e);
            }
        }

        static Line end(long records, String sha256) {
            return new Line(null, null, null, null, null, null, true, records, sha256);
        }

        boolean isEnd() {
            return Boolean.TRUE.equals(end);
        }

        /** The value, checked. */
        Value checked() throws IOException {
            if (namespace == null || key == null || type == null || value == null || sha256 == null) {
                throw new IOException("a field is missing");
            }
            Value read;
            switch (type) {
                case "json" -> read = new Value(Value.Kind.JSON, value.text().getBytes(StandardCharsets.UTF_8));
                case "text" ->
                    read = new Value(
                            Value.Kind.TEXT,
                            MAPPER.readValue(value.text(), String.class).getBytes(StandardCharsets.UTF_8));
                case "bytes" ->
                    read = new Value(
                            Value.Kind.BYTES, Base64.getDecoder().decode(MAPPER.readValue(value.text(), String.class)));
                default -> throw new IOException("type '" + type + "' is not known");
            }
            if (!checksum(namespace, key, read, expires).equals(sha256)) {
                throw new IOException("its checksum does not match");
            }
            return read;
        }
    }

    /** Of namespace, key, type and expiry, each followed by a zero byte, then of the value's bytes. */
    private static String checksum(String namespace, String key, Value value, @Nullable String expires) {
        MessageDigest digest = sha256();
        for (String text : new String[] {namespace, key, value.kind().word(), expires == null ? "" : expires}) {
            digest.update(text.getBytes(StandardCharsets.UTF_8));
            digest.update((byte) 0);
        }
        return HexFormat.of().formatHex(digest.digest(value.bytes()));
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    static byte[] bytes(Object line) {
        try {
            return (MAPPER.writeValueAsString(line) + "\n").getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("lines have a JSON form", e);
        }
    }

    static <T> T parse(byte[] line, Class<T> type) throws IOException {
        try {
            T parsed = MAPPER.readValue(line, type);
            if (parsed == null) {
                throw new IOException("it is empty");
            }
            return parsed;
        } catch (JsonProcessingException e) { // its message quotes the data
            throw new IOException("it is not JSON of the right form");
        }
    }
}
