package ai.primespark.core.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.primespark.Zone;
import ai.primespark.llm.AnswerFormatException;
import ai.primespark.llm.FinishReason;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResult;
import ai.primespark.llm.Message;
import ai.primespark.llm.Tool;
import ai.primespark.llm.ToolFunction;
import ai.primespark.llm.ToolInvocation;
import ai.primespark.llm.ToolMethod;
import ai.primespark.llm.ToolResult;
import ai.primespark.llm.Toolbox;
import ai.primespark.testkit.LlmScript;
import ai.primespark.testkit.ScriptedLlmBackend;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How long tools may run, who says so, and what is counted. */
class ToolLimitsTest {

    private static final String SCHEMA = "{\"type\":\"object\"}";
    private static final Duration FOREVER = Duration.ofHours(1);

    private ScriptedLlmBackend pi = new ScriptedLlmBackend("pi", Zone.EDGE);
    private final CountDownLatch never = new CountDownLatch(1);
    private final CountDownLatch interrupted = new CountDownLatch(1);
    private TestRouter router = TestRouter.over(pi).build();

    @AfterEach
    void close() {
        never.countDown();
        router.close();
    }

    @Test
    void aToolsOwnLimitGoesBeforeThatOfItsToolbox() {
        ToolFunction hangs = hanging().within(FOREVER).within(Duration.ofMillis(31));
        assertThat(runWith(Toolbox.builder().add(hangs).timeLimit(FOREVER).build()))
                .isEqualTo("The tool took longer than 31 ms and was stopped.");
    }

    @Test
    void aToolMayHaveLongerThanItsToolboxSays() {
        pi.next(asking());
        pi.next(LlmScript.text("ok"));
        CountDownLatch later = new CountDownLatch(1);
        ToolFunction slow = tool(arguments -> {
            var unused = router.context.scheduler().schedule(later::countDown, 20, TimeUnit.MILLISECONDS);
            later.await();
            return "late but whole";
        });
        router.engine.run(
                question(),
                Toolbox.builder()
                        .add(slow.within(FOREVER))
                        .timeLimit(Duration.ofNanos(1))
                        .build());
        assertThat(told()).isEqualTo("late but whole");
    }

    @Test
    void aMethodMayHaveALimit() {
        assertThat(runWith(Toolbox.builder().add(this).timeLimit(FOREVER).build()))
                .isEqualTo("The tool took longer than 32 ms and was stopped.");
    }

    @ToolMethod(value = "Hangs.", timeLimitMillis = 32)
    String hang() throws InterruptedException {
        try {
            never.await();
            return "";
        } catch (InterruptedException e) {
            interrupted.countDown();
            throw e;
        }
    }

    @Test
    void theSettingHoldsWhereNothingElseIsSaid() {
        router.close();
        pi = new ScriptedLlmBackend("pi", Zone.EDGE);
        router = TestRouter.over(pi).set("tools.timeout", "33 ms").build();
        assertThat(runWith(Toolbox.of(hanging()))).isEqualTo("The tool took longer than 33 ms and was stopped.");
        assertThat(router.meters.timed("spark.llm.tools tool hang outcome timed-out"))
                .isEqualTo(1);
    }

    @Test
    void limitsArePositive() {
        assertThatThrownBy(() -> hanging().within(Duration.ZERO)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Toolbox.builder().timeLimit(Duration.ofMillis(-1)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void toolsAreTimedByNameAndOutcomeAndNamesThatTheModelMadeUpAreNot() {
        pi.next(asking().thenTool(new ToolInvocation("2", "invented", "{}")));
        pi.next(LlmScript.text("ok"));
        router.engine.run(question(), Toolbox.of(tool(arguments -> "found")));
        assertThat(router.meters.timed("spark.llm.tools tool hang outcome done"))
                .isEqualTo(1);
        assertThat(router.meters.timed("spark.llm.tools tool other outcome unknown-tool"))
                .isEqualTo(1);
    }

    @Test
    void namesOfToolsDoNotGrowTheMetersWithoutBound() {
        for (int i = 0; i < 70; i++) {
            String name = "tool" + i;
            pi.next(LlmScript.text("hm").thenTool(new ToolInvocation("1", name, "{}")));
            pi.next(LlmScript.text("ok"));
            router.engine.run(
                    question(), Toolbox.of(ToolFunction.of(new Tool(name, "Works.", SCHEMA), arguments -> "found")));
        }
        assertThat(router.meters.timed("spark.llm.tools tool tool63 outcome done"))
                .isEqualTo(1);
        assertThat(router.meters.timed("spark.llm.tools tool tool64 outcome done"))
                .isZero();
        assertThat(router.meters.timed("spark.llm.tools tool other outcome done"))
                .isEqualTo(6);
    }

    @Test
    void toolsOfAnAnswerThatAFilterCutAreNotRun() {
        pi.always(asking().thenDone(FinishReason.FILTERED));
        assertThatThrownBy(() -> router.engine.run(question(), Toolbox.of(hanging())))
                .isInstanceOf(AnswerFormatException.class)
                .hasMessageContaining("none was run");
        assertThat(pi.requests()).hasSize(1);
    }

    /** What the model is told of a tool that hangs, after which the run goes on and the tool was interrupted. */
    private String runWith(Toolbox toolbox) {
        pi.next(asking());
        pi.next(LlmScript.text("never mind"));
        LlmResult<String> result = router.engine.run(question(), toolbox);
        assertThat(result.value()).isEqualTo("never mind");
        assertThat(result.transcript().steps().get(0).results())
                .extracting(ToolResult::outcome)
                .containsExactly(ToolResult.Outcome.TIMED_OUT);
        await().until(() -> interrupted.getCount() == 0);
        return told();
    }

    private String told() {
        return pi.requests().get(1).messages().stream()
                .filter(message -> message.role() == Message.Role.TOOL)
                .findFirst()
                .orElseThrow()
                .content();
    }

    private ToolFunction hanging() {
        return tool(arguments -> hang());
    }

    private static ToolFunction tool(ToolFunction.Body<String> body) {
        return ToolFunction.of(new Tool("hang", "May hang.", SCHEMA), body);
    }

    private static LlmScript asking() {
        return LlmScript.text("hm").thenTool(new ToolInvocation("1", "hang", "{}"));
    }

    private static LlmRequest question() {
        return LlmRequest.prompt("Do I need an umbrella?").build();
    }
}
