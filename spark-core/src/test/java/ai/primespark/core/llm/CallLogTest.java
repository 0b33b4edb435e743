package ai.primespark.core.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.Zone;
import ai.primespark.event.SparkEvent;
import ai.primespark.llm.CacheMode;
import ai.primespark.llm.EmbedRequest;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResult;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.ToolFunction;
import ai.primespark.llm.ToolInvocation;
import ai.primespark.llm.Toolbox;
import ai.primespark.testkit.LlmScript;
import ai.primespark.testkit.ScriptedLlmBackend;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/** What the log says of calls, and what it never says. */
@Timeout(60)
class CallLogTest {

    private static final String KEY = "spark.request";

    record Words(String text) {}

    private final ScriptedLlmBackend pi = new ScriptedLlmBackend("pi", Zone.EDGE);
    private final ScriptedLlmBackend nas = new ScriptedLlmBackend("nas", Zone.EDGE);
    private final Logger logger = (Logger) LoggerFactory.getLogger("ai.primespark");
    private final Level before = logger.getLevel();
    private final ListAppender<ILoggingEvent> log = new ListAppender<>() {
        @Override
        protected void append(ILoggingEvent event) {
            event.prepareForDeferredProcessing(); // takes the MDC as it is now
            super.append(event);
        }
    };

    @BeforeEach
    void listen() {
        log.start();
        logger.setLevel(Level.TRACE);
        logger.setAdditive(false);
        logger.addAppender(log);
    }

    @AfterEach
    void stop() {
        logger.detachAppender(log);
        logger.setAdditive(true);
        logger.setLevel(before);
        MDC.clear();
    }

