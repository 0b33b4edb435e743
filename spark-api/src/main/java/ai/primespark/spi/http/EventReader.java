package ai.primespark.spi.http;

import ai.primespark.llm.LlmException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads server-sent events ({@code text/event-stream}) as the HTML standard describes them: comments and unknown fields are passed
 * over, lines end with LF, CR or CR LF, several data lines are one text, and a byte order mark at the beginning is no part of it.
 * Reconnecting, and the fields {@code id} and {@code retry} that are for it, are not for answers to a question.
 *
 * <p>Unlike the standard it also gives an event that the body's end cut off, and says so: some servers forget the last blank line.
 *
 * <p>The data that was read lies in {@link #buffer()} until the next event is asked for. Not thread-safe.
 */
public final class EventReader {

    private static final int START = 4 * 1024;
    private static final int MARK = 0xEF;

    private final LineReader lines;
    private final int maxEvent;
    private byte[] data = new byte[START];
    private int length;
    private String name = "";
    private boolean complete;
    private boolean begun;

    /**
     * Makes a reader.
     *
     * @param body what to read
     * @param maxEvent the longest line, and the most data in one event, in bytes; positive
     * @param alive run each time that bytes arrive, comments included
     */
    public EventReader(BodyStream body, int maxEvent, Runnable alive) {
        this.lines = new LineReader(body, maxEvent, alive, true);
        this.maxEvent = maxEvent;
    }

    /**
     * The lines, for whoever wants to look whether these are events at all before the first one.
     *
     * @return what this reads from
     */
    public LineReader lines() {
        return lines;
    }

    /**
     * Waits for the next event that has data.
     *
     * @return false at the end of the body, when there is none
     * @throws IOException when the connection broke
     * @throws InterruptedException when the waiting thread is interrupted
     * @throws WireException when a line or the data is too long
     */
    public boolean next() throws IOException, InterruptedException, WireException {
        skipMark();
        name = "";
        length = 0;
        if (data.length > START) {
            data = new byte[START]; // one long event is no reason to keep its memory for the whole answer
        }
        boolean any = false;
        complete = true;
        while (lines.next()) {
            if (lines.length() > 0) {
                any |= field(any);
            } else if (any) {
                return true;
            } else {
                name = ""; // an event without data is none
            }
        }
        complete = false;
        return any;
    }

    /** Takes a line; true when it was data. */
    private boolean field(boolean more) throws WireException {
        byte[] line = lines.buffer();
        int from = lines.offset();
        int end = from + lines.length();
        int colon = from;
        while (colon < end && line[colon] != ':') {
            colon++;
        }
        int value = Math.min(end, colon + 1);
        if (value < end && line[value] == ' ') {
            value++;
        }
        if (is("data", line, from, colon)) {
            append(more, line, value, end - value);
            return true;
        }
        if (is("event", line, from, colon)) {
            name = new String(line, value, end - value, StandardCharsets.UTF_8);
        }
        return false;
    }

    private static boolean is(String word, byte[] line, int from, int to) {
        if (to - from != word.length()) {
            return false;
        }
        for (int i = 0; i < word.length(); i++) {
            if (line[from + i] != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private void append(boolean more, byte[] line, int from, int count) throws WireException {
        long total = (more ? length + 1L : 0L) + count;
        if (total > maxEvent) {
            throw new WireException(
                    LlmException.Kind.PROTOCOL,
                    "sent an event of more than " + maxEvent + " bytes; if that is right, raise max-line-bytes");
        }
        if (total > data.length) {
            data = Arrays.copyOf(data, (int) Math.max(total, Math.min(maxEvent, data.length * 2L)));
        }
        if (more) {
            data[length++] = '\n';
        }
        System.arraycopy(line, from, data, length, count);
        length += count;
    }

    private void skipMark() throws IOException, InterruptedException, WireException {
        if (!begun) {
            begun = true;
            if (lines.peek() == MARK) {
                lines.skip(3);
            }
        }
    }

    /**
     * The event's type.
     *
     * @return empty when it has none
     */
    public String name() {
        return name;
    }

    /**
     * Where the data lies.
     *
     * @return from index 0 on; holds other things behind it; must not be changed
     */
    public byte[] buffer() {
        return data;
    }

    /**
     * How much data there is.
     *
     * @return bytes
     */
    public int length() {
        return length;
    }

    /**
     * Whether the event had an end, rather than the body.
     *
     * @return false only for the last event
     */
    public boolean complete() {
        return complete;
    }
}
