package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.llm.EmbedRequest;
import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.spi.BackendStatus;
import ai.primespark.spi.CallLimits;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.LlmBackend;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** LLM-01 to LLM-10, as far as they can be tested without control of the server. */
abstract class LlmCallRules extends LlmRules {

    private static final int CALLS = 50;

    @Test
    @DisplayName("LLM-01 a call that succeeds ends with Done, once, and nothing comes after it")
    void answersEndWithDone() {
        LlmCall call = open(backend());
        List<LlmEvent> events = iterate(call);
        LlmResponse response = doneOf(events);
        assertThat(events.stream().filter(LlmEvent.Done.class::isInstance))
                .as("ends")
                .hasSize(1);
        assertThat(response.text()).as("the answer").hasSizeGreaterThanOrEqualTo(2);
        assertThat(events)
                .noneMatch(event ->
                        event instanceof LlmEvent.Text piece && piece.text().isEmpty());
        assertThat(await(call)).as("await after the end").isEqualTo(response);
        assertThat(await(call)).as("await again").isEqualTo(response);
        assertThat(iterate(call)).as("events after the end").isEmpty();
    }

    @Test
    @DisplayName("LLM-01 an iterator that is at its end says so")
    void iteratorsEnd() {
        Iterator<LlmEvent> events = open(backend()).iterator();
        LlmEvent event = next(events);
        for (int i = 0; event != null && !(event instanceof LlmEvent.Done) && i < 1_000_000; i++) {
            event = next(events);
        }
        assertThat(next(events)).isNull();
        assertThat(Bounded.failure(llmPatience(), "next()", events::next)).isInstanceOf(NoSuchElementException.class);
    }

    @Test
    @DisplayName("LLM-01 a response names the backend and its zone, and agrees with the events")
    void responsesAgreeWithEvents() {
        LlmBackend backend = backend();
        List<LlmEvent> events = iterate(open(backend));
        LlmResponse response = doneOf(events);
        assertThat(response.backend())
                .isEqualTo(backend.info().id())
                .isEqualTo(context().id());
        assertThat(response.zone()).isEqualTo(backend.info().zone());
        assertThat(response.text().equals(text(events)))
                .as("the text of Done is what was delivered")
                .isTrue();
        assertThat(backend.info()).as("info is constant").isEqualTo(backend.info());
    }

    @Test
    @DisplayName("LLM-02 awaited, iterated, as a future or subscribed to, the answer is the same text")
    void everyWayGivesTheSameText() {
        LlmBackend backend = backend();
        String awaited = await(open(backend)).text();
        assertThat(text(iterate(open(backend))).equals(awaited)).as("iterated").isTrue();
        LlmCall asFuture = open(backend);
        CompletableFuture<LlmResponse> future = asFuture.future();
        assertThat(asFuture.future()).as("the same future each time").isSameAs(future);
        assertThat(Bounded.stage(llmPatience(), "future()", future).text().equals(awaited))
                .as("as a future")
                .isTrue();
        for (long atOnce : new long[] {1, 3, Long.MAX_VALUE}) {
            EventCollector collector = new EventCollector(atOnce);
            open(backend).subscribe(collector);
            List<LlmEvent> events = Bounded.stage(llmPatience(), "the subscription", collector.end);
            assertThat(doneOf(events).text().equals(awaited))
                    .as("Done, subscribed")
                    .isTrue();
            assertThat(text(events).equals(awaited))
                    .as("subscribed, %s at a time", atOnce)
                    .isTrue();
        }
    }

    @Test
    @DisplayName("LLM-02 a call has one subscriber, and refuses a second by onError")
    void secondSubscribersAreRefused() {
        LlmCall call = open(backend());
        EventCollector first = new EventCollector(1);
        EventCollector second = new EventCollector(1);
        call.subscribe(first);
        call.subscribe(second);
        assertThat(Bounded.stageFailure(llmPatience(), "the second subscription", () -> second.end))
                .isInstanceOf(IllegalStateException.class);
        assertThat(doneOf(Bounded.stage(llmPatience(), "the first subscription", first.end))
                        .text())
                .isNotEmpty();
    }

    @Test
    @DisplayName("LLM-03 open returns before anything is consumed, and calls that nobody consumes may be closed")
    void openReturnsAtOnce() {
        LlmBackend backend = backend();
        for (int i = 0; i < 20; i++) {
            LlmCall call = open(backend);
            call.close();
        }
        assertThat(await(open(backend)).text()).as("a call after those").isNotEmpty();
    }