    private List<String> lines(String name) {
        return List.copyOf(log.list).stream()
                .filter(event -> event.getLoggerName().equals(name))
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    @Test
    void eachAttemptAndEachCallIsOneLineWithItsId() {
        pi.next(LlmScript.failing(Kind.UNREACHABLE));
        try (TestRouter router = TestRouter.over(pi, nas).build()) {
            String id = router.ask(LlmRequest.prompt("s3cret prompt").model("m").build())
                    .trace()
                    .requestId();

            assertThat(lines("ai.primespark.llm.calls"))
                    .satisfiesExactly(
                            line -> assertThat(line)
                                    .matches("call " + id + ": backend 'pi' \\(m\\): unreachable after \\d+ ms; first"
                                            + " token never came, 0 \\+ 0 tokens"),
                            line -> assertThat(line)
                                    .matches("call " + id + ": backend 'nas' \\(m\\): answered after \\d+ ms; first"
                                            + " token after \\d+ ms, 0 \\+ 0 tokens"),
                            line -> assertThat(line)
                                    .matches("call " + id + ": answered by 'nas' \\(m\\) after \\d+ ms; 2 attempts, 0"
                                            + " skipped, 0 \\+ 0 tokens"));
            assertThat(log.list)
                    .filteredOn(event -> event.getLoggerName().equals("ai.primespark.llm.calls"))
                    .allSatisfy(event -> {
                        assertThat(event.getMDCPropertyMap()).containsEntry(KEY, id);
                        assertThat(event.getLevel()).isEqualTo(Level.DEBUG);
                    });
        }
    }

    @Test
    void promptsAndAnswersAreInNoLineUnlessAskedFor() {
        try (TestRouter router = TestRouter.over(pi).build()) {
            pi.next(LlmScript.text().thenThinking("s3cret").thenText("s3cret answer"));
            router.ask("s3cret prompt");
            pi.next(LlmScript.text("s3cret").thenFail(Kind.RESET));
            router.failure("s3cret question");
            router.engine.embed(EmbedRequest.of("m", "s3cret text"));
        }
        assertThat(log.list)
                .isNotEmpty()
                .extracting(ILoggingEvent::getFormattedMessage)
                .noneMatch(line -> line.contains("s3cret"));
    }

    @ParameterizedTest
    @EnumSource(Privacy.class)
    void promptsAreLoggedWhenAskedForAndWhenTheyMayGoAnywhere(Privacy privacy) {
        pi.next(LlmScript.text().thenThinking("pondering").thenText("the\nanswer"));
        try (TestRouter router = TestRouter.over(pi).set("log-prompts", true).build()) {
            String id = router.ask(LlmRequest.prompt("a\r\nforged line")
                            .system("be kind")
                            .privacy(privacy)
                            .build())
                    .trace()
                    .requestId();
            List<String> lines = lines("ai.primespark.llm.prompts");
            if (privacy == Privacy.ANY) {
                assertThat(lines)
                        .containsExactly(
                                "call " + id + ": SYSTEM: be kind",
                                "call " + id + ": USER: a\\r\\nforged line",
                                "call " + id + ": thinking: pondering",
                                "call " + id + ": answer: the\\nanswer");
            } else {
                assertThat(lines)
                        .containsExactly(
                                "call " + id + ": the prompt is not logged, because its privacy is " + privacy);
                assertThat(log.list)
                        .extracting(ILoggingEvent::getFormattedMessage)
                        .noneMatch(line -> line.contains("forged") || line.contains("answer:"));
            }
        }
    }

    @Test
    void linesWithPromptsHaveTheIdAsWell() {
        try (TestRouter router = TestRouter.over(pi).set("log-prompts", true).build()) {
            String id = router.ask("x").trace().requestId();
            assertThat(log.list)
                    .filteredOn(event -> event.getLoggerName().equals("ai.primespark.llm.prompts"))
                    .hasSize(2)
                    .allSatisfy(event -> assertThat(event.getMDCPropertyMap()).containsEntry(KEY, id));
            assertThat(MDC.get(KEY)).isNull();
        }
    }

    @Test
    void aLongPromptIsCut() {
        try (TestRouter router = TestRouter.over(pi).set("log-prompts", true).build()) {
            router.ask("x".repeat(50_000));
        }
        assertThat(lines("ai.primespark.llm.prompts").get(0))
                .hasSizeLessThan(10_100)
                .endsWith("[40000 more characters]");
    }

    @Test
    void aConsumersOwnContextIsAsItWasBetweenEventsAndAfterwards() {
        MDC.put("user", "u1");
        MDC.put(KEY, "the application's own");
        try (TestRouter router = TestRouter.over(pi).build()) {
            pi.next(LlmScript.text("a", "b").thenFail(Kind.RESET));
            pi.next(LlmScript.text("c"));
            try (LlmCall call = router.engine.open(LlmRequest.prompt("x").build())) {
                int events = 0;
                Iterator<LlmEvent> all = call.iterator();
                try {
                    while (all.hasNext()) {
                        all.next();
                        events++;
                        assertThat(MDC.getCopyOfContextMap())
                                .containsOnly(
                                        java.util.Map.entry("user", "u1"),
                                        java.util.Map.entry(KEY, "the application's own"));
                    }
                } catch (ai.primespark.llm.LlmException e) {
                    assertThat(e.kind()).isEqualTo(Kind.NO_BACKEND);
                }
                assertThat(events).isPositive();
            }
            MDC.remove(KEY);
            router.ask("y");
            pi.next(LlmScript.failing(Kind.REJECTED));
            router.failure("z");
            assertThat(MDC.getCopyOfContextMap()).containsOnlyKeys("user");
        }
    }

    @Test
    void backendsAndPoliciesWorkUnderTheIdOfTheCall() {
        List<String> ids = new ArrayList<>();
        try (TestRouter router = TestRouter.over(pi)
                .policy((request, candidates) -> {
                    ids.add(MDC.get(KEY));
                    return List.of(new ai.primespark.llm.RoutingPolicy.Choice("pi", "the only one"));
                })
                .build()) {
            String id = router.ask("x").trace().requestId();
            assertThat(ids).isNotEmpty().containsOnly(id);
        }
    }

    @Test
    void toolsWorkUnderTheIdOfTheAnswerThatAskedForThem() {
        Set<String> ids = ConcurrentHashMap.newKeySet();
        pi.next(LlmScript.text().thenTool(new ToolInvocation("1", "say", "{\"text\":\"x\"}")));
        pi.next(LlmScript.text("done"));
        ToolFunction tool = ToolFunction.of("say", "Says.", Words.class, words -> {
            ids.add(String.valueOf(MDC.get(KEY)));
            return words.text();
        });
        try (TestRouter router = TestRouter.over(pi).build()) {
            LlmResult<String> result = router.engine.run(LlmRequest.prompt("x").build(), Toolbox.of(tool));

            assertThat(ids)
                    .containsExactly(result.transcript()
                            .steps()
                            .get(0)
                            .response()
                            .trace()
                            .requestId());
            Set<String> left = new HashSet<>();
            for (int i = 0; i < 8; i++) {
                router.context
                        .blocking()
                        .submit(() -> left.add(String.valueOf(MDC.get(KEY))))
                        .get();
            }
            assertThat(left).containsExactly("null");
        } catch (InterruptedException | java.util.concurrent.ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aSecondAttemptIsLoggedUnderTheSameId() throws Exception {
        CountDownLatch slow = new CountDownLatch(1);
        pi.always(LlmScript.pausing(slow));
        nas.always(LlmScript.text("from nas"));
        try (TestRouter router = TestRouter.over(pi, nas)
                .set("hedge.enabled", true)
                .set("hedge.max-share", 50)
                .build()) {
            for (String id : List.of("pi", "nas")) {
                for (int i = 0; i < FirstTokens.ENOUGH; i++) {
                    router.engine
                            .handle(id)
                            .knowledge()
                            .began("m", 1_000_000, Workload.NONE, false, true, System.nanoTime());
                }
            }
            for (int i = 0; i < 4; i++) {
                router.engine.context().hedging().requested();
            }
            Future<String> answer = router.context
                    .blocking()
                    .submit(() -> router.ask(LlmRequest.prompt("x")
                                    .model("m")
                                    .cache(CacheMode.BYPASS)
                                    .build())
                            .trace()
                            .requestId());
            String id = answer.get(20, TimeUnit.SECONDS);
            await().until(() -> lines("ai.primespark.llm.calls").size() == 3);
            assertThat(lines("ai.primespark.llm.calls"))
                    .allMatch(line -> line.startsWith("call " + id + ": "))
                    .anyMatch(line -> line.contains("backend 'pi' (m): outrun after"))
                    .anyMatch(line -> line.contains("backend 'nas' (m): answered after"));
            assertThat(router.meters.count("spark.llm.attempts backend pi outcome outrun"))
                    .isOne();
        } finally {
            slow.countDown();
        }
    }

    @Test
    void listenersHearWhenABackendStandsInForAnother() {
        pi.next(LlmScript.text("half").thenFail(Kind.RESET));
        try (TestRouter router = TestRouter.over(pi, nas).build()) {
            String id = router.ask("x").trace().requestId();

            assertThat(router.events)
                    .filteredOn(SparkEvent.CallFailedOver.class::isInstance)
                    .containsExactly(
                            new SparkEvent.CallFailedOver(router.clock().instant(), id, "pi", "nas", Kind.RESET, 4));
            assertThat(router.events.get(router.events.size() - 1)).isInstanceOf(SparkEvent.CallEnded.class);
        }
    }

    @Test
    void tryingTheSameBackendAgainIsNoFailover() {
        pi.next(LlmScript.failing(Kind.SERVER_ERROR));
        try (TestRouter router = TestRouter.over(pi).build()) {
            assertThat(router.ask("x").trace().attempts()).hasSize(2);
            assertThat(router.events).noneMatch(SparkEvent.CallFailedOver.class::isInstance);
        }
    }
}
