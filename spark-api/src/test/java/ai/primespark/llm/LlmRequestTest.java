package ai.primespark.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LlmRequestTest {

    private static final Tool TOOL = new Tool("clock", "Tells the time.", "{}");

    @Test
    void aCopyKeepsEverything() {
        LlmRequest all = LlmRequest.prompt("why?")
                .system("be brief")
                .model("llama")
                .temperature(0.5)
                .topP(0.9)
                .topK(40)
                .maxTokens(200)
                .contextTokens(4096)
                .seed(7)
                .stop("END", "STOP")
                .tool(TOOL)
                .format(OutputFormat.JSON)
                .thinking(Thinking.HIGH)
                .privacy(Privacy.TRUSTED)
                .failover(Failover.CONTINUE)
                .cache(CacheMode.BYPASS)
                .strategy(RoutingStrategy.EDGE_ONLY)
                .timeout(Duration.ofSeconds(9))
                .build();
        LlmRequest copy = all.toBuilder().build();

        assertThat(copy).usingRecursiveComparison().isEqualTo(all);
        assertThat(copy.messages()).containsExactly(Message.system("be brief"), Message.user("why?"));
        assertThat(copy.sampling()).isEqualTo(new SamplingOptions(0.5, 0.9, 40, 200, 4096, 7L, List.of("END", "STOP")));
        assertThat(all).hasNoNullFieldsOrProperties(); // so that a new field without a place in the copy is noticed
    }

    @Test
    void theDefaultsLeaveEverythingToConfigurationAndServer() {
        LlmRequest request = LlmRequest.chat(List.of(Message.user("why?"))).build();

        assertThat(request.model()).isEmpty();
        assertThat(request.sampling()).isEqualTo(SamplingOptions.DEFAULT);
        assertThat(request.tools()).isEmpty();
        assertThat(request.format()).isEqualTo(OutputFormat.PLAIN);
        assertThat(request.thinking()).isEqualTo(Thinking.DEFAULT);
        assertThat(request.privacy()).isEqualTo(Privacy.ANY);
        assertThat(request.cache()).isEqualTo(CacheMode.USE);
        assertThat(request.strategy()).isEmpty();
        assertThat(request.timeout()).isEmpty();
    }

    @Test
    void failoverRestartsPlainTextAndFailsWhatAProgramReads() {
        assertThat(LlmRequest.prompt("x").build().failover()).isEqualTo(Failover.RESTART);
        assertThat(LlmRequest.prompt("x").tool(TOOL).build().failover()).isEqualTo(Failover.FAIL);
        assertThat(LlmRequest.prompt("x").format(OutputFormat.JSON).build().failover())
                .isEqualTo(Failover.FAIL);
        assertThat(LlmRequest.prompt("x")
                        .format(OutputFormat.schema("{}"))
                        .build()
                        .failover())
                .isEqualTo(Failover.FAIL);
        assertThat(LlmRequest.prompt("x")
                        .tool(TOOL)
                        .failover(Failover.RESTART)
                        .build()
                        .failover())
                .isEqualTo(Failover.RESTART);
    }

    @Test
    void neverPrintsAMessage() {
        assertThat(LlmRequest.prompt("hunter2").system("hunter3").model("llama").build())
                .hasToString("LlmRequest[2 messages, model=llama, ANY]");
    }

    static Stream<UnaryOperator<LlmRequest.Builder>> mistakes() {
        return Stream.of(
                b -> b.temperature(-0.1),
                b -> b.temperature(2.1),
                b -> b.temperature(Double.NaN),
                b -> b.topP(0),
                b -> b.topP(1.1),
                b -> b.topK(0),
                b -> b.maxTokens(0),
                b -> b.contextTokens(-1),
                b -> b.timeout(Duration.ZERO),
                b -> b.timeout(Duration.ofSeconds(-1)));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void refusesWhatIsOutOfRange(UnaryOperator<LlmRequest.Builder> mistake) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> mistake.apply(LlmRequest.prompt("x")).build());
    }

    @Test
    void takesTheEndsOfTheRanges() {
        SamplingOptions low =
                LlmRequest.prompt("x").temperature(0).topP(1).topK(1).build().sampling();
        assertThat(low.temperature()).isZero();
        assertThat(LlmRequest.prompt("x").temperature(2).build().sampling().temperature())
                .isEqualTo(2);
    }

    @Test
    void needsAMessage() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LlmRequest.chat(List.of()).build())
                .withMessage("a request needs at least one message");
    }

    @Test
    void aBuilderThatGoesOnDoesNotChangeWhatItMade() {
        LlmRequest.Builder builder = LlmRequest.prompt("x");
        LlmRequest request = builder.build();
        builder.message(Message.user("y")).tool(TOOL);

        assertThat(request.messages()).hasSize(1);
        assertThat(request.tools()).isEmpty();
    }
}
