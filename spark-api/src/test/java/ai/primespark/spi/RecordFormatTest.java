package ai.primespark.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.primespark.memory.Version;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordFormatTest {

    private static final TierRecord SAMPLE = TierRecord.value(
            TierKey.of("chat", "user:ä"),
            new Version(0x0102030405060708L, "pi-1"),
            0x1112131415161718L,
            "json",
            new byte[] {(byte) 0xCA, (byte) 0xFE});

    @Test
    void theLayoutIsTheOneThatIsDocumented() {
        String header = "50535231" // magic "PSR1"
                + "0102030405060708" // clock
                + "04" // length of the node
                + "00" // flags
                + "1112131415161718" // expiry
                + "04" // length of the encoding
                + "04" // length of the namespace
                + "0007" // length of the key
                + "00000002" // length of the body
                + "70692d31" // "pi-1"
                + "6a736f6e" // "json"
                + "63686174" // "chat"
                + "757365723ac3a4"; // "user:ä"
        byte[] head = withChecksum(HexFormat.of().parseHex(header));
        byte[] body = {(byte) 0xCA, (byte) 0xFE};
        byte[] expected = withChecksum(ByteBuffer.allocate(head.length + body.length)
                .put(head)
                .put(body)
                .array());

        assertThat(RecordFormat.write(SAMPLE)).isEqualTo(expected);
        assertThat(RecordFormat.HEADER_BYTES).isEqualTo(30);
        assertSame(RecordFormat.read(expected), SAMPLE);
    }

    private static byte[] withChecksum(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return ByteBuffer.allocate(bytes.length + 4)
                .put(bytes)
                .putInt((int) crc.getValue())
                .array();
    }

    @Test
    void aHeaderIsReadWithoutTheBodyAndEveryFlippedBitInItIsNoticed() {
        byte[] whole = RecordFormat.write(SAMPLE);
        int length = whole.length - 2 - 4;
        byte[] head = Arrays.copyOf(whole, length);

        TierPage.Header header = RecordFormat.readHeader(head, length, whole.length);
        assertThat(header.version()).isEqualTo(SAMPLE.version());
        assertThat(header.bodyBytes()).isEqualTo(2);
        for (int bit = 0; bit < length * 8; bit++) {
            byte[] damaged = head.clone();
            damaged[bit / 8] ^= (byte) (1 << bit % 8);
            TierException e = catchThrowableOfType(
                    TierException.class, () -> RecordFormat.readHeader(damaged, length, whole.length));
            assertThat(e).as("bit " + bit).isNotNull();
            assertThat(e.kind()).isEqualTo(TierException.Kind.CORRUPT);
        }
    }

    @Test
    void aTombstoneHasItsFlagAndNoBody() {
        TierRecord tombstone = TierRecord.tombstone(SAMPLE.key(), SAMPLE.version(), TierRecord.NEVER);
        byte[] bytes = RecordFormat.write(tombstone);

        assertThat(bytes[13]).isEqualTo((byte) 1);
        assertSame(RecordFormat.read(bytes), tombstone);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whatWasWrittenIsRead(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 500; i++) {
            TierRecord record = randomRecord(random);
            assertSame(RecordFormat.read(RecordFormat.write(record)), record);
        }
    }

    @Test
    void theLongestTextsFit() {
        TierRecord record = TierRecord.value(
                TierKey.of("n".repeat(64), "k".repeat(1024)),
                new Version(Long.MAX_VALUE, "z".repeat(32)),
                TierRecord.NEVER,
                "e".repeat(100),
                new byte[100_000]);

        assertSame(RecordFormat.read(RecordFormat.write(record)), record);
    }

    @Test
    void everyChangeOfOneByteIsNoticed() {
        byte[] whole = RecordFormat.write(SAMPLE);
        for (int i = 0; i < whole.length; i++) {
            for (int change = 1; change < 256; change++) {
                byte[] damaged = whole.clone();
                damaged[i] ^= (byte) change;
                assertCorrupt(damaged);
            }
        }
    }

    @Test
    void everyTruncationAndEveryAdditionIsNoticed() {
        byte[] whole = RecordFormat.write(SAMPLE);
        for (int length = 0; length < whole.length; length++) {
            assertCorrupt(Arrays.copyOf(whole, length));
        }
        assertCorrupt(Arrays.copyOf(whole, whole.length + 1));
    }

    @ParameterizedTest
    @ValueSource(ints = {12, 22, 23, 25, 29, 26, 14, 4, 38})
    void nonsenseWithAGoodChecksumIsNoticed(int offset) {
        byte[] forged = RecordFormat.write(SAMPLE);
        forged[offset] = (byte) 0xFF;
        int headerEnd = forged.length - 2 - 2 * 4;
        byte[] header = withChecksum(Arrays.copyOf(forged, headerEnd));
        System.arraycopy(header, 0, forged, 0, header.length);
        forged = withChecksum(Arrays.copyOf(forged, forged.length - 4));

        assertCorrupt(forged);
    }

    private static void assertCorrupt(byte[] bytes) {
        TierException e = catchThrowableOfType(TierException.class, () -> RecordFormat.read(bytes));
        assertThat(e).isNotNull();
        assertThat(e.kind()).isEqualTo(TierException.Kind.CORRUPT);
        assertThat(e.getMessage()).startsWith("damaged record: ");
    }

    private static TierRecord randomRecord(Random random) {
        TierKey key = TierKey.of(randomText(random, "abz09._-", "n", 64), randomText(random, "aZ/:é€😀 ", "k", 200));
        Version version = new Version(random.nextLong() & Long.MAX_VALUE, randomText(random, "az09-", "p", 32));
        long expiry = random.nextBoolean() ? TierRecord.NEVER : random.nextLong() & Long.MAX_VALUE;
        if (random.nextInt(4) == 0) {
            return TierRecord.tombstone(key, version, expiry);
        }
        byte[] body = new byte[random.nextInt(2000)];
        random.nextBytes(body);
        return TierRecord.value(key, version, expiry, randomText(random, "json+~!", "", 100), body);
    }

    private static String randomText(Random random, String alphabet, String start, int most) {
        int[] letters = alphabet.codePoints().toArray();
        StringBuilder text = new StringBuilder(start);
        for (int left = random.nextInt(most); left > 0; left--) {
            text.appendCodePoint(letters[random.nextInt(letters.length)]);
        }
        return text.toString();
    }

    private static void assertSame(TierRecord read, TierRecord written) {
        assertThat(read.key()).isEqualTo(written.key());
        assertThat(read.version()).isEqualTo(written.version());
        assertThat(read.expiresAtMillis()).isEqualTo(written.expiresAtMillis());
        assertThat(read.isTombstone()).isEqualTo(written.isTombstone());
        assertThat(read.encoding()).isEqualTo(written.encoding());
        assertThat(read.body()).isEqualTo(written.body());
        assertThat(new String(RecordFormat.write(read), StandardCharsets.ISO_8859_1))
                .isEqualTo(new String(RecordFormat.write(written), StandardCharsets.ISO_8859_1));
    }
}
