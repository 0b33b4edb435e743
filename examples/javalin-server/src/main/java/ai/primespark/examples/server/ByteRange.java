package ai.primespark.examples.server;

import io.javalin.http.HttpStatus;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A part of a representation (RFC 9110, section 14).
 *
 * @param from the first byte
 * @param count how many bytes, at least one
 */
record ByteRange(long from, long count) {

    private static final Pattern SINGLE = Pattern.compile("bytes=([0-9]{0,18})-([0-9]{0,18})");

    /**
     * Reads the header {@code Range}. Several ranges, other units and what cannot be read are as if it were not there, as the
     * RFC allows: the answer is the whole then.
     *
     * @param size of the whole
     * @throws Problem 416, when no byte of the range is there
     */
    static Optional<ByteRange> of(@Nullable String header, long size) {
        Matcher range = SINGLE.matcher(header == null ? "" : header.replace(" ", ""));
        if (!range.matches()) {
            return Optional.empty();
        }
        String first = range.group(1);
        String last = range.group(2);
        if (first.isEmpty()) {
            return last.isEmpty() ? Optional.empty() : Optional.of(suffix(Long.parseLong(last), size));
        }
        long from = Long.parseLong(first);
        long to = last.isEmpty() ? Long.MAX_VALUE : Long.parseLong(last);
        if (to < from) {
            return Optional.empty();
        }
        if (from >= size) {
            throw unsatisfiable(size);
        }
        return Optional.of(new ByteRange(from, Math.min(to, size - 1) - from + 1));
    }

    private static ByteRange suffix(long count, long size) {
        if (count == 0 || size == 0) {
            throw unsatisfiable(size);
        }
        return new ByteRange(Math.max(0, size - count), Math.min(count, size));
    }

    private static Problem unsatisfiable(long size) {
        return new Problem(
                        HttpStatus.RANGE_NOT_SATISFIABLE,
                        "range-not-satisfiable",
                        "the object has " + size + " bytes; none of the range is there")
                .header("Content-Range", "bytes */" + size);
    }

    /** The header {@code Content-Range}. */
    String of(long size) {
        return "bytes " + from + "-" + (from + count - 1) + "/" + size;
    }
}
