package ai.primespark.it.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.PrimeSpark;
import ai.primespark.memory.Ack;
import ai.primespark.memory.Lookup;
import ai.primespark.memory.Memory;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.memory.PutOptions;
import ai.primespark.testkit.NeedsLoopDevice;
import ai.primespark.testkit.NeedsRedisServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys and values of the smallest and the largest sizes go through every tier unchanged; what is one larger is refused clearly. */
@NeedsRedisServer
@NeedsLoopDevice
class LimitsIT {

    private static final int MOST_KEY_BYTES = 1024;
    private static final int MOST_VALUE_BYTES = 1 << 20; // max-value-bytes, as it is without a setting
    private static final List<String> DISTANT = List.of("redis", "nfs", "s3");
    private static final NamespaceOptions BYTES = NamespaceOptions.DEFAULT.withCodec("bytes");

    @TempDir
    Path directory;

    @Test
    void keysAndValuesOfEverySizeComeBackFromEveryTierByItself() throws IOException {
        Map<String, byte[]> values = new LinkedHashMap<>();
        Random random = new Random(3);
        List<String> keys = List.of(
                "k",
                "k".repeat(MOST_KEY_BYTES),
                "é".repeat(MOST_KEY_BYTES / 2),
                "€".repeat(MOST_KEY_BYTES / 3) + "k",
                "😀".repeat(MOST_KEY_BYTES / 4),
                "../..//con: *?\\\"<>|.");
        int[] sizes = {0, 1, 255, 4096, MOST_VALUE_BYTES - 1, MOST_VALUE_BYTES};
        for (int i = 0; i < sizes.length; i++) {
            byte[] value = new byte[sizes[i]];
            random.nextBytes(value); // so that compression cannot make it smaller
            values.put(keys.get(i), value);
        }
        try (Lab lab = new Lab(directory).patient()) {
            try (PrimeSpark spark = Lab.open(lab.configuration("write"))) {
                Memory memory = spark.memory().namespace("limits", BYTES);
                values.forEach((key, value) -> {
                    var stored = memory.put(key, value, PutOptions.ack(Ack.ALL));
                    assertThat(stored.pending()).isEmpty();
                    assertThat(found(memory, key)).isEqualTo(value);
                });
                refuses(memory);
            }
            for (String tier : DISTANT) {
                Path alone =
                        lab.configuration(tier, directory.resolve("data-" + tier), List.of(tier), "ack = \"tier(1)\"");
                try (PrimeSpark spark = Lab.open(alone)) {
                    Memory memory = spark.memory().namespace("limits", BYTES);
                    values.forEach((key, value) -> assertThat(found(memory, key))
                            .as("%s characters in %s", key.length(), tier)
                            .isEqualTo(value));
                }
            }
        }
    }

    private static void refuses(Memory memory) {
        byte[] one = {1};
        assertThatThrownBy(() -> memory.put("k".repeat(MOST_KEY_BYTES + 1), one))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1024");
        assertThatThrownBy(() -> memory.put("é".repeat(MOST_KEY_BYTES / 2) + "k", one))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1024");
        assertThatThrownBy(() -> memory.put("", one)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> memory.put("large", new byte[MOST_VALUE_BYTES + 1]))
                .isInstanceOfAny(MemoryException.class, IllegalArgumentException.class)
                .hasMessageContaining("max-value-bytes");
        assertThat(memory.get("large", byte[].class)).isInstanceOf(Lookup.Absent.class);
    }

    private static byte[] found(Memory memory, String key) {
        Lookup<byte[]> answer = memory.get(key, byte[].class);
        assertThat(answer).isInstanceOf(Lookup.Found.class);
        return ((Lookup.Found<byte[]>) answer).value();
    }

    /** 20,000 keys, and a million in the exhaustive run. */
    @Test
    void manyKeysAreAllThereAfterARestart() throws IOException {
        int keys = Boolean.getBoolean("spark.exhaustive") ? 1_000_000 : 20_000;
        int page = 5_000;
        try (Lab lab = new Lab(directory).patient()) {
            Path configuration = lab.configuration(
                    "million",
                    directory.resolve("data-million"),
                    List.of("caffeine", "redis", "directory"),
                    "journal.max-records = 2000000");
            try (PrimeSpark spark = Lab.open(configuration)) {
                for (int from = 0; from < keys; from += page) {
                    Map<String, Integer> some = new LinkedHashMap<>();
                    IntStream.range(from, from + page).forEach(i -> some.put("key/" + i, i));
                    assertThat(spark.memory().putAll(some, PutOptions.DEFAULT)).hasSize(page);
                }
            }
            try (PrimeSpark spark = Lab.open(configuration)) {
                Memory memory = spark.memory();
                for (int i = 0; i < keys; i += 997) {
                    assertThat(memory.get("key/" + i, Integer.class).toOptional())
                            .contains(i);
                }
                assertThat(memory.flush(Duration.ofMinutes(40))).isTrue();
                long seen = 0;
                var next = memory.scan("key/", null, 1_000);
                seen += next.entries().size();
                while (next.next() != null) {
                    next = memory.scan("key/", next.next(), 1_000);
                    seen += next.entries().size();
                }
                assertThat(seen).isEqualTo(keys);
            }
        }
    }
}
