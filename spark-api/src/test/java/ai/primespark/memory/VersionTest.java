package ai.primespark.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VersionTest {

    private static final long LATEST = (1L << 47) - 1;

    @Test
    void isOrderedByMillisThenCounterThenNode() {
        List<Version> ordered = List.of(
                new Version(0, "a"),
                Version.of(1, 0, "a"),
                Version.of(1, 0, "a-b"),
                Version.of(1, 0, "b"),
                Version.of(1, 9, "a"),
                Version.of(1, 10, "a"),
                Version.of(1, 40_000, "a"),
                Version.of(2, 0, "a"),
                Version.of(LATEST, 65_535, "z"));
        List<Version> shuffled = new ArrayList<>(ordered);
        Collections.shuffle(shuffled, new Random(42));
        Collections.sort(shuffled);

        assertThat(shuffled).isEqualTo(ordered);
        assertThat(ordered.get(1).isNewerThan(ordered.get(0))).isTrue();
        assertThat(ordered.get(0).isNewerThan(ordered.get(1))).isFalse();
        assertThat(ordered.get(0).isNewerThan(ordered.get(0))).isFalse();
    }

    @Test
    void theTextKeepsTheOrderAndReadsBack() {
        Version version = Version.of(1_700_000_000_123L, 513, "pi-4");

        assertThat(version).hasToString("018bcfe5687b0201-pi-4");
        assertThat(Version.parse(version.toString())).isEqualTo(version);
        assertThat(version.millis()).isEqualTo(1_700_000_000_123L);
        assertThat(version.counter()).isEqualTo(513);
        assertThat(version.instant()).isEqualTo(Instant.ofEpochMilli(1_700_000_000_123L));
        assertThat(Version.parse(new Version(Long.MAX_VALUE, "z".repeat(32)).toString())
                        .clock())
                .isEqualTo(Long.MAX_VALUE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "018bcfe5687b0201",
                "018bcfe5687b0201-",
                "018bcfe5687b0201_pi",
                "18bcfe5687b0201-pi",
                "018bcfe5687b020g-pi",
                "+18bcfe5687b0201-pi",
                "-18bcfe5687b0201-pi",
                "ffffffffffffffff-pi",
                "018bcfe5687b0201-Pi"
            })
    void refusesEveryOtherText(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Version.parse(text))
                .withMessage("a version looks like 0000019a2b3c0001-pi, not '" + text + "'");
    }

    @Test
    void refusesNumbersOutOfRangeInsteadOfCuttingThem() {
        assertThatIllegalArgumentException().isThrownBy(() -> Version.of(LATEST + 1, 0, "pi"));
        assertThatIllegalArgumentException().isThrownBy(() -> Version.of(1L << 48, 0, "pi"));
        assertThatIllegalArgumentException().isThrownBy(() -> Version.of(-1, 0, "pi"));
        assertThatIllegalArgumentException().isThrownBy(() -> Version.of(1, 65_536, "pi"));
        assertThatIllegalArgumentException().isThrownBy(() -> Version.of(1, -1, "pi"));
        assertThatIllegalArgumentException().isThrownBy(() -> new Version(-1, "pi"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Pi", "p i", "pi_1", "ä", "ppppppppppppppppppppppppppppppppp"})
    void refusesBadNodes(String node) {
        assertThat(Version.isNode(node)).isFalse();
        assertThatIllegalArgumentException().isThrownBy(() -> new Version(1, node));
    }
}
