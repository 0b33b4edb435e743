package ai.primespark.spi.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.primespark.llm.LlmException.Kind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class LineReaderTest {

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static List<String> read(LineReader reader) throws Exception {
        List<String> lines = new ArrayList<>();
        while (reader.next()) {
            lines.add(new String(reader.buffer(), reader.offset(), reader.length(), StandardCharsets.UTF_8));
        }
        return lines;
    }

    private static LineReader reader(BodyStream body, int maxLine) {
        return new LineReader(body, maxLine, () -> {});
    }

    @Test
    void linesComeOutWholeWhereverTheirBytesAreCut() throws Exception {
        byte[] all = bytes("ä\r\n\nb\rc\n\r\nlast 😀");
        for (int cut = 0; cut <= all.length; cut++) {
            LineReader reader = reader(Pieces.cutAt(cut, all), 100);
            assertThat(read(reader)).as("cut at %s", cut).containsExactly("ä", "", "b\rc", "", "last 😀");
            assertThat(reader.terminated()).isFalse();
        }
    }

    @RepeatedTest(20)
    void linesOfAnyLengthComeOutWholeInPiecesOfAnySize(RepetitionInfo repetition) throws Exception {
        Random random = new Random(repetition.getCurrentRepetition());
        StringBuilder all = new StringBuilder();
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            String text = "ü".repeat(random.nextInt(random.nextInt(5) == 0 ? 40_000 : 60));
            texts.add(text);
            all.append(text).append(random.nextBoolean() ? "\n" : "\r\n");
        }
        Pieces pieces = Pieces.of(bytes(all.toString()), from -> random.nextInt(3_000));
        assertThat(read(reader(pieces.body(), 200_000))).isEqualTo(texts);
    }

    @Test
    void aLineOfTheExactLengthAllowedIsReadWhateverItsEnd() throws Exception {
        for (String end : new String[] {"\n", "\r\n", ""}) {
            assertThat(read(reader(Pieces.byteByByte(bytes("x".repeat(50) + end)), 50)))
                    .containsExactly("x".repeat(50));
            LineReader strict = reader(Pieces.byteByByte(bytes("x".repeat(51) + end)), 50);
            assertThat(catchThrowableOfType(WireException.class, strict::next).kind())
                    .isEqualTo(Kind.PROTOCOL);
        }
    }

    @Test
    void anEndlessLineIsGivenUpWithoutBeingReadToItsEnd() {
        Pieces pieces = Pieces.of(new byte[1_000_000], from -> 3_000);
        LineReader reader = reader(pieces.body(), 4_096);
        assertThat(catchThrowableOfType(WireException.class, reader::next).kind())
                .isEqualTo(Kind.PROTOCOL);
        assertThat(pieces.given()).isLessThan(40_000);
        LineReader whole = reader(Pieces.of(new byte[1_000_000], from -> 3_000).body(), 4_096);
        assertThat(catchThrowableOfType(WireException.class, whole::rest).kind())
                .isEqualTo(Kind.PROTOCOL);
    }

    @Test
    void linesOfBlanksAreToldFromOthers() throws Exception {
        LineReader reader = reader(Pieces.byteByByte(bytes(" \t\r\n x\n\n")), 100);
        assertThat(reader.next()).isTrue();
        assertThat(reader.blank()).isTrue();
        assertThat(reader.next()).isTrue();
        assertThat(reader.blank()).isFalse();
        assertThat(reader.next()).isTrue();
        assertThat(reader.blank()).isTrue();
        assertThat(reader.next()).isFalse();
    }
}
