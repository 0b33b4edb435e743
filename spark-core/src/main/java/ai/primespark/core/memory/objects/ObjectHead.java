package ai.primespark.core.memory.objects;

import ai.primespark.memory.MemoryException;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What is known of an object besides its name: its size, its hash, and its chunks. Stored as JSON text:
 *
 * <pre>
 * {"format":1, "bytes":20000000, "sha256":"64 hex", "chunkBytes":8388608, "chunks":["64 hex", ...], "sealed":["64 hex", ...]}
 * </pre>
 *
 * <p>{@code chunks} are the SHA-256 of the content in pieces of {@code chunkBytes}, the last one shorter; an empty object has
 * none. {@code sealed}, if there, are the addresses of the same chunks as they lie in tiers where the namespace is encrypted.
 * Immutable.
 */
final class ObjectHead {

    private static final int HASH = 32;
    private static final int HEX_IN_JSON = 2 * HASH + 3;
    private static final int REST_IN_JSON = 256;
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private final long bytes;
    private final String sha256;
    private final int chunkBytes;
    private final byte[] chunks; // 32 bytes each: an object of 100 GB has a head of 400 KB
    private final byte @Nullable [] sealed;

    private ObjectHead(long bytes, String sha256, int chunkBytes, byte[] chunks, byte @Nullable [] sealed) {
        this.bytes = bytes;
        this.sha256 = sha256;
        this.chunkBytes = chunkBytes;
        this.chunks = chunks;
        this.sealed = sealed;
    }

    /** Collects a head while the chunks go by. */
    static final class Builder {

        private final int chunkBytes;
        private byte[] chunks = new byte[HASH * 16];
        private byte[] sealed = new byte[0];
        private int count;
        private boolean hasSealed;

        Builder(int chunkBytes) {
            this.chunkBytes = chunkBytes;
        }

        int count() {
            return count;
        }

        void add(String plain, @Nullable String sealedAddress) {
            if (chunks.length < (count + 1) * HASH) {
                chunks = Arrays.copyOf(chunks, chunks.length * 2);
            }
            System.arraycopy(HexFormat.of().parseHex(plain), 0, chunks, count * HASH, HASH);
            if (sealedAddress != null) {
                hasSealed = true;
                if (sealed.length < chunks.length) {
                    sealed = Arrays.copyOf(sealed, chunks.length);
                }
                System.arraycopy(HexFormat.of().parseHex(sealedAddress), 0, sealed, count * HASH, HASH);
            }
            count++;
        }

        ObjectHead build(long bytes, String sha256) {
            return new ObjectHead(
                    bytes,
                    sha256,
                    chunkBytes,
                    Arrays.copyOf(chunks, count * HASH),
                    hasSealed ? Arrays.copyOf(sealed, count * HASH) : null);
        }
    }

    /** How many chunks fit into a head of so many bytes. */
    static long mostChunks(long headBytes, boolean sealed) {
        return Math.max(0, (headBytes - REST_IN_JSON) / (sealed ? 2L * HEX_IN_JSON : HEX_IN_JSON));
    }

    long bytes() {
        return bytes;
    }

    String sha256() {
        return sha256;
    }

    int chunkBytes() {
        return chunkBytes;
    }

    int count() {
        return chunks.length / HASH;
    }

    boolean isSealed() {
        return sealed != null;
    }

    /** The address of a chunk, plain or sealed. */
    String address(int index, boolean inSealedForm) {
        byte[] from = inSealedForm ? sealed : chunks;
        if (from == null) {
            throw new IllegalStateException("this object was stored without its sealed form");
        }
        return HexFormat.of().formatHex(from, index * HASH, (index + 1) * HASH);
    }

    int length(int index) {
        return (int) Math.min(chunkBytes, bytes - (long) index * chunkBytes);
    }

    /** The same with another sealed form. */
    ObjectHead withSealed(Builder builder) {
        return new ObjectHead(bytes, sha256, chunkBytes, chunks, builder.build(bytes, sha256).sealed);
    }

    String toJson() {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = MAPPER.createGenerator(text)) {
            json.writeStartObject();
            json.writeNumberField("format", 1);
            json.writeNumberField("bytes", bytes);
            json.writeStringField("sha256", sha256);
            json.writeNumberField("chunkBytes", chunkBytes);
            json.writeArrayFieldStart("chunks");
            for (int i = 0; i < count(); i++) {
                json.writeString(address(i, false));
            }
            json.writeEndArray();
            if (sealed != null) {
                json.writeArrayFieldStart("sealed");
                for (int i = 0; i < count(); i++) {
                    json.writeString(address(i, true));
                }
                json.writeEndArray();
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new IllegalStateException("a text in memory cannot fail", e);
        }
        return text.toString();
    }

    /** Reads a head; a wrong one is an error that names the object. */
    static ObjectHead parse(String where, String text) {
        try {
            JsonNode json = MAPPER.readTree(text);
            long bytes = json.path("bytes").asLong(-1);
            int chunkBytes = json.path("chunkBytes").asInt(0);
            String sha256 = json.path("sha256").asText("");
            JsonNode plain = json.path("chunks");
            JsonNode sealed = json.path("sealed");
            boolean whole = json.path("format").asInt() == 1
                    && bytes >= 0
                    && chunkBytes > 0
                    && Sha256.isAddress(sha256)
                    && plain.isArray()
                    && plain.size() == (bytes + chunkBytes - 1) / chunkBytes
                    && (sealed.isMissingNode() || sealed.size() == plain.size());
            if (whole) {
                return new ObjectHead(
                        bytes, sha256, chunkBytes, hashes(plain), sealed.isMissingNode() ? null : hashes(sealed));
            }
        } catch (IOException | IllegalArgumentException e) {
            // said below, without the content
        }
        throw new MemoryException(
                "the head of object " + where + " is of a form that this version does not read; use the version that"
                        + " stored it, or upload the object again",
                false,
                null);
    }

    private static byte[] hashes(JsonNode list) {
        byte[] all = new byte[list.size() * HASH];
        for (int i = 0; i < list.size(); i++) {
            byte[] hash = HexFormat.of().parseHex(list.get(i).asText());
            if (hash.length != HASH) {
                throw new IllegalArgumentException("a hash of another length");
            }
            System.arraycopy(hash, 0, all, i * HASH, HASH);
        }
        return all;
    }

    @Override
    public String toString() {
        return "ObjectHead[" + bytes + " bytes, " + sha256 + "]";
    }
}
