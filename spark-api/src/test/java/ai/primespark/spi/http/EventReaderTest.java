package ai.primespark.spi.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.primespark.llm.LlmException.Kind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventReaderTest {

    private static final String STREAM = """
            : a comment

            data: Grüße 世界 😀

            event: ping
            id: 7
            retry: 10
            data:no space
            data:  two
            data

            event: without data

            data: a: b
            dataset: nothing
             data: nothing either
            unknown

            data: [DONE]

            """;

    private static final List<String> EVENTS = List.of(":Grüße 世界 😀", "ping:no space\n two\n", ":a: b", ":[DONE]");

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static List<String> read(BodyStream body) throws Exception {
        EventReader reader = new EventReader(body, 10_000, () -> {});
        List<String> events = new ArrayList<>();
        while (reader.next()) {
            assertThat(reader.complete()).isTrue();
            events.add(reader.name() + ":" + new String(reader.buffer(), 0, reader.length(), StandardCharsets.UTF_8));
        }
        return events;
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n", "\r"})
    void eventsComeOutWholeWhereverTheirBytesAreCut(String end) throws Exception {
        byte[] all = bytes(STREAM.replace("\n", end));
        for (int cut = 0; cut <= all.length; cut++) {
            assertThat(read(Pieces.cutAt(cut, all))).as("cut at %s", cut).isEqualTo(EVENTS);
        }
        assertThat(read(Pieces.byteByByte(all))).isEqualTo(EVENTS);
    }

    @Test
    void aByteOrderMarkAtTheBeginningIsNoPartOfTheFirstEvent() throws Exception {
        byte[] all = bytes("\ufeffdata: x\n\ndata: \ufeffy\n\n");
        assertThat(read(Pieces.byteByByte(all))).containsExactly(":x", ":\ufeffy");
        assertThat(read(Pieces.cutAt(2, all))).containsExactly(":x", ":\ufeffy");
    }

    @ParameterizedTest
    @ValueSource(strings = {"data: a\n\ndata: b", "data: a\n\ndata: b\n", "data: a\n\ndata: b\r"})
    void anEventThatTheEndCutOffIsGivenAndMarked(String stream) throws Exception {
        EventReader reader = new EventReader(Pieces.byteByByte(bytes(stream)), 100, () -> {});
        assertThat(reader.next()).isTrue();
        assertThat(reader.complete()).isTrue();
        assertThat(reader.next()).isTrue();
        assertThat(reader.complete()).isFalse();
        assertThat(reader.length()).isEqualTo(1);
        assertThat(reader.next()).isFalse();
        assertThat(reader.next()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n\n", ": only a comment\n\n", "event: nothing\n\n", "id: 1"})
    void whatHasNoDataIsNoEvent(String stream) throws Exception {
        assertThat(read(Pieces.byteByByte(bytes(stream)))).isEmpty();
    }

    @Test
    void anEventIsBoundedInOneLineAsWellAsInMany() throws Exception {
        String exact = "data: " + "x".repeat(994) + "\n\n";
        EventReader right = new EventReader(Pieces.byteByByte(bytes(exact)), 1_000, () -> {});
        assertThat(right.next()).isTrue();
        assertThat(right.length()).isEqualTo(994);
        EventReader strict = new EventReader(Pieces.byteByByte(bytes(exact)), 999, () -> {});
        assertThat(catchThrowableOfType(WireException.class, strict::next).kind())
                .isEqualTo(Kind.PROTOCOL);
        Pieces many = Pieces.of(bytes("data: 0123456789\n".repeat(100_000)), from -> 50);
        EventReader endless = new EventReader(many.body(), 1_000, () -> {});
        assertThat(catchThrowableOfType(WireException.class, endless::next).kind())
                .isEqualTo(Kind.PROTOCOL);
        assertThat(many.given()).isLessThan(5_000);
    }

    @Test
    void commentsAreSignsOfLife() throws Exception {
        AtomicInteger signs = new AtomicInteger();
        EventReader reader = new EventReader(Pieces.byteByByte(bytes(": ping\n\n")), 100, signs::incrementAndGet);
        assertThat(reader.next()).isFalse();
        assertThat(signs.get()).isEqualTo(8);
    }

    @Test
    void whoeverDoubtsThatTheseAreEventsCanLookAtThemFirst() throws Exception {
        EventReader json = new EventReader(Pieces.byteByByte(bytes("\r\n {\"a\":\n1}\n")), 100, () -> {});
        assertThat(json.lines().peek()).isEqualTo('{');
        assertThat(json.lines().peek()).isEqualTo('{');
        assertThat(new String(json.lines().rest(), StandardCharsets.UTF_8)).isEqualTo("{\"a\":\n1}\n");
        assertThat(json.next()).isFalse();
        EventReader events = new EventReader(Pieces.byteByByte(bytes("\n\ndata: x\n\n")), 100, () -> {});
        assertThat(events.lines().peek()).isEqualTo('d');
        assertThat(events.next()).isTrue();
        assertThat(events.lines().peek()).isEqualTo(-1);
    }
}
