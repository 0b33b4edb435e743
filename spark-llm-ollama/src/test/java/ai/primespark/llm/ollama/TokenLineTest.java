package ai.primespark.llm.ollama;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenLineTest {

    private static final String HEAD = "{\"model\":\"m\",\"created_at\":\"2026-01-01T00:00:00.123456789Z\",";

    private static final List<String> LINES = List.of(
            HEAD + "\"message\":{\"role\":\"assistant\",\"content\":\" word\"},\"done\":false}",
            HEAD + "\"message\":{\"role\":\"assistant\",\"content\":\"\",\"thinking\":\"Hm\"},\"done\":false}",
            HEAD + "\"message\":{\"role\":\"assistant\",\"content\":\"Grüße 世界 😀\"},\"done\":false}",
            HEAD + "\"message\":{\"content\":\"a\"},\"message\":{\"thinking\":\"b\"},\"done\":false}",
            HEAD + "\"message\":{\"content\":\"a\",\"content\":\"b\"}}",
            HEAD + "\"done\":false}",
            HEAD
                    + "\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\",\"eval_count\":3}",
            HEAD + "\"remote_host\":\"https://ollama.com\",\"message\":{\"content\":\"a\"},\"done\":false}",
            HEAD + "\"message\":{\"content\":\"say \\\"x\\\"\\n\\u003c\"},\"done\":false}",
            "{\"error\":\"no\"}",
            "{\"model\":\"m\"}");

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5})
    void piecesOfTextAreReadWithoutTheParser(int index) {
        byte[] bytes = LINES.get(index).getBytes(StandardCharsets.UTF_8);
        assertThat(TokenLine.read(bytes, 0, bytes.length, OllamaLine.empty())).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {6, 7, 8, 9})
    void whateverElseIsSaidIsLeftToTheParser(int index) {
        byte[] bytes = LINES.get(index).getBytes(StandardCharsets.UTF_8);
        assertThat(TokenLine.read(bytes, 0, bytes.length, OllamaLine.empty())).isFalse();
    }

    @Test
    void linesThatAreDamagedInAnyWayAreReadAsTheParserReadsThemOrLeftToIt() {
        Random random = new Random(7);
        byte[] odd = "{}[]:,\"\\ \tfalsetrue\u0000\n\r0123".getBytes(StandardCharsets.US_ASCII);
        int read = 0;
        for (int i = 0; i < 200_000; i++) {
            byte[] bytes = LINES.get(random.nextInt(LINES.size())).getBytes(StandardCharsets.UTF_8);
            for (int changes = random.nextInt(3); changes > 0; changes--) {
                int at = random.nextInt(bytes.length);
                bytes[at] = random.nextBoolean() ? odd[random.nextInt(odd.length)] : (byte) random.nextInt();
            }
            int before = random.nextInt(3); // the line lies anywhere in its buffer
            byte[] buffer = new byte[before + bytes.length + 5];
            System.arraycopy(bytes, 0, buffer, before, bytes.length);
            int length = random.nextInt(10) == 0 ? random.nextInt(bytes.length) : bytes.length;
            OllamaLine quick = OllamaLine.empty();
            if (TokenLine.read(buffer, before, length, quick)) {
                read++;
                assertThat(said(quick)).as("line %s", i).isEqualTo(parsed(buffer, before, length));
            }
        }
        assertThat(read).as("lines that were read without the parser").isGreaterThan(30_000);
    }

    private static String parsed(byte[] buffer, int offset, int length) {
        try {
            return said(OllamaLine.parseWhole(buffer, offset, length));
        } catch (IOException e) {
            return "refused";
        }
    }

    private static String said(OllamaLine line) {
        return line.text + "|" + line.thinking + "|" + line.toolCalls + "|" + line.error + "|" + line.done + "|"
                + line.doneReason + "|" + line.remote + "|" + line.known + "|" + line.status + "|" + line.usage();
    }
}
