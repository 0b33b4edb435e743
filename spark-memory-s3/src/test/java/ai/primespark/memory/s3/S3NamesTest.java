package ai.primespark.memory.s3;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.spi.TierKey;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class S3NamesTest {

    private final S3Names names = new S3Names("p");

    private String name(String key) {
        return names.record(TierKey.of("ns", key));
    }

    @ParameterizedTest
    @CsvSource({
        "user/0001, user.2f0001",
        "a.txt, a.2etxt",
        "Mixed-Case-9, Mixed-Case-9",
        "'a b', a!20b",
        "x:y=z@, x=3ay=3dz=40",
        "snake_case, snake_5fcase",
        "ü~, ~c3~bc~7e",
        ".., .2e.2e"
    })
    void namesCanBeReadByPeople(String key, String expected) {
        assertThat(name(key)).isEqualTo("p/records/ns/" + expected);
    }

    @Test
    void namesSortAsKeysDoAndAreDifferentAndLegal() {
        Random random = new Random(11);
        List<String> keys = new ArrayList<>();
        String alphabet = " !\"#$%&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~é\u07FF\u0800\uFFFD\uD83D\uDE00";
        int[] letters = alphabet.codePoints().toArray();
        for (int i = 0; i < 4_000; i++) {
            StringBuilder key = new StringBuilder(i % 3 == 0 ? "x".repeat(190 + random.nextInt(20)) : "");
            int length = 1 + random.nextInt(i % 7 == 0 ? 100 : 4);
            for (int j = 0; j < length; j++) {
                key.appendCodePoint(letters[random.nextInt(letters.length)]);
            }
            keys.add(key.toString());
        }
        keys.sort((a, b) ->
                Arrays.compareUnsigned(a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8)));
        Set<String> seen = new HashSet<>();
        String last = "";
        for (String key : new java.util.LinkedHashSet<>(keys)) {
            String name = name(key);
            assertThat(name).as("after %s", last).isGreaterThan(last);
            assertThat(seen.add(name)).isTrue();
            assertLegal(name);
            last = name;
        }
    }

    @Test
    void keysOfAnyLengthGetNamesThatFit() {
        S3Names longest = new S3Names("p".repeat(128));
        String namespace = "n".repeat(64);
        for (String letter : List.of("k", "/", "%", "é", "\uD834\uDD1E")) {
            int bytes = letter.getBytes(StandardCharsets.UTF_8).length;
            for (int count = 1; count <= 1_024 / bytes; count++) {
                String name = longest.record(TierKey.of(namespace, letter.repeat(count)));
                assertThat(name.length()).isLessThanOrEqualTo(1_024);
                assertLegal(name);
                int escaped = letter.equals("k") ? count : 3 * bytes * count;
                assertThat(longest.isCut(name)).as("%s characters", escaped).isEqualTo(escaped > S3Names.LONGEST);
            }
        }
    }

    @Test
    void cutNamesStandWhereTheirKeysBelong() {
        String stem = "k".repeat(S3Names.LONGEST);
        assertThat(name(stem)).isLessThan(name(stem + "a")).isLessThan(name(stem + "z"));
        assertThat(name(stem + "a")).isNotEqualTo(name(stem + "b"));
        assertThat(names.group(name(stem + "a"))).isEqualTo(names.group(name(stem + "b")));
        assertThat(name("k".repeat(S3Names.LONGEST - 1) + "l")).isGreaterThan(name(stem + "zzz"));
        assertThat(name(stem + "a")).startsWith(names.prefix("ns", stem + "a"));
    }

    private static void assertLegal(String name) {
        assertThat(name).matches("[A-Za-z0-9!/.=_~-]+").doesNotContain("//");
        for (String segment : name.split("/")) {
            assertThat(segment.length()).as("a file name").isLessThanOrEqualTo(255);
            assertThat(segment).isNotIn("", ".", "..");
        }
    }
}
