package ai.primespark.core.llm.semantic;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GuardTest {

    private record Pair(boolean same, String one, String other) {

        private boolean agrees() {
            String facts = Guard.read(one).map(Question::facts).orElse("none");
            return Guard.read(other).filter(q -> q.facts().equals(facts)).isPresent();
        }
    }

    private static List<Pair> pairs() {
        try (InputStream in = Objects.requireNonNull(GuardTest.class.getResourceAsStream("pairs.txt"))) {
            List<Pair> pairs = new ArrayList<>();
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
                if (line.startsWith("+") || line.startsWith("-")) {
                    String[] texts = line.substring(1).split(" \\| ");
                    assertThat(texts).as(line).hasSize(2);
                    pairs.add(new Pair(line.startsWith("+"), texts[0].strip(), texts[1].strip()));
                }
            }
            return pairs;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void noQuestionAgreesWithOneThatAsksSomethingElse() {
        List<Pair> different = pairs().stream().filter(p -> !p.same()).toList();

        assertThat(different).hasSize(132);
        assertThat(different).filteredOn(Pair::agrees).isEmpty();
    }

    @Test
    void mostOfTheQuestionsThatAskTheSameAgree() {
        List<Pair> same = pairs().stream().filter(Pair::same).toList();
        List<Pair> agreeing = same.stream().filter(Pair::agrees).toList();

        assertThat(agreeing.size() + " of " + same.size()).isEqualTo("44 of 58");
    }

    @Test
    void agreeingDoesNotDependOnWhichComesFirst() {
        for (Pair pair : pairs()) {
            String first = pair.other();
            String second = pair.one();
            assertThat(new Pair(pair.same(), first, second).agrees())
                    .as(pair.toString())
                    .isEqualTo(pair.agrees());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "   ?!",
                "What does this do?\nint x = 1;",
                "Summarise this text: it was a dark night",
                "Translate the dog into German.",
                "What is the weather like today?",
                "Wie wird das Wetter morgen?",
                "Quel temps fait-il aujourd'hui ?",
                "¿Qué tiempo hace hoy?"
            })
    void whatCannotBeComparedByItsWordsAgreesWithNothing(String text) {
        assertThat(Guard.read(text)).isEmpty();
    }

    @Test
    void longQuestionsAgreeWithNothing() {
        assertThat(Guard.read("What is " + "very ".repeat(100) + "long?")).isPresent();
        assertThat(Guard.read("What is " + "very ".repeat(120) + "long?")).isEmpty();
    }

    @Test
    void composedAndDecomposedLettersAndAllApostrophesAreEqual() {
        assertThat(Guard.read("What's a cafe\u0301?")).isEqualTo(Guard.read("What’s a café?"));
    }

    @Test
    void aQuestionOfTheSameWordsWithAnotherNumberHasTheSameGist() {
        Question one = Guard.read("Who won the World Cup in 2010?").orElseThrow();
        Question other = Guard.read("Who never won the World Cup in 2014?").orElseThrow();

        assertThat(one.facts()).isNotEqualTo(other.facts());
        assertThat(one.gist()).isEqualTo(other.gist()).isNotEmpty();
    }

    @Test
    void whatIsAskedIsNotPrinted() {
        assertThat(Guard.read("Is my secret safe?").orElseThrow().toString()).doesNotContain("secret", "safe");
    }
}
