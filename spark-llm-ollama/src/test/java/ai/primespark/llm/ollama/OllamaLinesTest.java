package ai.primespark.llm.ollama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.primespark.llm.LlmException.Kind;
import ai.primespark.spi.http.BodyStream;
import ai.primespark.spi.http.WireException;
import java.io.IOException;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class OllamaLinesTest {

    private static void nothing() {}

    @RepeatedTest(20)
    void linesOfAnyLengthCutAnywhereComeOutWhole(RepetitionInfo repetition) throws Exception {
        Random random = new Random(repetition.getCurrentRepetition());
        StringBuilder all = new StringBuilder();
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            String text = "ü".repeat(random.nextInt(random.nextInt(5) == 0 ? 40_000 : 60));
            texts.add(text);
            all.append(OllamaFixture.content(text)).append(random.nextBoolean() ? "\n" : "\r\n\n");
        }
        OllamaLines lines =
                new OllamaLines(new Source(all.toString(), random).open(), 200_000, OllamaLinesTest::nothing);
        List<String> read = new ArrayList<>();
        for (OllamaLine line = lines.next(); line != null; line = lines.next()) {
            read.add(line.text);
        }
        assertThat(read).isEqualTo(texts);
        assertThat(lines.next()).isNull();
    }

    @Test
    void aLineOfTheExactLengthAllowedIsReadAndOneByteMoreIsNot() throws Exception {
        String exact = OllamaFixture.content(
                "x".repeat(30_000 - OllamaFixture.content("").length()));
        Source right = new Source(exact + "\n" + exact, new Random(1));
        OllamaLines lines = new OllamaLines(right.open(), 30_000, OllamaLinesTest::nothing);
        assertThat(lines.next()).isNotNull();
        assertThat(lines.next()).isNotNull();
        assertThat(lines.next()).isNull();
        OllamaLines strict =
                new OllamaLines(new Source(exact + "\n", new Random(1)).open(), 29_999, OllamaLinesTest::nothing);
        assertThat(catchThrowableOfType(WireException.class, strict::next).kind())
                .isEqualTo(Kind.PROTOCOL);
    }

    @Test
    void anEndlessLineIsGivenUpWithoutBeingReadToItsEnd() {
        Source source = new Source("x".repeat(1_000_000), new Random(1));
        OllamaLines lines = new OllamaLines(source.open(), 4_096, OllamaLinesTest::nothing);
        assertThat(catchThrowableOfType(WireException.class, lines::next).kind())
                .isEqualTo(Kind.PROTOCOL);
        assertThat(source.given.get()).isLessThan(40_000);
    }

    @Test
    void everyArrivalOfBytesIsASignOfLife() throws Exception {
        AtomicInteger signs = new AtomicInteger();
        OllamaLines lines = new OllamaLines(
                new Source(OllamaFixture.content("x".repeat(5_000)) + "\n", new Random(1)).open(),
                100_000,
                signs::incrementAndGet);
        assertThat(lines.next()).isNotNull();
        assertThat(signs.get()).isGreaterThan(1);
    }

    @Test
    void aBodyThatFallsSilentEndsItsReader() {
        BodyStream body = new BodyStream(Duration.ofMillis(50));
        assertThatThrownBy(() -> body.read(new byte[10], 0, 10)).isInstanceOf(HttpTimeoutException.class);
    }

    @Test
    void aBodyThatFailsGivesItsFailureAfterWhatArrived() throws Exception {
        BodyStream body = new BodyStream(Duration.ofSeconds(20));
        body.onNext(List.of(ByteBuffer.wrap(new byte[] {1, 2})));
        body.onError(new IOException("broken"));
        assertThat(body.read(new byte[10], 0, 10)).isEqualTo(2);
        assertThatThrownBy(() -> body.read(new byte[10], 0, 10))
                .isInstanceOf(IOException.class)
                .hasMessage("broken");
    }

    @Test
    void aReleasedBodyIsReadToItsEndButNotForEver() {
        Source little = new Source("x".repeat(10_000), new Random(1));
        BodyStream body = little.open();
        assertThat(body.release()).isFalse();
        assertThat(little.given.get()).isEqualTo(10_000);
        assertThat(little.cancelled).isFalse();
        Source endless = new Source("x".repeat(10_000_000), new Random(1));
        endless.open().release();
        assertThat(endless.cancelled).isTrue();
        assertThat(endless.given.get()).isLessThan(200_000);
    }

    @Test
    void aBodyThatIsClosedBeforeItBeginsIsCancelled() {
        BodyStream body = new BodyStream(Duration.ofSeconds(20));
        body.close();
        Source source = new Source("abc", new Random(1));
        source.feed(body);
        assertThat(source.cancelled).isTrue();
        assertThatThrownBy(() -> body.read(new byte[10], 0, 10)).isInstanceOf(IOException.class);
    }

    /** Gives a text to a body in pieces of random length, when asked. */
    private static final class Source implements Flow.Subscription {

        private final byte[] bytes;
        private final Random random;
        private final AtomicInteger given = new AtomicInteger();
        private BodyStream body = new BodyStream(Duration.ofSeconds(20));
        private boolean cancelled;

        Source(String text, Random random) {
            this.bytes = text.getBytes(StandardCharsets.UTF_8);
            this.random = random;
        }

        BodyStream open() {
            feed(body);
            return body;
        }

        void feed(BodyStream target) {
            body = target;
            target.onSubscribe(this);
        }

        @Override
        public void request(long n) {
            if (cancelled) {
                return;
            }
            int from = given.get();
            if (from == bytes.length) {
                body.onComplete();
                return;
            }
            int count = Math.min(bytes.length - from, 1 + random.nextInt(3_000));
            given.addAndGet(count);
            body.onNext(List.of(ByteBuffer.wrap(bytes, from, count), ByteBuffer.allocate(0)));
        }

        @Override
        public void cancel() {
            cancelled = true;
        }
    }
}
