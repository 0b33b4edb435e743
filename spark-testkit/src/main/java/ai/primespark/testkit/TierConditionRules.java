package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.memory.Version;
import ai.primespark.spi.Applied;
import ai.primespark.spi.Condition;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** TIER-05: conditions, alone and in races. */
abstract class TierConditionRules extends TierLawRules {

    private static final int ROUNDS = 15;

    @Test
    @DisplayName("TIER-05 IfAbsent holds where there is no value: nothing, a tombstone, an ended record")
    void ifAbsentHoldsWithoutValue() {
        MemoryTier tier = open();
        assertThat(apply(tier, value(key("new"), version(1), "a"), Condition.IF_ABSENT))
                .isEqualTo(Applied.DONE);
        assertThat(apply(tier, value(key("new"), version(2), "b"), Condition.IF_ABSENT))
                .isEqualTo(new Applied.Conflict(version(1)));
        assertThat(text(get(tier, key("new")))).isEqualTo("a");

        apply(tier, TierRecord.tombstone(key("grave"), version(5), inOneHour()));
        assertThat(apply(tier, value(key("grave"), version(4), "a"), Condition.IF_ABSENT))
                .as("the condition holds, but the law does not")
                .isEqualTo(new Applied.Older(version(5)));
        assertThat(apply(tier, value(key("grave"), version(6), "b"), Condition.IF_ABSENT))
                .isEqualTo(Applied.DONE);
        assertThat(text(get(tier, key("grave")))).isEqualTo("b");

        apply(tier, TierRecord.value(key("ended"), version(1), 1_000, "text", new byte[] {1}));
        assertThat(apply(tier, value(key("ended"), version(2), "b"), Condition.IF_ABSENT))
                .isEqualTo(Applied.DONE);
        assertThat(text(get(tier, key("ended")))).isEqualTo("b");
    }

    @Test
    @DisplayName("TIER-05 IfVersion holds for exactly the version of the live record held")
    void ifVersionHoldsForTheVersionHeld() {
        MemoryTier tier = open();
        TierKey key = key("cas");
        assertThat(apply(tier, value(key, version(2), "a"), ifVersion(1)))
                .as("nothing is held")
                .isEqualTo(new Applied.Conflict(null));
        assertThat(get(tier, key)).isNull();
        apply(tier, value(key, version(3), "three"));
        assertThat(apply(tier, value(key, version(4), "b"), ifVersion(2))).isEqualTo(new Applied.Conflict(version(3)));
        assertThat(apply(tier, value(key, version(2), "c"), ifVersion(3)))
                .as("the condition holds, but the law does not")
                .isEqualTo(new Applied.Older(version(3)));
        assertThat(text(get(tier, key))).isEqualTo("three");
        assertThat(apply(tier, value(key, version(4), "four"), ifVersion(3))).isEqualTo(Applied.DONE);
        assertThat(text(get(tier, key))).isEqualTo("four");
        apply(tier, TierRecord.tombstone(key, version(5), inOneHour()));
        assertThat(apply(tier, value(key, version(6), "six"), ifVersion(5)))
                .as("a tombstone is no value")
                .isEqualTo(new Applied.Conflict(null));
        TierRecord ended = TierRecord.value(key("ended"), version(1), 1_000, "text", new byte[] {1});
        apply(tier, ended);
        assertThat(apply(tier, value(ended.key(), version(2), "b"), ifVersion(1)))
                .as("an ended record is no value")
                .isEqualTo(new Applied.Conflict(null));
    }

    @Test
    @DisplayName("TIER-05 of many writers with IfAbsent exactly one gets Done")
    void oneWriterFindsItAbsent() {
        MemoryTier tier = open();
        for (int round = 0; round < ROUNDS; round++) {
            raceOnce(List.of(tier), key("absent-" + round), Condition.IF_ABSENT);
        }
    }

    @Test
    @DisplayName("TIER-05 of many writers with the same IfVersion exactly one gets Done")
    void oneWriterFindsTheVersion() {
        MemoryTier tier = open();
        for (int round = 0; round < ROUNDS; round++) {
            TierKey key = key("version-" + round);
            apply(tier, value(key, version(0), "first"));
            raceOnce(List.of(tier), key, ifVersion(0));
        }
    }

    @Test
    @DisplayName("TIER-05 with ATOMIC_CAS conditions are atomic over everybody who shares the storage")
    void conditionsAreAtomicOverTiers() {
        MemoryTier tier = open();
        boolean shared = tier.traits().contains(TierTrait.SHARED);
        boolean atomic = tier.traits().contains(TierTrait.ATOMIC_CAS);
        // without both traits there is one writer at a time, for which the same must hold
        List<MemoryTier> tiers = shared && atomic ? List.of(tier, open()) : List.of(tier);
        for (int round = 0; round < ROUNDS; round++) {
            raceOnce(tiers, key("absent-" + round), Condition.IF_ABSENT);
            TierKey key = key("version-" + round);
            apply(tier, value(key, version(0), "first"));
            raceOnce(tiers, key, ifVersion(0));
        }
    }

    @Test
    @DisplayName("TIER-05 a counter that many writers raise by IfVersion loses nothing")
    void countersLoseNothing() {
        MemoryTier tier = open();
        TierKey key = key("counter");
        apply(tier, value(key, version(0), "0"));
        int each = 10;
        together(4, writer -> {
            for (int raised = 0; raised < each; ) {
                TierRecord held = Objects.requireNonNull(get(tier, key), "the counter is gone");
                int next = Integer.parseInt(Objects.requireNonNull(text(held))) + 1;
                Version version = Version.of(held.version().millis() + 1, 0, "writer-" + writer);
                if (apply(tier, value(key, version, String.valueOf(next)), Condition.ifVersion(held.version()))
                        instanceof Applied.Done) {
                    raised++;
                }
            }
        });
        assertThat(text(get(tier, key))).isEqualTo(String.valueOf(4 * each));
    }

    private void raceOnce(List<MemoryTier> tiers, TierKey key, Condition condition) {
        AtomicReferenceArray<Applied> outcomes = new AtomicReferenceArray<>(WRITERS);
        together(
                WRITERS,
                writer -> outcomes.set(
                        writer,
                        apply(
                                tiers.get(writer % tiers.size()),
                                value(key, version(1 + writer), "writer " + writer),
                                condition)));
        int winner = -1;
        for (int i = 0; i < WRITERS; i++) {
            if (outcomes.get(i) instanceof Applied.Done) {
                assertThat(winner).as("an earlier winner besides writer %s", i).isEqualTo(-1);
                winner = i;
            }
        }
        assertThat(winner).as("the winner").isNotEqualTo(-1);
        assertThat(text(get(tiers.get(0), key))).isEqualTo("writer " + winner);
        for (int i = 0; i < WRITERS; i++) {
            if (i != winner) {
                assertThat(outcomes.get(i))
                        .as("outcome of loser %s", i)
                        .isEqualTo(new Applied.Conflict(version(1 + winner)));
            }
        }
    }
}
