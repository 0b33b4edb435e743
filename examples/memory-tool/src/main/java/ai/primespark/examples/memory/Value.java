package ai.primespark.examples.memory;

import ai.primespark.memory.Lookup;
import ai.primespark.memory.Memory;
import ai.primespark.memory.MemoryException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * A stored value of any kind.
 *
 * @param kind how it is stored
 * @param bytes the value itself; text and JSON in UTF-8
 */
record Value(Kind kind, byte[] bytes) {

    /** How a value is stored. */
    enum Kind {
        /** Characters. */
        TEXT,
        /** A value of a program, as JSON. */
        JSON,
        /** Anything else. */
        BYTES;

        String word() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /** Makes a value of what somebody gave. */
    static Value of(Kind kind, byte[] bytes) {
        if (kind == Kind.BYTES) {
            return new Value(kind, bytes);
        }
        String text = text(bytes);
        if (kind == Kind.TEXT) {
            return new Value(kind, bytes);
        }
        try {
            return new Value(kind, RawJson.parse(text).text().getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) { // Jackson's message would quote the value
            throw new ToolException(ToolException.USAGE, "the value is not JSON; pass --as text or --as bytes");
        }
    }

    /** Reads a value, whatever it was stored as. */
    static Lookup<?> look(Memory memory, String key) {
        Lookup<Object> found = memory.get(key, Object.class);
        if (found instanceof Lookup.Found<Object> there
                && !(there.value() instanceof String)
                && !(there.value() instanceof byte[])) {
            return memory.get(key, RawJson.class); // as it stands, instead of what a map would make of it
        }
        return found;
    }

    static Value of(Lookup.Found<?> found) {
        Object value = found.value();
        if (value instanceof byte[] bytes) {
            return new Value(Kind.BYTES, bytes);
        }
        if (value instanceof RawJson json) {
            return new Value(Kind.JSON, json.text().getBytes(StandardCharsets.UTF_8));
        }
        if (value instanceof String text) {
            return new Value(Kind.TEXT, text.getBytes(StandardCharsets.UTF_8));
        }
        throw new MemoryException(
                "a value of an unknown kind: " + value.getClass().getName(), false, null);
    }

    /** What to hand to {@link Memory#put}. */
    Object stored() {
        return switch (kind) {
            case TEXT -> text(bytes);
            case JSON -> new RawJson(text(bytes));
            case BYTES -> bytes;
        };
    }

    String text() {
        return text(bytes);
    }

    private static String text(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new ToolException(ToolException.USAGE, "the value is not text in UTF-8; pass --as bytes");
        }
    }

    @Override
    public String toString() { // a stored value is private data
        return "Value[" + kind + ", " + bytes.length + " bytes]";
    }
}
