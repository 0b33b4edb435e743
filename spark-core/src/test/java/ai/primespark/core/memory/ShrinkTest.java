package ai.primespark.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.memory.Compression;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.Version;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;

class ShrinkTest {

    private static final List<Compression> METHODS = List.of(Compression.DEFLATE, Compression.ZSTD);

    private static Codecs.Encoded plain(byte[] body) {
        return new Codecs.Encoded("json", body);
    }

    private static byte[] text(int length) {
        StringBuilder text = new StringBuilder();
        Random random = new Random(5);
        while (text.length() < length) {
            text.append("{\"name\":\"user").append(random.nextInt(1000)).append("\",\"active\":true},");
        }
        return text.substring(0, length).getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] noise(int length) {
        byte[] bytes = new byte[length];
        new Random(6).nextBytes(bytes);
        return bytes;
    }

    private static TierRecord record(String encoding, byte[] body) {
        return TierRecord.value(TierKey.of("test", "the-key"), new Version(1, "n"), TierRecord.NEVER, encoding, body);
    }

    private static void assertDamaged(String encoding, byte[] body, String why) {
        assertThatThrownBy(() -> Shrink.expand(encoding, body))
                .as(why)
                .isInstanceOfSatisfying(
                        TierException.class, e -> assertThat(e.kind()).isEqualTo(TierException.Kind.CORRUPT));
    }

    @Test
    void whatIsMadeSmallerComesBack() {
        for (Compression method : METHODS) {
            for (int length : new int[] {256, 1_000, 65_536, 1 << 20}) {
                Codecs.Encoded small = Shrink.shrink(method, plain(text(length)));
                assertThat(small.encoding()).isEqualTo("json+" + method.name().toLowerCase(Locale.ROOT));
                assertThat(small.body().length).isLessThanOrEqualTo(length - length / 8);
                assertThat(ByteBuffer.wrap(small.body()).getInt()).isEqualTo(length);
                assertThat(Shrink.expand(small.encoding(), small.body())).isEqualTo(text(length));
            }
            byte[] zeros = new byte[Shrink.MOST_BYTES];
            Codecs.Encoded small = Shrink.shrink(method, plain(zeros));
            assertThat(Arrays.equals(Shrink.expand(small.encoding(), small.body()), zeros))
                    .isTrue();
        }
    }

    @Test
    void shortBodiesAndThoseThatSaveLittleStayAsTheyAre() {
        for (Compression method : METHODS) {
            Codecs.Encoded brief = plain(text(255));
            assertThat(Shrink.shrink(method, brief)).isSameAs(brief);
            Codecs.Encoded noise = plain(noise(10_000));
            assertThat(Shrink.shrink(method, noise)).isSameAs(noise);
            byte[] partly = noise(10_000); // a twelfth of it is zeros, which is less than an eighth
            Arrays.fill(partly, 0, 830, (byte) 0);
            assertThat(Shrink.shrink(method, plain(partly)).encoding()).isEqualTo("json");
            Arrays.fill(partly, 0, 2_000, (byte) 0);
            assertThat(Shrink.shrink(method, plain(partly)).encoding()).isNotEqualTo("json");
        }
        Codecs.Encoded encoded = plain(text(10_000));
        assertThat(Shrink.shrink(Compression.NONE, encoded)).isSameAs(encoded);
    }

    @Test
    void valuesAreReadInEveryFormThroughTheCodec() {
        String value = new String(text(4_000), StandardCharsets.UTF_8);
        for (Compression method : METHODS) {
            for (String codec : List.of("json", "cbor")) {
                Codecs.Encoded list = Shrink.shrink(method, Codecs.encode(codec, "k", List.of(value, value)));
                assertThat(list.encoding()).startsWith(codec + "+");
                assertThat(Codecs.decode(record(list.encoding(), list.body()), Object.class))
                        .isEqualTo(List.of(value, value));
            }
            Codecs.Encoded text = Shrink.shrink(method, Codecs.encode("json", "k", value));
            assertThat(text.encoding()).startsWith("text+");
            assertThat(Codecs.decode(record(text.encoding(), text.body()), String.class))
                    .isEqualTo(value);
            Codecs.Encoded bytes = Shrink.shrink(method, Codecs.encode("json", "k", text(4_000)));
            TierRecord record = record(bytes.encoding(), bytes.body());
            assertThat(bytes.encoding()).startsWith("bytes+");
            assertThat(Codecs.isBytes(record)).isTrue();
            assertThat(Codecs.decode(record, byte[].class)).isEqualTo(text(4_000));
        }
    }

    @Test
    void bombsAreRefusedBeforeTheyTakeMemory() {
        byte[] bomb = new byte[100];
        for (int claimed : new int[] {Integer.MIN_VALUE, -1, 0, 255, Shrink.MOST_BYTES + 1, Integer.MAX_VALUE}) {
            ByteBuffer.wrap(bomb).putInt(claimed);
            assertDamaged("json+deflate", bomb, "claims " + claimed);
            assertDamaged("json+zstd", bomb, "claims " + claimed);
        }
        ByteBuffer.wrap(bomb).putInt(Shrink.MOST_BYTES); // within the bound, but not out of 96 bytes
        assertDamaged("json+deflate", bomb, "more than DEFLATE can do");
        assertDamaged("json+zstd", bomb, "more than Zstandard can do");
        for (Compression method : METHODS) { // more comes out than the head says
            Codecs.Encoded small = Shrink.shrink(method, plain(new byte[1 << 20]));
            byte[] lying = small.body().clone();
            for (int claimed : new int[] {300, (1 << 20) - 1, (1 << 20) + 1}) {
                ByteBuffer.wrap(lying).putInt(claimed);
                assertDamaged(small.encoding(), lying, method + " claims " + claimed);
            }
        }
    }

    @Test
    void cutAndForeignBodiesAreDamagedAndNeverReadAsSomethingElse() {
        for (Compression method : METHODS) {
            Codecs.Encoded small = Shrink.shrink(method, plain(text(2_000)));
            for (int length = 0; length < small.body().length; length += 7) {
                assertDamaged(small.encoding(), Arrays.copyOf(small.body(), length), method + " cut to " + length);
            }
            assertDamaged(
                    small.encoding(), Arrays.copyOf(small.body(), small.body().length + 1), method + " with more");
        }
        Deflater wrapped = new Deflater(Deflater.BEST_SPEED, false); // with a zlib header
        wrapped.setInput(text(2_000));
        wrapped.finish();
        byte[] out = new byte[2_000];
        ByteBuffer.wrap(out).putInt(2_000);
        int length = wrapped.deflate(out, 4, out.length - 4);
        wrapped.end();
        assertDamaged("json+deflate", Arrays.copyOf(out, 4 + length), "zlib");
        assertDamaged("json+lz4", new byte[500], "an unknown method");
        assertThatThrownBy(() -> Codecs.decode(record("json+zstd", new byte[500]), Object.class))
                .isInstanceOf(MemoryException.class)
                .hasMessageContaining("the-key")
                .hasMessageContaining("damaged");
    }
}
