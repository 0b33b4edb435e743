package ai.primespark.llm.recall;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PassageSplitterTest {

    @Test
    void headingsBeginPassagesAndAreKeptAsTheirPath() {
        List<Excerpt> excerpts = PassageSplitter.split("Guide", """
                # Guide
                Intro.
                ## Install ##
                Do it.
                ### On a `Pi`
                Use apt.
                ## Run
                Start it.

                Setext heading
                --------------
                Last.
                """);

        assertThat(excerpts)
                .containsExactly(
                        new Excerpt("", "Intro."),
                        new Excerpt("Install", "Do it."),
                        new Excerpt("Install > On a Pi", "Use apt."),
                        new Excerpt("Run", "Start it."),
                        new Excerpt("Setext heading", "Last."));
    }

    @Test
    void signsInCodeAreNeitherHeadingsNorTables() {
        String code = "```sh\n# a comment\n| a pipe\n\necho done\n```";

        assertThat(PassageSplitter.split("T", "Run this:\n\n" + code + "\n\nThen wait."))
                .containsExactly(new Excerpt("", "Run this:\n\n" + code + "\n\nThen wait."));
    }

    @Test
    void frontMatterIsNotPartOfTheText() {
        assertThat(PassageSplitter.split("T", "---\ntitle: T\ntags:\n  - a\n---\nBody."))
                .containsExactly(new Excerpt("", "Body."));
        assertThat(PassageSplitter.split("T", "---\nNot a setting at all\n---\nBody."))
                .containsExactly(new Excerpt("Not a setting at all", "Body."));
    }

    @Test
    void linesBetweenPartsAreNotPartOfTheText() {
        assertThat(PassageSplitter.split("T", "One.\nTwo.\n---\nThree.\n\n* * *\n\n- an item\n---\nFour."))
                .containsExactly(new Excerpt("", "One.\nTwo.\n\nThree.\n\n- an item\n\nFour."));
    }

    @Test
    void longTextIsCutBetweenSentencesIntoPassagesOfSimilarLength() {
        String text = "The pump in room seven runs at night. ".repeat(200);

        List<Excerpt> excerpts = PassageSplitter.split("T", text);

        assertThat(excerpts).hasSizeBetween(6, 8).allSatisfy(excerpt -> {
            assertThat(excerpt.text()).startsWith("The pump").endsWith("night.");
            assertThat(excerpt.text().length()).isBetween(PassageSplitter.SHORT, PassageSplitter.LONG);
        });
    }

    @Test
    void paragraphsArePutTogether() {
        String paragraph = "One thought takes about this many characters, and then it ends.";

        assertThat(PassageSplitter.split("T", (paragraph + "\n\n").repeat(10)))
                .singleElement()
                .satisfies(excerpt -> assertThat(excerpt.text().split("\n\n")).hasSize(10));
    }

    @Test
    void partsOfALongPieceOfCodeAreFencedAgain() {
        String text = "~~~java\n" + "int number = compute(); // a line\n".repeat(150) + "~~~\n";

        assertThat(PassageSplitter.split("T", text)).hasSizeGreaterThan(1).allSatisfy(excerpt -> {
            assertThat(excerpt.text()).startsWith("~~~java\n").endsWith("\n~~~");
            assertThat(excerpt.text().length()).isLessThanOrEqualTo(PassageSplitter.WHOLE);
        });
    }

    @Test
    void partsOfALongTableHaveItsHead() {
        String head = "| Name | Value |\n|------|-------|\n";
        String text = head + "| pump | seven and a half |\n".repeat(200);

        assertThat(PassageSplitter.split("T", text))
                .hasSizeGreaterThan(1)
                .allSatisfy(excerpt -> assertThat(excerpt.text()).startsWith(head + "| pump"));
    }

    @Test
    void anUnclosedFenceReachesToTheEnd() {
        assertThat(PassageSplitter.split("T", "```\na\n# b")).containsExactly(new Excerpt("", "```\na\n# b"));
    }

    @Test
    void textWithoutAnyBreakIsCutWithoutBreakingCharacters() {
        assertThat(PassageSplitter.split("T", "\ud83d\udd25".repeat(3_001)))
                .hasSizeGreaterThan(4)
                .allSatisfy(excerpt -> {
                    assertThat(excerpt.text().length()).isLessThanOrEqualTo(PassageSplitter.LONG + 200);
                    assertThat(Character.isHighSurrogate(excerpt.text().charAt(0)))
                            .isTrue();
                });
    }

    @Test
    void noWordIsLostOrRepeatedAndNoPassageIsUnbounded() {
        Random random = new Random(7);
        String[] scraps = {
            "word ", "Sentence ends. ", "\n", "\n\n", "```\n", "| a | b |\n", "|--|--|\n", "- item\n", "x".repeat(700)
        };
        for (int round = 0; round < 300; round++) {
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(150); n > 0; n--) {
                text.append(scraps[random.nextInt(scraps.length)]);
            }
            int kept = 0;
            for (Excerpt excerpt : PassageSplitter.split("T", text.toString())) {
                assertThat(excerpt.text()).isNotBlank();
                assertThat(excerpt.text().length()).isLessThanOrEqualTo(2 * PassageSplitter.WHOLE);
                kept += words(excerpt.text());
            }
            assertThat(kept).isEqualTo(words(text.toString()));
        }
    }

    private static int words(String text) {
        return text.split("word", -1).length - 1;
    }
}
