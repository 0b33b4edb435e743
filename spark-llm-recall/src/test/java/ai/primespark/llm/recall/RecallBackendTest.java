package ai.primespark.llm.recall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.Zone;
import ai.primespark.llm.Document;
import ai.primespark.llm.EmbedRequest;
import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.Message;
import ai.primespark.llm.OutputFormat;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.Tool;
import ai.primespark.spi.BackendInfo;
import ai.primespark.spi.CallLimits;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.LlmBackend;
import ai.primespark.spi.LlmBackendProvider;
import ai.primespark.testkit.TestContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class RecallBackendTest {

    private RecallFixture recall;

    @BeforeEach
    void start() throws Exception {
        recall = RecallFixture.inMemory();
    }

    @AfterEach
    void close() throws Exception {
        recall.close();
    }

    @Test
    void isFoundByTheServiceLoaderAndUsedByDefault() {
        assertThat(ServiceLoader.load(LlmBackendProvider.class).stream())
                .extracting(ServiceLoader.Provider::get)
                .filteredOn(provider -> provider.name().equals("recall"))
                .singleElement()
                .satisfies(provider -> assertThat(provider.usedByDefault()).isTrue());
    }

    @Test
    void isTheLastResortOnTheEdge() {
        assertThat(recall.backend().info()).isEqualTo(new BackendInfo("test", "recall", Zone.EDGE, "", true));
    }

    @Test
    void theAnswerSaysThatNoModelAnsweredAndQuotesWithThePlace() {
        recall.documents().add(TestDocuments.manual());

        LlmResponse answer = ask("How are passwords hashed?");

        assertThat(answer.text())
                .startsWith(RecallAnswer.QUOTING + "\n\n")
                .contains("Passwords are hashed with Argon2id using 19 MiB of memory")
                .contains("\n\u2014 Users and tokens, Passwords");
        assertThat(answer.finish()).isEqualTo(FinishReason.STOP);
        assertThat(answer.model()).isEmpty();
        assertThat(answer.sources()).singleElement().satisfies(source -> {
            assertThat(source.document()).isEqualTo("auth.md");
            assertThat(source.title()).isEqualTo("Users and tokens");
            assertThat(source.score()).isPositive();
        });
    }

    @Test
    void theAnswerComesPieceByPieceAndIsTheSameEveryTime() {
        recall.documents().add(TestDocuments.manual());
        List<String> pieces = new ArrayList<>();
        try (LlmCall call = open(LlmRequest.prompt("How are passwords hashed?").build())) {
            for (LlmEvent event : call) {
                if (event instanceof LlmEvent.Text text) {
                    pieces.add(text.text());
                }
            }
            assertThat(String.join("", pieces)).isEqualTo(call.await().text());
        }

        assertThat(pieces)
                .hasSizeGreaterThan(3)
                .allSatisfy(piece -> assertThat(piece.length()).isBetween(1, 60));
        assertThat(ask("How are passwords hashed?").text()).isEqualTo(String.join("", pieces));
    }

    @Test
    void anEmptyIndexSaysHowToAddDocuments() {
        assertThat(ask("How are passwords hashed?").text())
                .isEqualTo(RecallAnswer.NOTHING_STORED)
                .contains("llm().documents()");
    }

    @Test
    void sourcesNameEveryQuotedDocumentOnce() {
        recall.documents()
                .add(List.of(
                        Document.of(
                                "a",
                                "Boiler",
                                "# Pressure\nThe boiler pressure is two bar.\n\n# Valve\nThe boiler pressure valve is red."),
                        Document.of("b", "Boiler pressure gauge", "The gauge hangs in the cellar.")));

        LlmResponse answer = ask("boiler pressure");

        assertThat(answer.text()).contains("two bar", "valve is red", "hangs in the cellar");
        assertThat(answer.sources()).extracting("document").containsExactlyInAnyOrder("a", "b");
    }

    @Test
    void answersAreNotLongerThanConfigured() throws Exception {
        String sentence = "The boiler pressure valve number %d must be opened slowly by two people. ";
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 200; i++) {
            text.append(sentence.formatted(i));
        }
        try (RecallFixture small =
                RecallFixture.start(Map.of("in-memory", true, "max-answer-chars", 700, "max-passages", 5))) {
            small.documents().add(List.of(Document.of("valves", "Valves", text.toString())));

            LlmResponse answer = small.backend()
                    .open(LlmRequest.prompt("boiler pressure valve").build(), CallLimits.DEFAULT)
                    .await();

            assertThat(answer.text().length()).isBetween(300, 700);
            assertThat(answer.text()).contains(" \u2026\n\u2014 Valves");
            assertThat(answer.finish()).isEqualTo(FinishReason.STOP);
        }
    }

    static Stream<LlmRequest> requestsThatNeedAModel() {
        LlmRequest.Builder plain = LlmRequest.prompt("How are passwords hashed?");
        return Stream.of(
                plain.build().toBuilder().format(OutputFormat.JSON).build(),
                plain.build().toBuilder().format(OutputFormat.schema("{}")).build(),
                plain.build().toBuilder()
                        .tool(new Tool("clock", "The time.", "{}"))
                        .build(),
                LlmRequest.chat(List.of(Message.user("What is this?", new byte[] {1})))
                        .build());
    }

    @ParameterizedTest
    @MethodSource("requestsThatNeedAModel")
    void refusesWhatOnlyAModelCanDo(LlmRequest request) {
        recall.documents().add(TestDocuments.manual());

        assertThatExceptionOfType(LlmException.class)
                .isThrownBy(() -> open(request).await())
                .satisfies(e -> assertThat(e.kind()).isEqualTo(LlmException.Kind.REJECTED))
                .withMessageContaining("needs a model");
    }

    @ParameterizedTest
    @EnumSource(Privacy.class)
    void anyPrivacyIsServedBecauseNothingLeavesThisMachine(Privacy privacy) {
        recall.documents().add(TestDocuments.manual());

        LlmResponse answer = open(LlmRequest.prompt("How are passwords hashed?")
                        .privacy(privacy)
                        .build())
                .await();

        assertThat(answer.sources()).extracting("document").containsExactly("auth.md");
    }

    @Test
    void makesNoEmbeddings() {
        assertThat(recall.backend()
                        .embed(EmbedRequest.of("any", "text"), CallLimits.DEFAULT)
                        .toCompletableFuture())
                .isCompletedExceptionally();
    }

    @Test
    void statusHasNoModelsAndFailsAfterClose() throws Exception {
        LlmBackend backend = recall.backend();
        assertThat(backend.status(Deadline.in(Duration.ofSeconds(5)))
                        .toCompletableFuture()
                        .join()
                        .models())
                .isEmpty();

        backend.close();

        assertThat(backend.status(Deadline.in(Duration.ofSeconds(5))).toCompletableFuture())
                .isCompletedExceptionally();
        assertThatExceptionOfType(LlmException.class).isThrownBy(() -> ask("anything"));
        assertThatThrownBy(() -> recall.documents().size()).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void closingTheBackendEndsRunningCalls() throws Exception {
        recall.documents().add(TestDocuments.manual());
        LlmCall call = open(LlmRequest.prompt("How are passwords hashed?").build());
        assertThat(call.iterator().next()).isInstanceOf(LlmEvent.Text.class);

        recall.backend().close();

        assertThatExceptionOfType(LlmException.class)
                .isThrownBy(call::await)
                .satisfies(e -> assertThat(e.kind()).isEqualTo(LlmException.Kind.CANCELLED));
    }

    @Test
    void aCallBeforeTheStartFailsClearly() throws Exception {
        RecallProvider provider = new RecallProvider();
        try (TestContext context = TestContext.create();
                LlmBackend backend = provider.create(context.with(provider, Map.of()))) {
            assertThatExceptionOfType(LlmException.class)
                    .isThrownBy(() -> backend.open(LlmRequest.prompt("hello").build(), CallLimits.DEFAULT)
                            .await())
                    .withMessageContaining("not started");
        }
    }

    @Test
    void aPathAndInMemoryExcludeEachOther() {
        RecallProvider provider = new RecallProvider();
        try (TestContext context = TestContext.create()) {
            Map<String, ?> both = Map.of("path", context.directory(), "in-memory", true);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> provider.create(context.with(provider, both)))
                    .withMessageContaining("exclude each other");
        }
    }

    private LlmCall open(LlmRequest request) {
        return recall.backend().open(request, CallLimits.DEFAULT);
    }

    private LlmResponse ask(String question) {
        return open(LlmRequest.prompt(question).build()).await();
    }
}
