package ai.primespark.core.memory.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.memory.Keyring;
import ai.primespark.memory.Version;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RecordSealerTest {

    private static final TierKey KEY = TierKey.of("space", "a key");
    private static final Version VERSION = Version.of(1_700_000_000_000L, 3, "pi");

    private final Keyring ring = Keyring.generate("first");
    private final Subkeys subkeys = new Subkeys(ring);
    private final NameSealer names = new NameSealer(subkeys);
    private final RecordSealer sealer = new RecordSealer(subkeys);

    private static TierRecord record(TierKey key, String encoding, byte[] body) {
        return TierRecord.value(key, VERSION, 99_000, encoding, body);
    }

    private TierRecord seal(TierRecord record) {
        return sealer.seal(record, names.seal(record.key()));
    }

    private static void assertSame(TierRecord found, TierRecord wanted) {
        assertThat(found.key()).isEqualTo(wanted.key());
        assertThat(found.version()).isEqualTo(wanted.version());
        assertThat(found.expiresAtMillis()).isEqualTo(wanted.expiresAtMillis());
        assertThat(found.isTombstone()).isEqualTo(wanted.isTombstone());
        assertThat(found.encoding()).isEqualTo(wanted.encoding());
        assertThat(found.body()).isEqualTo(wanted.body());
    }

    private void assertRefused(TierRecord sealed, String attack) {
        assertThatThrownBy(() -> sealer.open(KEY, sealed))
                .as(attack)
                .isInstanceOfSatisfying(
                        TierException.class, e -> assertThat(e.kind()).isEqualTo(TierException.Kind.CORRUPT));
    }

    @Test
    void recordsComeBackWithEveryKeyAndEncoding() {
        Random random = new Random(3);
        for (String encoding : List.of("", "json", "bytes+deflate", "e".repeat(16), "e".repeat(17), "e".repeat(100))) {
            for (TierKey key : List.of(KEY, TierKey.of("space", "k".repeat(1024)))) {
                byte[] body = new byte[random.nextInt(3000)];
                random.nextBytes(body);
                TierRecord record = record(key, encoding, body);
                TierRecord sealed = seal(record);
                assertThat(sealed.key()).isEqualTo(names.seal(key));
                assertThat(sealed.version()).isEqualTo(VERSION);
                assertThat(sealed.expiresAtMillis()).isEqualTo(99_000);
                assertThat(sealed.encoding()).isEqualTo("sealed");
                assertThat(sealed.body().length - body.length).isLessThanOrEqualTo(RecordSealer.MOST_OVERHEAD);
                assertSame(sealer.open(key, sealed), record);
            }
        }
        assertThat(seal(record(KEY, "text", new byte[10])).body()).hasSize(10 + RecordSealer.OVERHEAD);
        TierRecord longOne = record(TierKey.of("space", "k".repeat(1024)), "text", new byte[5]);
        assertSame(sealer.openLong(seal(longOne)), longOne);
        assertThatThrownBy(() -> sealer.openLong(seal(record(KEY, "text", new byte[5]))))
                .isInstanceOf(TierException.class);
    }

    @Test
    void tombstonesStayTombstones() {
        TierRecord tombstone = TierRecord.tombstone(KEY, VERSION, 5);
        TierRecord sealed = seal(tombstone);
        assertThat(sealed.isTombstone()).isTrue();
        assertThat(sealed.key()).isEqualTo(names.seal(KEY));
        assertSame(sealer.open(KEY, sealed), tombstone);
    }

    @Test
    void theSameRecordGivesTheSameBytesAndAnotherOneAnotherNonce() {
        byte[] body = "the same".getBytes(StandardCharsets.UTF_8);
        assertThat(seal(record(KEY, "text", body)).body())
                .isEqualTo(seal(record(KEY, "text", body)).body());
        Set<String> nonces = new HashSet<>();
        for (int i = 0; i < 2000; i++) {
            TierRecord record = TierRecord.value(KEY, Version.of(i, 0, "pi"), TierRecord.NEVER, "text", body);
            assertThat(nonces.add(
                            Arrays.toString(Arrays.copyOfRange(seal(record).body(), 17, 41))))
                    .isTrue();
        }
        assertThat(nonces.add(Arrays.toString(
                        Arrays.copyOfRange(seal(record(KEY, "json", body)).body(), 17, 41))))
                .isTrue();
    }

    @Test
    void everyFlippedBitIsFound() {
        TierRecord sealed = seal(record(KEY, "text", "a value".getBytes(StandardCharsets.UTF_8)));
        for (int at = 0; at < sealed.body().length; at++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] body = sealed.body().clone();
                body[at] ^= (byte) (1 << bit);
                TierRecord damaged = TierRecord.value(sealed.key(), VERSION, 99_000, "sealed", body);
                assertThatThrownBy(() -> sealer.open(KEY, damaged))
                        .as("bit %s of byte %s", bit, at)
                        .isInstanceOf(TierException.class);
            }
        }
    }

    @Test
    void swappedRolledAndCutRecordsAreFound() {
        byte[] value = "a value".getBytes(StandardCharsets.UTF_8);
        TierRecord sealed = seal(record(KEY, "text", value));
        byte[] body = sealed.body();
        TierKey name = sealed.key();
        assertRefused(
                TierRecord.value(
                        name,
                        VERSION,
                        99_000,
                        "sealed",
                        seal(record(TierKey.of("space", "b"), "text", value)).body()),
                "the value of another key");
        assertRefused(
                TierRecord.value(
                        name,
                        VERSION,
                        99_000,
                        "sealed",
                        seal(record(TierKey.of("other", "a key"), "text", value))
                                .body()),
                "the value of another namespace");
        assertRefused(
                TierRecord.value(name, Version.of(1_800_000_000_000L, 0, "pi"), 99_000, "sealed", body),
                "an old value under a new version");
        assertRefused(
                TierRecord.value(name, Version.of(1_700_000_000_000L, 3, "pj"), 99_000, "sealed", body),
                "another writer");
        assertRefused(TierRecord.value(name, VERSION, TierRecord.NEVER, "sealed", body), "another end");
        assertRefused(TierRecord.value(name, VERSION, 99_000, "text", body), "another encoding");
        assertRefused(TierRecord.value(name, VERSION, 99_000, "text", value), "a plain value in its place");
        for (int length = 0; length < body.length; length++) {
            assertRefused(
                    TierRecord.value(name, VERSION, 99_000, "sealed", Arrays.copyOf(body, length)), "cut to " + length);
        }
        assertRefused(
                TierRecord.value(name, VERSION, 99_000, "sealed", Arrays.copyOf(body, body.length + 1)), "made longer");
    }

    @Test
    void aRotatedRingReadsOldRecordsAndSealsNewOnesUnderTheNewKey() {
        TierRecord record = record(KEY, "text", new byte[] {1, 2});
        TierRecord old = seal(record);
        Keyring rotated = ring.rotate("second");
        RecordSealer after = new RecordSealer(new Subkeys(rotated));
        assertSame(after.open(KEY, old), record);
        TierRecord fresh = after.seal(record, old.key());
        assertThat(new String(fresh.body(), 1, 16, StandardCharsets.US_ASCII)).startsWith("second\0");
        assertSame(after.open(KEY, fresh), record);
        Keyring third = rotated.rotate("third");
        RecordSealer without = new RecordSealer(new Subkeys(third.without("second")));
        assertThatThrownBy(() -> without.open(KEY, fresh))
                .hasMessageContaining("'second'")
                .hasMessageContaining("keyring")
                .isInstanceOfSatisfying(
                        TierException.class, e -> assertThat(e.kind()).isEqualTo(TierException.Kind.PERMANENT));
        assertThatThrownBy(() -> sealer.open(KEY, fresh)).isInstanceOf(TierException.class);
    }
}
