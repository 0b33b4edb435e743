package ai.primespark.spi.http;

import ai.primespark.llm.LlmException;
import java.io.IOException;
import java.util.Arrays;

/**
 * Reads lines, one at a time, in memory that is bounded by the longest line allowed. A line ends with LF or CR LF. Bytes are not
 * decoded, so it does not matter where a character was cut.
 *
 * <p>The line that was read lies in {@link #buffer()} until the next one is asked for. Not thread-safe.
 */
public final class LineReader {

    private static final int START = 16 * 1024;

    private final BodyStream body;
    private final int maxLine;
    private final boolean loneReturns;
    private final Runnable alive;

    private byte[] buffer;
    private int begin; // of what was not given yet
    private int searched; // there is no line end before this
    private int end; // of what was read
    private boolean over;
    private boolean afterReturn;

    private int offset;
    private int length;
    private boolean terminated;

    /**
     * Makes a reader.
     *
     * @param body what to read
     * @param maxLine the longest line in bytes, without its end; positive
     * @param alive run each time that bytes arrive
     */
    public LineReader(BodyStream body, int maxLine, Runnable alive) {
        this(body, maxLine, alive, false);
    }

    /** With lone CRs as line ends, too, as server-sent events may have them. */
    LineReader(BodyStream body, int maxLine, Runnable alive, boolean loneReturns) {
        this.body = body;
        this.maxLine = maxLine;
        this.alive = alive;
        this.loneReturns = loneReturns;
        this.buffer = new byte[Math.min(START, room(maxLine))];
    }

    /** A line and its end. */
    private static int room(int line) {
        return (int) Math.min(line + 2L, Integer.MAX_VALUE - 8);
    }

    /**
     * Waits for the next line.
     *
     * @return false at the end of the body, when there is none
     * @throws IOException when the connection broke
     * @throws InterruptedException when the waiting thread is interrupted
     * @throws WireException when the line is too long
     */
    public boolean next() throws IOException, InterruptedException, WireException {
        int stop = findEnd();
        while (stop < 0 && !over) {
            fill();
            stop = findEnd();
        }
        terminated = stop >= 0;
        int last = terminated ? stop : end;
        offset = begin;
        begin = terminated ? last + 1 : end;
        searched = begin;
        if (terminated && buffer[last] == '\r') {
            afterReturn = true;
        } else if (!loneReturns && last > offset && buffer[last - 1] == '\r') {
            last--;
        }
        length = last - offset;
        checkLength(length);
        return terminated || length > 0;
    }

    /**
     * Where the line lies.
     *
     * @return holds other things besides; must not be changed
     */
    public byte[] buffer() {
        return buffer;
    }

    /**
     * Where the line begins.
     *
     * @return an index of {@link #buffer()}
     */
    public int offset() {
        return offset;
    }

    /**
     * How long the line is.
     *
     * @return bytes, without the line's end
     */
    public int length() {
        return length;
    }

    /**
     * Whether the line had an end, rather than the body.
     *
     * @return false only for the last line
     */
    public boolean terminated() {
        return terminated;
    }

    /**
     * Whether there is anything in the line but blanks.
     *
     * @return true for a line of spaces and tabs, and for an empty one
     */
    public boolean blank() {
        for (int i = offset; i < offset + length; i++) {
            if (!isBlank(buffer[i])) {
                return false;
            }
        }
        return true;
    }

    /**
     * Passes over blanks and empty lines, and waits for the byte with which the next line begins.
     *
     * @return the byte, which stays to be read; or -1 at the end of the body
     * @throws IOException when the connection broke
     * @throws InterruptedException when the waiting thread is interrupted
     * @throws WireException when nothing can be read any more
     */
    public int peek() throws IOException, InterruptedException, WireException {
        while (true) {
            while (begin < end && isBlank(buffer[begin])) {
                begin++;
            }
            searched = Math.max(searched, begin);
            if (begin < end) {
                afterReturn = false; // its LF would have been a blank
                return buffer[begin] & 0xff;
            }
            if (over) {
                return -1;
            }
            fill();
        }
    }

    private static boolean isBlank(byte one) {
        return one == ' ' || one == '\t' || one == '\r' || one == '\n';
    }

    /**
     * Reads everything to the end of the body as if it were one line.
     *
     * @return what was not given yet
     * @throws IOException when the connection broke
     * @throws InterruptedException when the waiting thread is interrupted
     * @throws WireException when it is longer than a line may be
     */
    public byte[] rest() throws IOException, InterruptedException, WireException {
        while (!over) {
            fill();
        }
        checkLength(end - begin);
        byte[] rest = Arrays.copyOfRange(buffer, begin, end);
        begin = end;
        searched = end;
        return rest;
    }

    /** Passes over bytes at the beginning of a line, as far as there are that many. */
    void skip(int count) throws IOException, InterruptedException, WireException {
        while (end - begin < count && !over) {
            fill();
        }
        begin = Math.min(end, begin + count);
        searched = Math.max(searched, begin);
    }

    private int findEnd() {
        skipFeed();
        for (int i = searched; i < end; i++) {
            if (buffer[i] == '\n' || loneReturns && buffer[i] == '\r') {
                return i;
            }
        }
        searched = end;
        return -1;
    }

    /** The LF of a CR LF whose CR was taken for the line's end. */
    private void skipFeed() {
        if (afterReturn && begin < end) {
            afterReturn = false;
            if (buffer[begin] == '\n') {
                begin++;
                searched = Math.max(searched, begin);
            }
        }
    }

    private void fill() throws IOException, InterruptedException, WireException {
        if (end - begin > maxLine && (end - begin > maxLine + 1 || buffer[end - 1] != '\r')) {
            throw tooLong();
        }
        makeRoom();
        int count = body.read(buffer, end, buffer.length - end);
        if (count < 0) {
            over = true;
        } else {
            end += count;
            alive.run();
        }
    }

    private void makeRoom() {
        int held = end - begin;
        if (held == 0 && buffer.length > START) {
            buffer = new byte[START]; // one long line is no reason to keep its memory for the whole answer
        } else if (end == buffer.length && begin > 0) {
            System.arraycopy(buffer, begin, buffer, 0, held);
        } else if (end == buffer.length) {
            buffer = Arrays.copyOf(buffer, (int) Math.min(room(maxLine), buffer.length * 2L));
            return;
        } else if (held > 0) {
            return;
        }
        searched -= begin;
        begin = 0;
        end = held;
    }

    private void checkLength(int bytes) throws WireException {
        if (bytes > maxLine) {
            throw tooLong();
        }
    }

    private WireException tooLong() {
        return new WireException(
                LlmException.Kind.PROTOCOL,
                "sent a line of more than " + maxLine + " bytes; if that is right, raise max-line-bytes");
    }
}