    @Test
    @DisplayName("LLM-04 a call that is closed before it is consumed is CANCELLED, however it is consumed")
    void callsClosedAtOnceAreCancelled() {
        LlmBackend backend = backend();
        assertThat(failure(closed(backend)).kind()).isEqualTo(LlmException.Kind.CANCELLED);
        LlmCall iterated = closed(backend);
        assertThat(asFailure("iterating", () -> iterate(iterated)).kind()).isEqualTo(LlmException.Kind.CANCELLED);
        LlmCall asFuture = closed(backend);
        assertThat(asFailure("future()", () -> asFuture.future().get()).kind()).isEqualTo(LlmException.Kind.CANCELLED);
        EventCollector collector = new EventCollector(1);
        closed(backend).subscribe(collector);
        assertThat(asFailure("subscribing", () -> collector.end.get()).kind()).isEqualTo(LlmException.Kind.CANCELLED);
    }

    private LlmCall closed(LlmBackend backend) {
        LlmCall call = open(backend);
        call.close();
        call.close();
        return call;
    }

    @Test
    @DisplayName("LLM-04 a call that is closed between two events is CANCELLED, and stays so")
    void callsClosedInTheMiddleAreCancelled() {
        LlmCall call = open(backend());
        Iterator<LlmEvent> events = call.iterator();
        readUntilText(events);
        call.close();
        assertThat(asFailure("the next event", () -> next(events)).kind()).isEqualTo(LlmException.Kind.CANCELLED);
        assertThat(failure(call).kind()).as("again").isEqualTo(LlmException.Kind.CANCELLED);
    }

    @Test
    @DisplayName("LLM-04 closing a call that has ended changes nothing")
    void closingAfterTheEndChangesNothing() {
        LlmCall call = open(backend());
        LlmResponse response = await(call);
        call.close();
        call.close();
        assertThat(await(call)).isEqualTo(response);
        assertThat(Bounded.stage(llmPatience(), "future()", call.future())).isEqualTo(response);
    }

    @Test
    @DisplayName("LLM-04 closing from another thread at any moment leaves the whole answer or CANCELLED, nothing else")
    void closingMayRaceWithTheAnswer() {
        LlmBackend backend = backend();
        for (int i = 0; i < CALLS; i++) {
            LlmCall call = open(backend);
            CompletableFuture<LlmResponse> future = call.future();
            call.close();
            Object outcome = outcome(call);
            if (outcome instanceof LlmException e) {
                assertThat(e.kind()).isEqualTo(LlmException.Kind.CANCELLED);
            } else {
                assertThat(Bounded.stage(llmPatience(), "future()", future)).isEqualTo(outcome);
            }
        }
    }

    @Test
    @DisplayName("LLM-04 cancelling the future or the subscription cancels the call")
    void cancellingTheViewCancelsTheCall() {
        LlmBackend backend = backend();
        LlmCall asFuture = open(backend);
        CompletableFuture<LlmResponse> future = asFuture.future();
        if (future.cancel(true)) {
            assertThat(Bounded.failure(llmPatience(), "future()", future::get))
                    .isInstanceOf(CancellationException.class);
        }
        assertThat(outcome(asFuture)).isNotNull();
        LlmCall subscribed = open(backend);
        EventCollector collector = new EventCollector(1);
        subscribed.subscribe(collector);
        Bounded.stage(llmPatience(), "the first text", collector.firstText).cancel();
        assertThat(outcome(subscribed)).isNotNull();
    }

    @Test
    @DisplayName("LLM-05 an answer longer than outputChars is cut there and ends with LENGTH")
    void longAnswersAreCut() {
        LlmBackend backend = backend();
        String whole = await(open(backend)).text();
        CallLimits all = limits();
        CallLimits tight = new CallLimits(all.connect(), all.firstByte(), all.firstToken(), all.idle(), all.total(), 1);
        LlmResponse cut = await(open(backend, request(), tight));
        assertThat(cut.finish()).isEqualTo(FinishReason.LENGTH);
        assertThat(cut.text()).hasSizeLessThanOrEqualTo(1);
        assertThat(whole.startsWith(cut.text()))
                .as("what was delivered is the beginning of the answer")
                .isTrue();
    }

    @Test
    @DisplayName("LLM-05 a limit that is over at once ends the call, with TIMEOUT unless the answer was faster")
    void theShortestLimitEndsTheCall() {
        CallLimits none = limits().withTotalAtMost(Duration.ofNanos(1));
        Object outcome = outcome(open(backend(), request(), none));
        if (outcome instanceof LlmException e) {
            assertThat(e.kind()).isEqualTo(LlmException.Kind.TIMEOUT);
        } else {
            assertThat(((LlmResponse) outcome).text()).isNotEmpty();
        }
    }

