package ai.primespark.core.memory.seal;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.memory.Keyring;
import ai.primespark.spi.TierKey;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NameSealerTest {

    private final Keyring ring = Keyring.generate("first");
    private final NameSealer names = new NameSealer(new Subkeys(ring));

    private static TierKey key(String key) {
        return TierKey.of("space", key);
    }

    @Test
    void keysComeBackFromTheirNamesWhichShowNothingOfThem() {
        Random random = new Random(7);
        Set<String> seen = new HashSet<>();
        for (int length = 1; length <= NameSealer.LONGEST; length += 1 + length / 20) {
            StringBuilder text = new StringBuilder();
            while (text.toString().getBytes(StandardCharsets.UTF_8).length < length) {
                text.append((char) ('a' + random.nextInt(26)));
            }
            TierKey name = names.seal(key(text.toString()));
            assertThat(name.namespace()).isEqualTo("space");
            assertThat(name.key()).matches("e\\.[a-z2-7]+").hasSizeLessThanOrEqualTo(TierKey.MAX_KEY_BYTES);
            assertThat(names.open(name)).isEqualTo(key(text.toString()));
            assertThat(names.seal(key(text.toString())))
                    .as("the same name again")
                    .isEqualTo(name);
            assertThat(seen.add(name.key())).isTrue();
        }
        for (String odd : List.of("ß", "\uD83D\uDE00", "e.aaaa", "../x", " ", "K", "k")) {
            assertThat(names.open(names.seal(key(odd)))).isEqualTo(key(odd));
        }
    }

    @Test
    void longKeysHaveHashedNamesOfTheirOwn() {
        String longest = "k".repeat(NameSealer.LONGEST);
        assertThat(names.seal(key(longest)).key()).startsWith("e.");
        TierKey hashed = names.seal(key(longest + "k"));
        assertThat(hashed.key()).matches("h\\.[a-z2-7]{52}");
        assertThat(NameSealer.isHashed(hashed.key())).isTrue();
        assertThat(names.open(hashed)).isNull();
        assertThat(names.seal(key(longest + "l"))).isNotEqualTo(hashed);
        assertThat(names.seal(key("é".repeat(512))).key()).startsWith("h.");
    }

    @Test
    void namesOfOtherNamespacesAndOtherRingsAreNotOpened() {
        TierKey name = names.seal(key("diary"));
        TierKey moved = TierKey.of("other", name.key());
        assertThat(names.open(moved)).isNull();
        assertThat(names.seal(TierKey.of("other", "diary")).key()).isNotEqualTo(name.key());
        assertThat(new NameSealer(new Subkeys(Keyring.generate("first"))).open(name))
                .isNull();
    }

    @Test
    void changedNamesAreNotOpened() {
        String name = names.seal(key("a key")).key();
        for (int i = 2; i < name.length(); i++) {
            char other = name.charAt(i) == 'b' ? 'c' : 'b';
            String changed = name.substring(0, i) + other + name.substring(i + 1);
            assertThat(names.open(key(changed))).as("changed at %s", i).isNull();
        }
        for (String wrong : List.of(
                name + "a",
                name.substring(0, name.length() - 1),
                "e.",
                "e.aa",
                "e.A",
                "x",
                "e.ä",
                name.toUpperCase(Locale.ROOT))) {
            assertThat(names.open(key(wrong))).as(wrong).isNull();
        }
    }

    @Test
    void namesStayWhenTheContentKeyIsRotated() {
        TierKey before = names.seal(key("diary"));
        NameSealer after =
                new NameSealer(new Subkeys(ring.rotate("second").rotate("third").without("second")));
        assertThat(after.seal(key("diary"))).isEqualTo(before);
        assertThat(after.open(before)).isEqualTo(key("diary"));
    }
}
