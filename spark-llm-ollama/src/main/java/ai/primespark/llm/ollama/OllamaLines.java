package ai.primespark.llm.ollama;

import ai.primespark.llm.LlmException;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Reads newline-delimited JSON, one line at a time, in memory that is bounded by the longest line allowed. */
final class OllamaLines {

    private static final int START = 16 * 1024;

    private final BodyStream body;
    private final int maxLine;
    private final Runnable alive;

    private byte[] buffer;
    private int begin; // of the line that is being looked for
    private int searched; // there is no line end before this
    private int end; // of what was read
    private boolean over;

    /** The action is run each time that bytes arrive. */
    OllamaLines(BodyStream body, int maxLine, Runnable alive) {
        this.body = body;
        this.maxLine = maxLine;
        this.alive = alive;
        this.buffer = new byte[Math.min(START, maxLine + 1)];
    }

    /**
     * Waits for the next line.
     *
     * @return null at the end of the body
     * @throws WireException when a line is too long or no JSON object
     */
    @Nullable
    OllamaLine next() throws IOException, InterruptedException, WireException {
        while (true) {
            int newline = findNewline();
            if (newline < 0 && !over) {
                fill();
                continue;
            }
            int stop = newline < 0 ? end : newline;
            int from = begin;
            begin = newline < 0 ? end : newline + 1;
            searched = begin;
            if (!isBlank(from, stop)) {
                return parse(from, stop, newline >= 0);
            }
            if (newline < 0) {
                return null;
            }
        }
    }

    private OllamaLine parse(int from, int stop, boolean complete) throws WireException {
        checkLength(stop - from);
        try {
            return OllamaLine.parse(buffer, from, stop - from);
        } catch (IOException e) { // quotes the line, so it is no cause of ours
            throw complete || buffer[from] != '{'
                    ? new WireException(LlmException.Kind.PROTOCOL, "sent a line that is not JSON as Ollama writes it")
                    : new WireException(LlmException.Kind.TRUNCATED, "broke off in the middle of a line");
        }
    }

    private int findNewline() {
        for (int i = searched; i < end; i++) {
            if (buffer[i] == '\n') {
                return i;
            }
        }
        searched = end;
        return -1;
    }

    private void fill() throws IOException, InterruptedException, WireException {
        checkLength(end - begin);
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
        int length = end - begin;
        if (length == 0 && buffer.length > START) {
            buffer = new byte[START]; // one long line is no reason to keep its memory for the whole answer
        } else if (end == buffer.length && begin > 0) {
            System.arraycopy(buffer, begin, buffer, 0, length);
        } else if (end == buffer.length) {
            int larger = (int) Math.min(maxLine + 1L, buffer.length * 2L);
            buffer = Arrays.copyOf(buffer, larger);
            return;
        } else if (length > 0) {
            return;
        }
        searched -= begin;
        begin = 0;
        end = length;
    }

    private void checkLength(int length) throws WireException {
        if (length > maxLine) {
            throw new WireException(
                    LlmException.Kind.PROTOCOL,
                    "sent a line of more than " + maxLine + " bytes; if that is right, raise max-line-bytes");
        }
    }

    private boolean isBlank(int from, int stop) {
        for (int i = from; i < stop; i++) {
            if (buffer[i] != ' ' && buffer[i] != '\r' && buffer[i] != '\t') {
                return false;
            }
        }
        return true;
    }
}