    @Test
    @DisplayName(
            "LLM-06 a complete answer says why it ended, and repeats nothing and loses nothing of what was delivered")
    void completeAnswersAreWhole() {
        LlmBackend backend = backend();
        List<LlmEvent> events = iterate(open(backend));
        LlmResponse response = doneOf(events);
        assertThat(response.finish()).isEqualTo(FinishReason.STOP);
        assertThat(response.text()).hasSize(text(events).length());
        assertThat(await(open(backend)).text().equals(response.text()))
                .as("the same answer again")
                .isTrue();
    }

    @Test
    @DisplayName("LLM-07 status answers or fails within its time, and may be asked by many at once")
    void statusAnswers() {
        LlmBackend backend = backend();
        List<CompletableFuture<BackendStatus>> asked = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            asked.add(backend.status(Deadline.in(llmPatience())).toCompletableFuture());
        }
        asked.forEach(status -> {
            BackendStatus answer = Bounded.stage(llmPatience(), "status()", status);
            assertThat(answer.version()).isNotNull();
            assertThat(answer.models()).isNotNull();
        });
    }

    @Test
    @DisplayName("LLM-08 many calls at once all get their answer")
    void manyCallsAtOnce() {
        LlmBackend backend = backend();
        String expected = await(open(backend)).text();
        List<CompletableFuture<LlmResponse>> futures = new ArrayList<>();
        LlmCall idle = open(backend); // nobody reads it, and nobody may have to wait for it
        for (int i = 0; i < CALLS; i++) {
            futures.add(open(backend).future());
        }
        futures.forEach(future -> assertThat(Bounded.stage(llmPatience(), "one of many calls", future)
                        .text()
                        .equals(expected))
                .as("the right answer")
                .isTrue());
        idle.close();
    }

    @Test
    @DisplayName("LLM-09 after close calls, status and embeddings fail, and closing twice is harmless")
    void closedBackendsFail() throws Exception {
        LlmBackend backend = backend();
        LlmCall running = open(backend);
        Iterator<LlmEvent> events = running.iterator();
        readUntilText(events);
        closeTwice(backend);
        assertThat(outcome(running)).as("a call that was running").isNotNull();
        LlmCall late = open(backend);
        assertThat(failure(late).kind()).isNotNull();
        LlmCall lateFuture = open(backend);
        asFailure("future() after close", () -> lateFuture.future().get());
        asFailure(
                "status() after close",
                () -> join(() -> backend.status(Deadline.in(llmPatience())).toCompletableFuture()));
        EmbedRequest embed = EmbedRequest.of("any-model", "text");
        asFailure(
                "embed() after close",
                () -> join(() -> backend.embed(embed, limits()).toCompletableFuture()));
        assertThat(context().blocking().isShutdown())
                .as("close shut the context's executor down")
                .isFalse();
        assertThat(context().scheduler().isShutdown())
                .as("close shut the context's scheduler down")
                .isFalse();
    }

    @Test
    @DisplayName("LLM-09 a backend that was never started can be closed")
    void unstartedBackendsCanBeClosed() throws Exception {
        LlmBackend backend = makeBackend(context());
        closeTwice(backend);
        assertThat(failure(open(backend)).kind()).isNotNull();
    }

    final void closeTwice(LlmBackend backend) {
        for (int i = 0; i < 2; i++) {
            Bounded.run(llmPatience(), "close()", () -> {
                backend.close();
                return true;
            });
        }
    }

    private static <T> T join(Callable<CompletableFuture<T>> call) throws Exception {
        return call.call().get();
    }

    @Test
    @DisplayName("LLM-10 nothing that is printed shows prompts or answers")
    void nothingPrintsPrivateWords() {
        LlmBackend backend = backend();
        LlmRequest request = request().toBuilder().system(PROMPT_CANARY).build();
        LlmCall call = open(backend, request);
        assertSilent("a new call", String.valueOf(call), PROMPT_CANARY);
        Object outcome = outcome(call);
        if (outcome instanceof LlmException e) {
            assertSilent(e, PROMPT_CANARY);
        }
        String answer = await(open(backend)).text();
        assertSilent("the outcome", String.valueOf(outcome), PROMPT_CANARY);
        LlmCall ended = open(backend);
        LlmResponse response = await(ended);
        for (String printed : List.of(
                String.valueOf(call),
                String.valueOf(ended),
                String.valueOf(response),
                backend.toString(),
                backend.info().toString())) {
            assertSilent("a call, a response or a backend", printed, PROMPT_CANARY);
            if (answer.length() >= 8) { // shorter ones may stand there by chance
                assertSilent("a call, a response or a backend", printed, answer);
            }
        }
        LlmCall cancelled = open(backend, request);
        cancelled.close();
        assertSilent(Objects.requireNonNull(failure(cancelled)), PROMPT_CANARY);
    }
}
