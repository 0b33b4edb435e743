package ai.primespark.core.memory.objects;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** How the collector keeps what it must remember small. */
class CollectorPartsTest {

    @Test
    void theTableHoldsWhatWasPutInAndNothingElse() {
        Random random = new Random(1);
        Collector.Prefixes prefixes = new Collector.Prefixes(50_000);
        Set<Long> reference = new HashSet<>();
        for (int i = 0; i < 30_000; i++) {
            long value = i == 0 ? 0 : random.nextLong();
            assertThat(prefixes.add(value)).isTrue();
            reference.add(value);
        }
        assertThat(reference).allMatch(prefixes::contains);
        for (int i = 0; i < 30_000; i++) {
            long value = random.nextLong();
            assertThat(prefixes.contains(value)).isEqualTo(reference.contains(value));
        }
    }

    @Test
    void aFullTableSaysSoAndStillTakesWhatItHas() {
        Collector.Prefixes prefixes = new Collector.Prefixes(2);
        assertThat(prefixes.add(5)).isTrue();
        assertThat(prefixes.add(6)).isTrue();
        assertThat(prefixes.add(7)).isFalse();
        assertThat(prefixes.add(5)).isTrue();
        assertThat(prefixes.contains(7)).isFalse();
    }

    @Test
    void everyHashIsInExactlyOnePart() {
        Random random = new Random(2);
        for (int parts = 1; parts <= 64; parts *= 2) {
            for (int i = 0; i < 1_000; i++) {
                long prefix = random.nextLong();
                int hits = 0;
                for (int part = 0; part < parts; part++) {
                    hits += Collector.isIn(prefix, part, parts) ? 1 : 0;
                }
                assertThat(hits).isEqualTo(1);
            }
        }
    }
}
