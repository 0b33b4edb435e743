package ai.primespark.agent.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Arguments of a script, and how values look in them. Not thread-safe. */
final class Args {

    private static final long MICROS = 1_000_000;

    private final List<byte[]> values = new ArrayList<>();

    Args text(String value) {
        values.add(bytes(value));
        return this;
    }

    Args number(long value) {
        return text(Long.toString(value));
    }

    Args flag(boolean value) {
        return text(value ? "1" : "0");
    }

    Args raw(byte[] value) {
        values.add(value);
        return this;
    }

    Args micros(Duration value) {
        return number(Args.toMicros(value));
    }

    List<byte[]> values() {
        return values;
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** A century at most, so that sums stay exact in the server's numbers. */
    static long toMicros(Duration value) {
        long seconds = Math.min(Math.max(0, value.getSeconds()), 100L * 365 * 86_400);
        return seconds * MICROS + value.getNano() / 1_000;
    }

    /** 0 for a moment before 1970; the year 2200 at most. */
    static long toMicros(Instant value) {
        long seconds = Math.min(Math.max(0, value.getEpochSecond()), 230L * 365 * 86_400);
        return seconds * MICROS + value.getNano() / 1_000;
    }

    static Instant instant(long micros) {
        return Instant.ofEpochSecond(micros / MICROS, micros % MICROS * 1_000);
    }

    static String string(Object reply) {
        return reply instanceof byte[] bytes ? new String(bytes, StandardCharsets.UTF_8) : String.valueOf(reply);
    }

    static long toLong(Object reply) {
        if (reply instanceof Long number) {
            return number;
        }
        String text = string(reply);
        return text.isEmpty() || text.equals("null") ? 0 : Long.parseLong(text);
    }
}
