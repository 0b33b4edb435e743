package ai.primespark.testkit;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The head of one request, and what is known of its body's length. */
record S3Request(
        String method,
        String bucket,
        String object,
        Map<String, String> query,
        Map<String, String> headers,
        S3Operation operation,
        long length) {

    private static final int MOST_HEAD_BYTES = 64 << 10;

    @Nullable
    String header(String name) {
        return headers.get(name);
    }

    int number(String name, int otherwise, int most) {
        String text = query.get(name);
        return text == null || text.isEmpty() ? otherwise : Math.min(most, Integer.parseInt(text));
    }

    /** Reads a request's head; null when the client has hung up. */
    static @Nullable S3Request read(BufferedInputStream in) throws IOException {
        String first = line(in, true);
        if (first == null) {
            return null;
        }
        String[] words = first.split(" ", -1);
        if (words.length != 3) {
            throw new IOException("not HTTP");
        }
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        int size = first.length();
        for (String line = line(in, false); line != null && !line.isEmpty(); line = line(in, false)) {
            size += line.length();
            if (size > MOST_HEAD_BYTES) {
                throw new IOException("the head of the request is too long");
            }
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, Math.max(0, colon)).trim(),
                    line.substring(colon + 1).trim());
        }
        int mark = words[1].indexOf('?');
        String path = mark < 0 ? words[1] : words[1].substring(0, mark);
        Map<String, String> query = query(mark < 0 ? "" : words[1].substring(mark + 1));
        int slash = path.indexOf('/', 1);
        String bucket = decode(slash < 0 ? path.substring(1) : path.substring(1, slash));
        String object = slash < 0 ? "" : decode(path.substring(slash + 1));
        String length = headers.getOrDefault("Content-Length", "0");
        String method = words[0].toUpperCase(Locale.ROOT);
        return new S3Request(
                method,
                bucket,
                object,
                query,
                headers,
                S3Operation.of(method, !object.isEmpty(), query),
                Long.parseLong(length));
    }

    private static Map<String, String> query(String text) {
        Map<String, String> query = new LinkedHashMap<>();
        for (String pair : text.split("&", -1)) {
            if (!pair.isEmpty()) {
                int equals = pair.indexOf('=');
                query.put(
                        decode(equals < 0 ? pair : pair.substring(0, equals)),
                        equals < 0 ? "" : decode(pair.substring(equals + 1)));
            }
        }
        return query;
    }

    private static String decode(String text) { // S3 writes a space as %20 and means + by +
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static @Nullable String line(BufferedInputStream in, boolean first) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream(128);
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                if (first && line.size() == 0) {
                    return null;
                }
                throw new EOFException("the request ends in its head");
            }
            if (next != '\r') {
                line.write(next);
            }
            if (line.size() > MOST_HEAD_BYTES) {
                throw new IOException("a line of the request is too long");
            }
        }
        return line.toString(StandardCharsets.UTF_8);
    }
}
