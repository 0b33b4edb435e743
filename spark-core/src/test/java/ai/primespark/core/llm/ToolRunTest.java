package ai.primespark.core.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.primespark.Zone;
import ai.primespark.llm.AnswerFormatException;
import ai.primespark.llm.Description;
import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResult;
import ai.primespark.llm.LlmRun;
import ai.primespark.llm.Message;
import ai.primespark.llm.OutputFormat;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.StepLimitException;
import ai.primespark.llm.Tool;
import ai.primespark.llm.ToolException;
import ai.primespark.llm.ToolFunction;
import ai.primespark.llm.ToolInvocation;
import ai.primespark.llm.ToolMethod;
import ai.primespark.llm.ToolResult;
import ai.primespark.llm.ToolResult.Outcome;
import ai.primespark.llm.Toolbox;
import ai.primespark.llm.Transcript;
import ai.primespark.testkit.LlmScript;
import ai.primespark.testkit.ScriptedLlmBackend;
import java.io.IOException;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ToolRunTest {

    record Town(@Description("without the country") String name, Optional<Integer> days) {}

    record Weather(String town, int degrees) {}

    /** Tools as methods. */
    static final class Calendar {
        private final String url = "jdbc:secret@host";

        @ToolMethod("Says what is planned.")
        List<String> plans(@Description("the day") LocalDate day, Optional<String> person) {
            return List.of(day + " " + person.orElse("nobody"));
        }

        @SuppressWarnings("unused") // called by the engine
        @ToolMethod(value = "Forgets everything.", name = "clear-all")
        private void clear() {}

        @ToolMethod("Fails.")
        String broken() throws IOException {
            if (url.isEmpty()) {
                return url;
            }
            throw new IOException(url);
        }
    }

    private final ScriptedLlmBackend pi = new ScriptedLlmBackend("pi", Zone.EDGE);
    private final TestRouter router = TestRouter.over(pi).build();
    private final CountDownLatch never = new CountDownLatch(1);

    @AfterEach
    void close() {
        never.countDown();
        router.close();
    }

    @Test
    void theToolIsRunAndItsResultIsToldUntilTheAnswerComes() {
        pi.next(asking("weather", "{\"name\":\"Bonn\"}"));
        pi.next(LlmScript.text("Take", " an umbrella."));

        LlmResult<String> result =
                router.engine.run(question().privacy(Privacy.EDGE_ONLY).seed(3).build(), Toolbox.of(weather()));

        assertThat(result.value()).isEqualTo("Take an umbrella.");
        assertThat(result.transcript().steps()).hasSize(2);
        Transcript.Step first = result.transcript().steps().get(0);
        assertThat(first.response().finish()).isEqualTo(FinishReason.TOOL_CALLS);
        assertThat(first.results()).extracting(ToolResult::outcome).containsExactly(Outcome.DONE);
        assertThat(result.transcript().messages())
                .extracting(Message::role)
                .containsExactly(Message.Role.USER, Message.Role.ASSISTANT, Message.Role.TOOL, Message.Role.ASSISTANT);
        assertThat(pi.requests()).hasSize(2).allSatisfy(request -> {
            assertThat(request.privacy()).isEqualTo(Privacy.EDGE_ONLY);
            assertThat(request.sampling().seed()).isEqualTo(3);
            assertThat(request.tools()).extracting(Tool::name).containsExactly("weather");
        });
        assertThat(told(1)).isEqualTo("{\"town\":\"Bonn\",\"degrees\":1}");
        assertThat(pi.requests().get(0).tools().get(0).parametersSchema())
                .contains("\"required\":[\"name\"]")
                .contains("without the country");
        assertThat(result.toString() + result.transcript() + first.results()).doesNotContain("Bonn", "umbrella");
    }

    @Test
    void methodsAreToolsWithOptionalParametersAndOtherNames() {
        pi.next(asking("plans", "{\"day\":\"2026-05-01\"}")
                .thenTool(new ToolInvocation("2", "plans", "{\"day\":\"2026-05-02\",\"person\":\"Ada\"}"))
                .thenTool(new ToolInvocation("3", "clear-all", "")));
        pi.next(LlmScript.text("done"));

        LlmResult<String> result = router.engine.run(question().build(), Toolbox.of(new Calendar()));

        assertThat(pi.requests().get(0).tools()).extracting(Tool::name).containsExactly("broken", "clear-all", "plans");
        assertThat(result.transcript().steps().get(0).results())
                .extracting(ToolResult::content)
                .containsExactly("[\"2026-05-01 nobody\"]", "[\"2026-05-02 Ada\"]", "done");
        assertThat(pi.requests().get(1).messages().stream()
                        .flatMap(message -> message.answeredInvocation().stream())
                        .map(ToolInvocation::id))
                .containsExactly("1", "2", "3");
    }

    @Test
    void aToolWithASchemaWrittenByHandGetsJson() {
        Tool declaration = new Tool("echo", "Says it again.", """
                {"type":"object","properties":{"text":{"type":"string","maxLength":3}},"required":["text"]}""");
        pi.next(asking("echo", "{\"text\":\"abc\"}").thenTool(new ToolInvocation("2", "echo", "{\"text\":\"abcd\"}")));
        pi.next(LlmScript.text("ok"));

        LlmResult<String> result =
                router.engine.run(question().build(), Toolbox.of(ToolFunction.of(declaration, json -> json)));

        List<ToolResult> results = result.transcript().steps().get(0).results();
        assertThat(results.get(0).content()).isEqualTo("{\"text\":\"abc\"}");
        assertThat(results.get(1).outcome()).isEqualTo(Outcome.BAD_ARGUMENTS);
        assertThat(results.get(1).content()).contains("- $.text must have at most 3 characters but has 4");
    }

    @Test
    void unknownToolsAndBadArgumentsAreToldToTheModelAndNothingIsRun() {
        AtomicInteger ran = new AtomicInteger();
        pi.next(asking("wether", "{}")
                .thenTool(new ToolInvocation("2", "weather", "{\"days\":\"two\"}"))
                .thenTool(new ToolInvocation("3", "weather", "{\"name\":")));
        pi.next(LlmScript.text("ok"));

        LlmResult<String> result = router.engine.run(
                question().build(),
                Toolbox.of(ToolFunction.of("weather", "Says it.", Town.class, town -> ran.incrementAndGet())));

        List<ToolResult> results = result.transcript().steps().get(0).results();
        assertThat(results)
                .extracting(ToolResult::outcome)
                .containsExactly(Outcome.UNKNOWN_TOOL, Outcome.BAD_ARGUMENTS, Outcome.BAD_ARGUMENTS);
        assertThat(results.get(0).content()).contains("There is no such tool. The tools are: weather.");
        assertThat(results.get(1).content())
                .contains("- $.name is missing")
                .contains("- $.days must be an integer or null but is a text");
        assertThat(results.get(2).content()).contains("is not JSON");
        assertThat(ran).hasValue(0);
    }

    @Test
    void aToolThatFailsTellsTheModelSoWithoutItsSecrets() {
        pi.next(asking("broken", "{}")
                .thenTool(new ToolInvocation("2", "weather", "{\"name\":\"Atlantis\"}"))
                .thenTool(new ToolInvocation("3", "overflow", "{\"name\":\"x\"}")));
        pi.next(LlmScript.text("ok"));
        Toolbox toolbox = Toolbox.builder()
                .add(new Calendar())
                .add(ToolFunction.of("weather", "Says it.", Town.class, town -> {
                    throw new ToolException("there is no weather in " + town.name());
                }))
                .add(ToolFunction.of("overflow", "Overflows.", Town.class, town -> {
                    throw new StackOverflowError();
                }))
                .build();

        List<ToolResult> results = router.engine
                .run(question().build(), toolbox)
                .transcript()
                .steps()
                .get(0)
                .results();

        assertThat(results).extracting(ToolResult::outcome).containsOnly(Outcome.FAILED);
        assertThat(results)
                .extracting(ToolResult::content)
                .containsExactly(
                        "The tool failed: IOException",
                        "The tool failed: there is no weather in Atlantis",
                        "The tool failed: StackOverflowError");
        assertThat(results.get(0).thrown()).get().isInstanceOf(IOException.class);
    }

    @Test
    void theWordsForAFailureAreTheApplicationsIfItWantsTo() {
        pi.next(asking("broken", "{}"));
        pi.next(LlmScript.text("ok"));
        router.engine.run(
                question().build(),
                Toolbox.builder()
                        .add(new Calendar())
                        .errorText(failure -> "sorry: " + failure.getClass().getSimpleName())
                        .build());
        assertThat(told(1)).isEqualTo("sorry: IOException");
    }

    @Test
    void toolsOfOneAnswerRunAtTheSameTimeWithinTheBound() {
        CyclicBarrier both = new CyclicBarrier(2);
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        Toolbox toolbox = Toolbox.builder()
                .add(ToolFunction.of("meet", "Meets.", Town.class, town -> {
                    most.accumulateAndGet(running.incrementAndGet(), Math::max);
                    both.await(20, TimeUnit.SECONDS); // passes only when two are there at once
                    running.decrementAndGet();
                    return town.name();
                }))
                .callsAtOnce(2)
                .build();
        LlmScript script = asking("meet", "{\"name\":\"0\"}");
        for (int i = 1; i < 6; i++) {
            script = script.thenTool(new ToolInvocation("c" + i, "meet", "{\"name\":\"" + i + "\"}"));
        }
        pi.next(script);
        pi.next(LlmScript.text("ok"));

        List<ToolResult> results = router.engine
                .run(question().build(), toolbox)
                .transcript()
                .steps()
                .get(0)
                .results();

        assertThat(results).extracting(ToolResult::content).containsExactly("0", "1", "2", "3", "4", "5");
        assertThat(most.get()).isLessThanOrEqualTo(2);
    }

    @Test
    void aToolThatTakesTooLongIsInterruptedAndTheRunGoesOn() {
        CountDownLatch interrupted = new CountDownLatch(1);
        pi.next(asking("wait", "{\"name\":\"x\"}"));
        pi.next(LlmScript.text("never mind"));

        LlmResult<String> result = router.engine.run(
                question().build(),
                Toolbox.builder()
                        .add(waiting(interrupted))
                        .timeLimit(Duration.ofMillis(30))
                        .build());

        assertThat(result.value()).isEqualTo("never mind");
        assertThat(told(1)).isEqualTo("The tool took longer than 30 ms and was stopped.");
        Awaitility.await().until(() -> interrupted.getCount() == 0);
    }

    @Test
    void moreCallsAtOnceThanAllowedAreNotRun() {
        pi.next(asking("weather", "{\"name\":\"a\"}").thenTool(new ToolInvocation("2", "weather", "{\"name\":\"b\"}")));
        pi.next(LlmScript.text("ok"));
        List<ToolResult> results = router.engine
                .run(
                        question().build(),
                        Toolbox.builder().add(weather()).callsPerStep(1).build())
                .transcript()
                .steps()
                .get(0)
                .results();
        assertThat(results).extracting(ToolResult::outcome).containsExactly(Outcome.DONE, Outcome.TOO_MANY);
    }

    @Test
    void longResultsAreCutAndSaySo() {
        pi.next(asking("long", "{\"name\":\"a\"}"));
        pi.next(LlmScript.text("ok"));
        router.engine.run(
                question().build(),
                Toolbox.builder()
                        .add(ToolFunction.of("long", "Long.", Town.class, town -> "x".repeat(1000)))
                        .resultChars(100)
                        .build());
        assertThat(told(1)).isEqualTo("x".repeat(100) + "\n[cut here: 900 more characters]");
    }

    @Test
    void callsThatAreNotAllowedAreNotRunAndTheModelIsTold() {
        List<String> asked = new CopyOnWriteArrayList<>();
        pi.next(asking("weather", "{\"name\":\"a\"}")
                .thenTool(new ToolInvocation("2", "plans", "{\"day\":\"2026-05-01\"}"))
                .thenTool(new ToolInvocation("3", "broken", "{}")));
        pi.next(LlmScript.text("ok"));
        Toolbox toolbox = Toolbox.builder()
                .add(weather())
                .add(new Calendar())
                .approve(call -> {
                    asked.add(call.name());
                    if (call.name().equals("broken")) {
                        throw new IllegalStateException("nobody there to ask");
                    }
                    return call.name().equals("weather");
                })
                .build();

        List<ToolResult> results = router.engine
                .run(question().build(), toolbox)
                .transcript()
                .steps()
                .get(0)
                .results();

        assertThat(asked).containsExactly("weather", "plans", "broken");
        assertThat(results)
                .extracting(ToolResult::outcome)
                .containsExactly(Outcome.DONE, Outcome.DENIED, Outcome.DENIED);
        assertThat(results.get(1).content()).isEqualTo("The call was not allowed.");
        assertThat(results.get(2).thrown()).get().isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aModelThatNeverStopsAskingEndsAtTheStepLimitWithItsConversation() {
        pi.always(asking("weather", "{\"name\":\"Bonn\"}"));

        StepLimitException failure = catchThrowableOfType(
                StepLimitException.class,
                () -> router.engine.run(
                        question().build(),
                        Toolbox.builder().add(weather()).stepLimit(3).build()));

        assertThat(failure.kind()).isEqualTo(Kind.STEP_LIMIT);
        assertThat(failure.transcript().steps()).hasSize(3);
        assertThat(failure.transcript().messages()).hasSize(6);
        assertThat(failure).hasMessageContaining("answer 3").hasMessageNotContaining("Bonn");
        assertThat(pi.requests()).hasSize(3);
    }

    @Test
    void everyStepIsVisibleAsEventsToTheReaderAndToTheListener() {
        List<LlmEvent> heard = new ArrayList<>();
        pi.next(LlmScript.text("Let me look.").thenTool(new ToolInvocation("1", "weather", "{\"name\":\"Bonn\"}")));
        pi.next(LlmScript.text("Rain."));
        Toolbox toolbox = Toolbox.builder()
                .add(weather())
                .listener(event -> {
                    heard.add(event);
                    throw new IllegalStateException("a faulty listener");
                })
                .build();

        List<LlmEvent> events;
        try (LlmRun<String> run = router.engine.open(question().build(), toolbox)) {
            events = TestRouter.read(run);
            assertThat(run.result().value()).isEqualTo("Rain.");
            assertThat(run.await().text()).isEqualTo("Rain.");
        }

        assertThat(events)
                .extracting(event -> event.getClass().getSimpleName())
                .containsExactly(
                        "Routed",
                        "Text",
                        "ToolCall",
                        "StepEnded",
                        "ToolStarted",
                        "ToolFinished",
                        "Routed",
                        "Text",
                        "Done");
        assertThat(((LlmEvent.StepEnded) events.get(3)).response().text()).isEqualTo("Let me look.");
        assertThat(heard).isEqualTo(events);
    }

    @Test
    void aRunWithToolsCanEndInAValue() {
        pi.next(asking("weather", "{\"name\":\"Bonn\"}"));
        pi.next(LlmScript.text("It is one degree in Bonn."));
        pi.next(LlmScript.text("{\"town\":\"Bonn\",\"degrees\":1}"));

        LlmResult<Weather> result = router.engine.run(question().build(), Toolbox.of(weather()), Weather.class);

        assertThat(result.value()).isEqualTo(new Weather("Bonn", 1));
        assertThat(pi.requests()).hasSize(3);
        assertThat(pi.requests().get(0).tools()).hasSize(1);
        assertThat(pi.requests().get(0).format()).isEqualTo(OutputFormat.PLAIN);
        assertThat(pi.requests().get(0).messages().get(0).content()).contains("JSON schema");
        assertThat(pi.requests().get(2).tools()).isEmpty();
        assertThat(pi.requests().get(2).format()).isInstanceOf(OutputFormat.Schema.class);
    }

    @Test
    void anAnswerThatWasCutWhileItAskedForToolsRunsNone() {
        pi.next(asking("weather", "{\"name\":\"Bonn\"}").thenDone(FinishReason.LENGTH));
        assertThatThrownBy(() -> router.engine.run(question().build(), Toolbox.of(weather())))
                .isInstanceOf(AnswerFormatException.class)
                .hasMessageContaining("none was run");
    }

    @Test
    void closingARunInterruptsItsTool() throws Exception {
        CountDownLatch interrupted = new CountDownLatch(1);
        pi.next(asking("wait", "{\"name\":\"x\"}"));
        try (LlmRun<String> run = router.engine.open(question().build(), Toolbox.of(waiting(interrupted)))) {
            var future = run.resultFuture();
            Awaitility.await().until(() -> running.get() == 1);
            run.close();
            assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
            assertThatThrownBy(() -> future.get(20, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isInstanceOfSatisfying(
                            LlmException.class, e -> assertThat(e.kind()).isEqualTo(Kind.CANCELLED));
            assertThat(run.transcript().steps()).hasSize(1);
        }
        assertThat(router.engine.context().running().size()).isZero();
    }

    @Test
    void closingARunCancelsTheAnswer() {
        pi.next(LlmScript.pausing(never));
        try (LlmRun<String> run = router.engine.open(question().build(), Toolbox.of(weather()))) {
            var future = run.resultFuture();
            Awaitility.await().until(() -> pi.running() == 1);
            run.close();
            Awaitility.await().until(() -> pi.running() == 0);
            assertThat(future).failsWithin(Duration.ofSeconds(20));
        }
    }

    @Test
    void closingTheEngineEndsRunsAndTheirTools() throws Exception {
        CountDownLatch interrupted = new CountDownLatch(1);
        pi.next(asking("wait", "{\"name\":\"x\"}"));
        LlmRun<String> run = router.engine.open(question().build(), Toolbox.of(waiting(interrupted)));
        var future = run.resultFuture();
        Awaitility.await().until(() -> running.get() == 1);
        router.engine.close();
        assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
        assertThatThrownBy(() -> future.get(20, TimeUnit.SECONDS))
                .cause()
                .hasMessageContaining("Prime Spark was closed");
    }

    @Test
    void interruptingTheReaderEndsTheRunAndItsTool() throws Exception {
        CountDownLatch interrupted = new CountDownLatch(1);
        pi.next(asking("wait", "{\"name\":\"x\"}"));
        List<LlmException> failures = new CopyOnWriteArrayList<>();
        Thread reader = new Thread(() -> {
            try {
                router.engine.run(question().build(), Toolbox.of(waiting(interrupted)));
            } catch (LlmException e) {
                failures.add(e);
            }
        });
        reader.start();
        Awaitility.await().until(() -> running.get() == 1);
        reader.interrupt();
        reader.join(20_000);
        assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(failures).extracting(LlmException::kind).containsExactly(Kind.CANCELLED);
    }

    @Test
    void theTimeoutOfTheRequestHoldsForTheWholeRun() throws Exception {
        CountDownLatch interrupted = new CountDownLatch(1);
        pi.next(asking("wait", "{\"name\":\"x\"}"));
        assertThatThrownBy(() -> router.engine.run(
                        question().timeout(Duration.ofMillis(300)).build(), Toolbox.of(waiting(interrupted))))
                .isInstanceOfSatisfying(
                        LlmException.class, e -> assertThat(e.kind()).isEqualTo(Kind.TIMEOUT));
        assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aFailureInALaterStepLeavesTheTranscript() {
        pi.next(asking("weather", "{\"name\":\"Bonn\"}"));
        pi.next(LlmScript.failing(Kind.REJECTED));
        LlmRun<String> run = router.engine.open(question().build(), Toolbox.of(weather()));
        assertThatThrownBy(run::result).isInstanceOf(LlmException.class);
        assertThat(run.transcript().steps().get(0).results()).hasSize(1);
        assertThat(run.transcript().messages()).hasSize(3);
    }

    @Test
    void toolboxesThatCannotWorkAreRefusedAtOnce() {
        record Odd(Thread thread) {}
        assertThatThrownBy(() -> Toolbox.of(weather(), weather())).hasMessageContaining("two tools have the name");
        assertThatThrownBy(() -> Toolbox.of("text")).hasMessageContaining("@ToolMethod");
        Toolbox odd = Toolbox.of(ToolFunction.of("odd", "Odd.", Odd.class, thread -> ""));
        assertThatThrownBy(() -> router.engine.run(question().build(), odd))
                .hasMessageContaining("tool 'odd' cannot be used")
                .hasMessageContaining("Odd.thread");
        Tool bad = new Tool("bad", "Bad.", "{\"type\":\"thing\"}");
        assertThatThrownBy(() -> router.engine.run(question().build(), Toolbox.of(ToolFunction.of(bad, x -> x))))
                .hasMessageContaining("tool 'bad' cannot be used");
        assertThatThrownBy(() -> router.engine.run(question().tool(bad).build(), Toolbox.EMPTY))
                .hasMessageContaining("tools of its own");
    }

    @Test
    void aSubscriberGetsTheEventsOfAllSteps() {
        pi.next(asking("weather", "{\"name\":\"Bonn\"}"));
        pi.next(LlmScript.text("Rain."));
        LlmCall run = router.engine.open(question().build(), Toolbox.of(weather()));
        Subscriber subscriber = new Subscriber();
        run.subscribe(subscriber);
        Awaitility.await().until(() -> subscriber.ended.getCount() == 0);
        assertThat(subscriber.events).last().isInstanceOf(LlmEvent.Done.class);
        assertThat(subscriber.events).anyMatch(LlmEvent.ToolFinished.class::isInstance);
    }

    private static final class Subscriber implements Flow.Subscriber<LlmEvent> {

        final List<LlmEvent> events = new CopyOnWriteArrayList<>();
        final CountDownLatch ended = new CountDownLatch(1);

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(LlmEvent event) {
            events.add(event);
        }

        @Override
        public void onError(Throwable failure) {
            ended.countDown();
        }

        @Override
        public void onComplete() {
            ended.countDown();
        }
    }

    private final AtomicInteger running = new AtomicInteger();

    private ToolFunction waiting(CountDownLatch interrupted) {
        return ToolFunction.of("wait", "Waits.", Town.class, town -> {
            running.incrementAndGet();
            try {
                never.await();
            } catch (InterruptedException e) {
                interrupted.countDown();
                throw e;
            }
            return "";
        });
    }

    private static ToolFunction weather() {
        return ToolFunction.of(
                "weather", "Says what the weather is like.", Town.class, town -> new Weather(town.name(), 1));
    }

    private static LlmScript asking(String tool, String arguments) {
        return LlmScript.text("hm").thenTool(new ToolInvocation("1", tool, arguments));
    }

    /** The result that was told in a request. */
    private String told(int request) {
        return pi.requests().get(request).messages().stream()
                .filter(message -> message.role() == Message.Role.TOOL)
                .findFirst()
                .orElseThrow()
                .content();
    }

    private static LlmRequest.Builder question() {
        return LlmRequest.prompt("Do I need an umbrella?");
    }
}
