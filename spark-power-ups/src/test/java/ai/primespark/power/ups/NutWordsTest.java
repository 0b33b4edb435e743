package ai.primespark.power.ups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NutWordsTest {

    @Test
    void quotesAndEscapesAreUndoneAsUpsdMakesThem() throws IOException {
        assertThat(NutWords.split("UPS pi-ups \"Rack \\\"A\\\" \\\\ UPS \\#1\""))
                .containsExactly("UPS", "pi-ups", "Rack \"A\" \\ UPS #1");
        assertThat(NutWords.split("VAR pi ups.alarm \"\"")).containsExactly("VAR", "pi", "ups.alarm", "");
        assertThat(NutWords.split("  OK \t STARTTLS ")).containsExactly("OK", "STARTTLS");
        assertThat(NutWords.split("")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"VAR pi x \"half", "VAR pi x \"half\\\"", "ends with \\"})
    void whatHasNoEndIsRefused(String line) {
        assertThatThrownBy(() -> NutWords.split(line)).isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"pi\nFSD pi", "pi\r", "pi\u0000", "\u00fc", "a\tb"})
    void aWordThatCouldBeginAnotherCommandIsRefusedAndNotShown(String word) {
        assertThatThrownBy(() -> NutWords.join("LIST", "VAR", word))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("pi");
    }

    @Test
    void plainWordsStayPlain() {
        assertThat(NutWords.join("LIST", "VAR", "pi-ups")).isEqualTo("LIST VAR pi-ups");
        assertThat(NutWords.join("PASSWORD", "a#b \"c\" \\")).isEqualTo("PASSWORD \"a\\#b \\\"c\\\" \\\\\"");
    }

    @Test
    void whatIsJoinedIsSplitIntoTheSame() throws IOException {
        Random random = new Random(42);
        for (int round = 0; round < 5_000; round++) {
            String[] words = new String[1 + random.nextInt(4)];
            for (int i = 0; i < words.length; i++) {
                StringBuilder word = new StringBuilder();
                for (int length = random.nextInt(8); length > 0; length--) {
                    word.append((char) (' ' + random.nextInt(95)));
                }
                words[i] = word.toString();
            }
            assertThat(NutWords.split(NutWords.join(words))).isEqualTo(List.of(words));
        }
    }
}
