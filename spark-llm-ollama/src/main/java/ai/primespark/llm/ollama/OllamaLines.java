package ai.primespark.llm.ollama;

import ai.primespark.llm.LlmException;
import ai.primespark.spi.http.BodyStream;
import ai.primespark.spi.http.LineReader;
import ai.primespark.spi.http.WireException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Reads newline-delimited JSON, one line at a time, in memory that is bounded by the longest line allowed. */
final class OllamaLines {

    private final LineReader lines;

    /** The action is run each time that bytes arrive. */
    OllamaLines(BodyStream body, int maxLine, Runnable alive) {
        this.lines = new LineReader(body, maxLine, alive);
    }

    /**
     * Waits for the next line.
     *
     * @return null at the end of the body
     * @throws WireException when a line is too long or no JSON object
     */
    @Nullable
    OllamaLine next() throws IOException, InterruptedException, WireException {
        while (lines.next()) {
            if (!lines.blank()) {
                return parse();
            }
        }
        return null;
    }

    private OllamaLine parse() throws WireException {
        try {
            return OllamaLine.parse(lines.buffer(), lines.offset(), lines.length());
        } catch (IOException e) { // quotes the line, so it is no cause of ours
            throw lines.terminated() || lines.buffer()[lines.offset()] != '{'
                    ? new WireException(LlmException.Kind.PROTOCOL, "sent a line that is not JSON as Ollama writes it")
                    : new WireException(LlmException.Kind.TRUNCATED, "broke off in the middle of a line");
        }
    }
}
