package ai.primespark.llm.recall;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.llm.DocumentIndex;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.Message;
import ai.primespark.spi.CallLimits;
import ai.primespark.spi.LlmBackend;
import ai.primespark.testkit.TestContext;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whether the right passage is found in a small manual, and whether the answer is honest when there is none. */
class RelevanceTest {

    private static TestContext context;
    private static LlmBackend backend;

    @BeforeAll
    static void addTheManual() throws Exception {
        context = TestContext.create();
        RecallProvider provider = new RecallProvider();
        backend = provider.create(context.with(provider, Map.of("in-memory", true)));
        backend.start();
        backend.documents().orElseThrow().add(TestDocuments.manual());
    }

    @AfterAll
    static void close() throws Exception {
        backend.close();
        context.close();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            Which acknowledgement level is the default?                | memory-tiers.md | synced to a journal
            What happens to writes when a tier is down?                | memory-tiers.md | replayed in order
            Are pinned entries ever evicted?                           | memory-tiers.md | never evicted
            What does the balanced strategy do?                        | routing.md      | first token soonest
            Can an EDGE_ONLY request go to the cloud?                  | routing.md      | never leaves the house
            How does the circuit breaker work?                         | routing.md      | single trial call
            what happens if a backend breaks before the first token    | routing.md      | takes over silently
            At which battery charge does the SAVING profile begin?     | power.md        | below 50 percent
            How long is the grace period for draining at shutdown?     | power.md        | 45 seconds
            Which UDP port does the firewall have to let through?      | vpn.md          | 51820
            How do I install wireguard and start the interface?        | vpn.md          | wg-quick up spark0
            Why does a laptop behind NAT need a keepalive?             | vpn.md          | PersistentKeepalive
            What happens when a worker dies?                           | agents.md       | lease runs out
            How are failed tasks retried?                              | agents.md       | exponential backoff
            How are passwords hashed?                                  | auth.md         | Argon2id
            When do access tokens expire?                              | auth.md         | 15 minutes
            What may the operator role do?                             | auth.md         | submit and cancel
            How big a model can a Raspberry Pi 5 run?                  | ollama.md       | three billion
            How long does Ollama keep a model loaded?                  | ollama.md       | five minutes by default
            Should I mount NFS hard or soft?                           | nas.txt         | with soft
            Into what kind of directory is a snapshot restored?        | nas.txt         | empty directory
            """)
    void theBestPassageIsOfTheRightDocumentAndOneOfThreeHoldsTheAnswer(String question, String document, String words) {
        List<DocumentIndex.Passage> found = backend.documents().orElseThrow().search(question, 3);

        assertThat(found).isNotEmpty();
        assertThat(found.get(0).document()).isEqualTo(document);
        assertThat(found).anySatisfy(passage -> assertThat(passage.text()).containsIgnoringCase(words));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "What is the capital of France?",
                "How do I bake sourdough bread?",
                "Who won the football world cup in 2018?",
                "What is the memory of an elephant like?",
                "How much does the battery of a Tesla Model 3 weigh?",
                "Which bus goes to the railway station?",
                "Is there a default font size for printed invoices?",
                "What is the speed of light?",
                "hello",
                "?!"
            })
    void aQuestionAboutSomethingUnknownGetsTheHonestLine(String question) {
        LlmResponse answer = ask(LlmRequest.prompt(question).build());

        assertThat(answer.text()).isEqualTo(RecallAnswer.NOTHING_FITS);
        assertThat(answer.sources()).isEmpty();
    }

    @Test
    void aQuestionThatNamesNothingGoesOnAboutTheOneBefore() {
        LlmResponse answer = ask(LlmRequest.chat(List.of(
                        Message.user("When do access tokens expire?"),
                        Message.assistant("After a while."),
                        Message.user("What do you mean?")))
                .build());

        assertThat(answer.sources())
                .first()
                .satisfies(source -> assertThat(source.document()).isEqualTo("auth.md"));
    }

    @Test
    void whatWasAskedBeforeDecidesBetweenPassagesThatFit() {
        LlmResponse afterRouting = ask(LlmRequest.chat(List.of(
                        Message.user("Which routing strategies are there?"), Message.user("What is the default?")))
                .build());
        LlmResponse afterOllama = ask(LlmRequest.chat(List.of(
                        Message.user("Does keep-alive say how long a model stays loaded?"),
                        Message.user("What is the default?")))
                .build());

        assertThat(afterRouting.sources().get(0).document()).isEqualTo("routing.md");
        assertThat(afterOllama.sources().get(0).document()).isEqualTo("ollama.md");
    }

    @Test
    void instructionsForTheModelAreNotTheQuestion() {
        LlmResponse answer = ask(LlmRequest.prompt("How are passwords hashed?")
                .system("You are a WireGuard expert; talk about tunnels, peers and handshakes.")
                .build());

        assertThat(answer.sources()).extracting("document").containsExactly("auth.md");
    }

    @Test
    void aLongPastedTextStillFindsWhatItIsAbout() {
        String pasted =
                "Yesterday our neighbour complained loudly again, and the weather was dreadful throughout the afternoon. "
                        + "The laptop sits behind NAT at home, and the WireGuard tunnel has no handshake for minutes; the peer seems gone. "
                        + "Restarting the interface changed nothing, nor did opening port 51820 in the firewall. Any ideas, dear colleagues?";

        assertThat(backend.documents().orElseThrow().search(pasted, 3))
                .first()
                .satisfies(passage -> assertThat(passage.document()).isEqualTo("vpn.md"));
    }

    private static LlmResponse ask(LlmRequest request) {
        return backend.open(request, CallLimits.DEFAULT).await();
    }
}
