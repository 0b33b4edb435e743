package ai.primespark.core.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.primespark.TypeRef;
import ai.primespark.Zone;
import ai.primespark.llm.AnswerFormatException;
import ai.primespark.llm.CacheMode;
import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResult;
import ai.primespark.llm.LlmRun;
import ai.primespark.llm.Message;
import ai.primespark.llm.OutputFormat;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.Toolbox;
import ai.primespark.testkit.LlmScript;
import ai.primespark.testkit.ScriptedLlmBackend;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StructuredOutputTest {

    record City(String name, int people) {
        City {
            if (people < 0) {
                throw new IllegalArgumentException("people are not negative");
            }
        }
    }

    private static final String GOOD = "{\"name\":\"Tokyo\",\"people\":37}";
    private static final String BAD = "{\"name\":\"Tokyo\",\"people\":\"many\"}";

    private final ScriptedLlmBackend pi = new ScriptedLlmBackend("pi", Zone.EDGE);
    private TestRouter router = TestRouter.over(pi).build();

    @AfterEach
    void close() {
        router.close();
    }

    @Test
    void anAnswerThatFitsIsAValueAndCarriesTheResponse() {
        pi.next(LlmScript.text("{\"name\":\"Tokyo\",", "\"people\":37}"));

        LlmResult<City> result = router.engine.generate(question().build(), City.class);

        assertThat(result.value()).isEqualTo(new City("Tokyo", 37));
        assertThat(result.response().backend()).isEqualTo("pi");
        assertThat(result.response().text()).isEqualTo(GOOD);
        assertThat(result.transcript().messages()).hasSize(2);
        assertThat(result.toString()).doesNotContain("Tokyo");
    }

    @Test
    void theSchemaIsSentAsTheFormatAndSaidInTheQuestion() {
        pi.next(LlmScript.text(GOOD));
        router.engine.generate(
                LlmRequest.prompt("Largest city?")
                        .system("Be brief.")
                        .privacy(Privacy.EDGE_ONLY)
                        .seed(7)
                        .build(),
                City.class);

        LlmRequest sent = pi.requests().get(0);
        String schema = ((OutputFormat.Schema) sent.format()).jsonSchema();
        assertThat(schema).contains("\"people\":{\"type\":\"integer\"}");
        assertThat(sent.messages()).extracting(Message::role).containsExactly(Message.Role.SYSTEM, Message.Role.USER);
        assertThat(sent.messages().get(1).content()).startsWith("Largest city?").endsWith(schema);
        assertThat(sent.privacy()).isEqualTo(Privacy.EDGE_ONLY);
        assertThat(sent.sampling().seed()).isEqualTo(7);
    }

    @Test
    void aModelWhoseAnswerDoesNotFitIsToldWhatIsWrongAndAskedAgainOnce() {
        pi.next(LlmScript.text(BAD));
        pi.next(LlmScript.text(GOOD));

        LlmResult<City> result = router.engine.generate(question().build(), City.class);

        assertThat(result.value().people()).isEqualTo(37);
        assertThat(result.transcript().steps()).hasSize(2);
        List<Message> second = pi.requests().get(1).messages();
        assertThat(second).hasSize(3);
        assertThat(second.get(1)).isEqualTo(Message.assistant(BAD));
        assertThat(second.get(2).content()).contains("- $.people must be an integer but is a text");
        assertThat(pi.requests().get(1).format()).isEqualTo(pi.requests().get(0).format());
    }

    @Test
    void theChecksOfTheRecordAreToldToTheModel() {
        pi.next(LlmScript.text("{\"name\":\"x\",\"people\":-1}"));
        pi.next(LlmScript.text(GOOD));
        router.engine.generate(question().build(), City.class);
        assertThat(pi.requests().get(1).messages().get(2).content()).contains("$ is refused: people are not negative");
    }

    @Test
    void whatStillDoesNotFitIsAFailureThatCarriesTheTextAndShowsNoneOfIt() {
        pi.always(LlmScript.text("{\"name\":\"Atlantis\",\"people\":\"many\",\"sunk\":true}"));

        AnswerFormatException failure = failure(question());

        assertThat(failure.kind()).isEqualTo(Kind.INVALID_ANSWER);
        assertThat(failure.text()).contains("Atlantis");
        assertThat(failure.violations()).hasSize(2);
        assertThat(failure.transcript().steps()).hasSize(2);
        assertThat(failure.trace()).isPresent();
        assertThat(failure.charsDelivered()).isEqualTo(failure.text().length());
        assertThat(failure.toString() + failure.violations() + failure.transcript())
                .contains("does not fit the schema of City: 2 violations, the first at $.people")
                .doesNotContain("Atlantis")
                .doesNotContain("sunk");
        assertThat(pi.requests()).hasSize(2);
    }

    @Test
    void howOftenToAskAgainIsConfigured() {
        router.close();
        ScriptedLlmBackend strict = new ScriptedLlmBackend("strict", Zone.EDGE);
        strict.always(LlmScript.text(BAD));
        router = TestRouter.over(strict).set("structured.re-asks", 0).build();
        failure(question());
        assertThat(strict.requests()).hasSize(1);

        ScriptedLlmBackend patient = new ScriptedLlmBackend("patient", Zone.EDGE);
        patient.always(LlmScript.text(BAD));
        try (TestRouter other =
                TestRouter.over(patient).set("structured.re-asks", 3).build()) {
            assertThatThrownBy(() -> other.engine.generate(question().build(), City.class))
                    .isInstanceOf(AnswerFormatException.class);
            assertThat(patient.requests()).hasSize(4);
        }
    }

    @Test
    void anAnswerThatWasCutIsNeverReadEvenIfItHappensToFit() {
        pi.always(LlmScript.text(GOOD).thenDone(FinishReason.LENGTH));

        AnswerFormatException failure = failure(question());

        assertThat(failure).hasMessageContaining("was cut at its length limit").hasMessageContaining("maxTokens");
        assertThat(failure.violations()).isEmpty();
        assertThat(failure.text()).isEqualTo(GOOD);
        assertThat(pi.requests()).hasSize(1);
    }

    @Test
    void anAnswerThatAFilterCutIsNeverReadEvenIfItHappensToFit() {
        pi.always(LlmScript.text(GOOD).thenDone(FinishReason.FILTERED));

        AnswerFormatException failure = failure(question());

        assertThat(failure).hasMessageContaining("by a filter");
        assertThat(failure.violations()).isEmpty();
        assertThat(pi.requests()).hasSize(1);
    }

    @Test
    void aCachedAnswerThatFitsIsUsedAndOneThatDoesNotIsAskedForAnew() {
        pi.next(LlmScript.text(BAD));
        pi.next(LlmScript.text(BAD));
        failure(question());
        assertThat(pi.requests()).hasSize(2);

        pi.next(LlmScript.text(GOOD));
        LlmResult<City> mended = router.engine.generate(question().build(), City.class);
        assertThat(mended.value().name()).isEqualTo("Tokyo");
        assertThat(mended.transcript().messages()).hasSize(2);
        assertThat(pi.requests()).hasSize(3);
        assertThat(pi.requests().get(2).cache()).isEqualTo(CacheMode.REFRESH);
        assertThat(pi.requests().get(2).messages())
                .isEqualTo(pi.requests().get(0).messages());

        assertThat(router.engine
                        .generate(question().build(), City.class)
                        .response()
                        .cached())
                .isTrue();
        assertThat(pi.requests()).hasSize(3);
    }

    @Test
    void failuresOfTheCallItselfPassUnchanged() {
        pi.down(Kind.REJECTED);
        assertThatThrownBy(() -> router.engine.generate(question().build(), City.class))
                .isInstanceOfSatisfying(LlmException.class, e -> {
                    assertThat(e.kind()).isEqualTo(Kind.REJECTED);
                    assertThat(e.trace()).isPresent();
                });
    }

    @Test
    void anAnswerFromABackendWithoutAModelIsNotAskedForAgain() {
        router.close();
        ScriptedLlmBackend recall = new ScriptedLlmBackend("recall", Zone.EDGE, true);
        recall.always(LlmScript.text("a passage of a book"));
        router = TestRouter.over(recall).build();

        assertThat(failure(question())).hasMessageContaining("a backend without a model");
        assertThat(recall.requests()).hasSize(1);
    }

    @Test
    void textAndGenericTypesCanBeAskedForAsWell() {
        pi.next(LlmScript.text("plain words"));
        assertThat(router.engine.generate(question().build(), String.class).value())
                .isEqualTo("plain words");
        assertThat(pi.requests().get(0).format()).isEqualTo(OutputFormat.PLAIN);

        pi.next(LlmScript.text("{\"value\":[" + GOOD + "]}"));
        List<City> cities = router.engine
                .generate(question().build(), new TypeRef<List<City>>() {})
                .value();
        assertThat(cities).containsExactly(new City("Tokyo", 37));
    }

    @Test
    void requestsThatContradictTheTypeAreRefusedAtOnce() {
        LlmRequest formatted = question().format(OutputFormat.JSON).build();
        assertThatThrownBy(() -> router.engine.generate(formatted, City.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a format of its own");
        assertThatThrownBy(() -> router.engine.generate(question().build(), Thread.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no JSON schema can be made for java.lang.Thread");
        assertThat(pi.requests()).isEmpty();
    }

    @Test
    void aFutureResultCanBeHadAndCancelled() throws Exception {
        pi.next(LlmScript.text(GOOD));
        try (LlmRun<City> run = open()) {
            assertThat(run.resultFuture().get(20, TimeUnit.SECONDS).value()).isEqualTo(new City("Tokyo", 37));
            assertThat(run.await().text()).isEqualTo(GOOD);
        }
        pi.next(LlmScript.pausing(new CountDownLatch(1)));
        CompletableFuture<LlmResult<City>> future = router.engine
                .open(question().cache(CacheMode.BYPASS).build(), Toolbox.EMPTY, TypeRef.of(City.class))
                .resultFuture();
        Awaitility.await().until(() -> pi.running() == 1);
        future.cancel(true);
        Awaitility.await().until(() -> pi.running() == 0);
        assertThat(pi.cancelled()).isEqualTo(1);
    }

    @Test
    void afterTheEngineIsClosedRunsAreRefused() {
        router.engine.close();
        assertThatThrownBy(this::open).isInstanceOf(IllegalStateException.class);
    }

    private LlmRun<City> open() {
        return router.engine.open(question().build(), Toolbox.EMPTY, TypeRef.of(City.class));
    }

    private AnswerFormatException failure(LlmRequest.Builder request) {
        return catchThrowableOfType(
                AnswerFormatException.class, () -> router.engine.generate(request.build(), City.class));
    }

    private static LlmRequest.Builder question() {
        return LlmRequest.prompt("Which city is the largest?");
    }
}
