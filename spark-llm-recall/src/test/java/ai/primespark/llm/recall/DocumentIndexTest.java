package ai.primespark.llm.recall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.primespark.llm.Document;
import ai.primespark.llm.DocumentIndex;
import ai.primespark.llm.DocumentIndex.Passage;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.Privacy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DocumentIndexTest {

    private RecallFixture recall;
    private DocumentIndex documents;

    @BeforeEach
    void start() throws Exception {
        recall = RecallFixture.inMemory();
        documents = recall.documents();
    }

    @AfterEach
    void close() throws Exception {
        recall.close();
    }

    @Test
    void whatWasAddedIsFoundAtOnceWithItsPlaceAndPrivacy() {
        documents.add(List.of(new Document(
                "boiler", "Boiler manual", "# Heating\n\n## Pressure\n\nKeep it at two bar.", Privacy.TRUSTED)));

        assertThat(documents.search("heating pressure", 5)).singleElement().satisfies(passage -> {
            assertThat(passage.document()).isEqualTo("boiler");
            assertThat(passage.title()).isEqualTo("Boiler manual");
            assertThat(passage.section()).isEqualTo("Heating > Pressure");
            assertThat(passage.text()).isEqualTo("Keep it at two bar.");
            assertThat(passage.privacy()).isEqualTo(Privacy.TRUSTED);
        });
    }

    @Test
    void addingTheSameIdReplacesTheWholeDocument() {
        documents.add(
                List.of(Document.of("door", "Door", "# Old\nThe door is green.\n\n# Older\nThe door was yellow.")));
        documents.add(List.of(Document.of("door", "Door", "The door is blue.")));

        assertThat(documents.size()).isEqualTo(1);
        assertThat(documents.search("door", 10)).extracting(Passage::text).containsExactly("The door is blue.");
    }

    @Test
    void theLastOfOneIdInABatchWins() {
        documents.add(List.of(
                Document.of("door", "Door", "The door is green."), Document.of("door", "Door", "The door is blue.")));

        assertThat(documents.search("door", 10)).extracting(Passage::text).containsExactly("The door is blue.");
    }

    @Test
    void aChangeOfPrivacyAloneIsAChange() {
        documents.add(List.of(Document.of("door", "Door", "The door is green.")));
        documents.add(List.of(new Document("door", "Door", "The door is green.", Privacy.ANY)));

        assertThat(documents.search("door", 1)).extracting(Passage::privacy).containsExactly(Privacy.ANY);
    }

    @Test
    void removedDocumentsAreGoneAndOthersStay() {
        documents.add(List.of(
                Document.of("a", "Door", "The door is green."), Document.of("b", "Gate", "The gate is green.")));

        documents.remove("a");
        documents.remove("never-there");

        assertThat(documents.size()).isEqualTo(1);
        assertThat(documents.search("green", 10)).extracting(Passage::document).containsExactly("b");
    }

    @Test
    void aDocumentWithoutTextIsFoundByItsTitle() {
        documents.add(List.of(Document.of("empty", "Chimney sweep appointment", "  \n ")));

        assertThat(documents.search("chimney sweep", 1))
                .extracting(Passage::document)
                .containsExactly("empty");
    }

    @Test
    void passagesThatRepeatABetterOneAreLeftOut() {
        String text = "The fuse box hangs in the cellar behind the door to the coal bunker, next to the water meter.";
        documents.add(List.of(
                Document.of("one", "House", text),
                Document.of("two", "House", text + " "),
                Document.of("three", "Fuses", "A fuse box.")));

        assertThat(documents.search("fuse box", 10))
                .extracting(Passage::text)
                .containsOnlyOnce(text)
                .hasSize(2);
    }

    @Test
    void searchIsBoundedAndWantsASensibleLimit() {
        documents.add(IntStream.range(0, 30)
                .mapToObj(i -> Document.of("d" + i, "Pump " + i, "Pump number " + i + " stands in room " + i * 7 + "."))
                .toList());

        assertThat(documents.search("pump", 4)).hasSize(4);
        assertThatIllegalArgumentException().isThrownBy(() -> documents.search("pump", 0));
        assertThatIllegalArgumentException().isThrownBy(() -> documents.search("pump", 101));
    }

    @Test
    void anImpossibleIdIsRefusedBeforeAnythingIsWritten() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> documents.add(List.of(
                        Document.of("good", "Door", "The door."),
                        Document.of("x".repeat(40_000), "Door", "The door."))));

        assertThat(documents.size()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"boiler pressure", "boiler pressure +", "-boiler AND OR NOT pressure",
                        "boiler* pressure? boiler~ *pressure",
                "boiler:(pressure :boiler", "boiler^ && pressure || {TO]", "\\boiler\\ /pressure/",
                        "boiler's pressure!",
                "BOILER_PRESSURE", "boiler.pressure"
            })
    void signsOfQueryLanguagesAreJustSigns(String question) {
        documents.add(List.of(Document.of("boiler", "Heating", "The boiler pressure is two bar.")));

        assertThat(documents.search(question, 3)).extracting(Passage::document).containsExactly("boiler");
    }

    @Test
    void noQuestionWhateverItHoldsMakesTheSearchFail() {
        documents.add(TestDocuments.manual());
        Random random = new Random(20261123);
        List<String> scraps = Arrays.asList(
                "\"",
                "+",
                "*",
                ":",
                "(",
                "]",
                "\\",
                "~",
                "\u0000",
                "\ud83d",
                "\udd25",
                "\ud83d\udd25",
                "\u6f22\u5b57",
                "\u0627",
                "\u0301",
                "memory",
                "EDGE_ONLY",
                "AND",
                " ",
                "\n",
                "\t",
                "\ufeff",
                "\u200b",
                "'",
                "\u2019",
                "9".repeat(300));
        for (int i = 0; i < 2_000; i++) {
            StringBuilder question = new StringBuilder();
            for (int n = random.nextInt(40); n > 0; n--) {
                question.append(scraps.get(random.nextInt(scraps.size())));
            }
            assertThat(documents.search(question.toString(), 1 + random.nextInt(100)))
                    .doesNotContainNull();
        }
    }

    @Test
    void anEndlessQuestionIsAnsweredFromItsBeginning() {
        documents.add(TestDocuments.manual());

        assertThat(documents.search("How are passwords hashed? " + "and so on ".repeat(200_000), 1))
                .extracting(Passage::document)
                .containsExactly("auth.md");
    }

    @Test
    void searchesSeeWholeBatchesOnlyWhileOthersAreAdded() throws Exception {
        int batch = 5;
        AtomicBoolean adding = new AtomicBoolean(true);
        AtomicLong searches = new AtomicLong();
        Future<?> searching = recall.context().blocking().submit(() -> {
            while (adding.get()) {
                assertThat(documents.size() % batch).isZero();
                assertThat(documents.search("pump room", 100))
                        .allSatisfy(p -> assertThat(p.text()).contains("room"));
                searches.incrementAndGet();
            }
        });
        List<Future<?>> adders = new ArrayList<>();
        for (int adder = 0; adder < 3; adder++) {
            int first = adder * 1_000;
            adders.add(recall.context().blocking().submit(() -> {
                for (int n = 0; n < 20; n++) {
                    documents.add(batch(first + n * batch, batch));
                }
            }));
        }
        for (Future<?> adder : adders) {
            adder.get();
        }
        Awaitility.await().until(() -> searches.get() > 0 || searching.isDone());
        adding.set(false);
        searching.get();

        assertThat(documents.size()).isEqualTo(300);
    }

    @Test
    void anInterruptedCallerDoesNotHarmTheIndex() {
        Thread.currentThread().interrupt();
        try { // if it is done before anybody waits for it, nobody is interrupted
            documents.add(batch(0, 1));
        } catch (LlmException e) {
            assertThat(e.kind()).isEqualTo(LlmException.Kind.CANCELLED);
        }
        assertThat(Thread.interrupted()).isTrue();

        documents.add(batch(100, 2));

        assertThat(documents.search("pump room", 10)).hasSizeGreaterThanOrEqualTo(2);
    }

    @Test
    void otherLanguagesAreFoundWithoutRegardToCaseAndAccents() throws Exception {
        try (RecallFixture german = RecallFixture.start(Map.of("in-memory", true, "language", "standard"))) {
            german.documents()
                    .add(List.of(Document.of("heizung", "Heizung", "Der Druck im Kessel betr\u00e4gt zwei Bar.")));

            assertThat(german.documents().search("DRUCK kessel betragt", 1)).hasSize(1);
        }
    }

    private static List<Document> batch(int first, int size) {
        return IntStream.range(first, first + size)
                .mapToObj(i -> Document.of("d" + i, "Pump " + i, "Pump " + i + " stands in room " + i * 7 + "."))
                .toList();
    }
}
