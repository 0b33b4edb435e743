package ai.primespark.core.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.Zone;
import ai.primespark.core.llm.observe.AttemptMeters;
import ai.primespark.core.llm.observe.AttemptWatch;
import ai.primespark.core.llm.observe.CallReports;
import ai.primespark.core.llm.observe.CallWatch;
import ai.primespark.core.llm.observe.Spans;
import ai.primespark.core.runtime.SparkRuntime;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.RoutingStrategy;
import ai.primespark.llm.Usage;
import ai.primespark.testkit.LlmScript;
import ai.primespark.testkit.MutableClock;
import ai.primespark.testkit.ScriptedLlmBackend;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What a Micrometer registry shows of calls: the names and tags that docs/observability.md promises. */
class LlmMetersTest {

    private final ScriptedLlmBackend pi = new ScriptedLlmBackend("pi", Zone.EDGE);
    private final ScriptedLlmBackend cloud = new ScriptedLlmBackend("cloud", Zone.CLOUD);
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    private TestRouter.Builder router() {
        return TestRouter.over(pi, cloud).meters(SparkRuntime.meters(registry));
    }

    private static LlmRequest request(String model) {
        return LlmRequest.prompt("x").model(model).build();
    }

    private double count(String name, String... tags) {
        return registry.get(name).tags(tags).counter().count();
    }

    private double gauge(String name, String backend) {
        return registry.get(name).tags("backend", backend).gauge().value();
    }

    @Test
    void everyMeterHasTheNameTheTypeAndTheTagsThatAreDocumented() {
        try (TestRouter router = router().build()) {
            pi.next(LlmScript.failing(Kind.OVERLOADED));
            router.ask(request("m"));
            router.ask(request("m"));

            Map<String, String> shown = registry.getMeters().stream()
                    .collect(Collectors.toMap(
                            meter -> meter.getId().getName(),
                            meter -> meter.getId().getType() + " "
                                    + meter.getId().getTags().stream()
                                            .map(Tag::getKey)
                                            .sorted()
                                            .toList(),
                            (a, b) -> a));
            assertThat(shown)
                    .containsEntry("spark.llm.calls", "TIMER [outcome, strategy]")
                    .containsEntry("spark.llm.first.token", "TIMER [backend, model]")
                    .containsEntry("spark.llm.tokens", "COUNTER [backend, direction, model]")
                    .containsEntry("spark.llm.attempts", "COUNTER [backend, outcome]")
                    .containsEntry("spark.llm.failovers", "COUNTER [from, to]")
                    .containsEntry("spark.llm.hedges", "COUNTER [outcome]")
                    .containsEntry("spark.llm.cache", "COUNTER [outcome]")
                    .containsEntry("spark.llm.circuit", "GAUGE [backend]")
                    .containsEntry("spark.llm.in.flight", "GAUGE [backend]")
                    .containsEntry("spark.llm.queued", "GAUGE [backend]");
        }
    }

    @Test
    void callsAreTimedByOutcomeAndStrategyAndAttemptsAreCountedByBackend() {
        try (TestRouter router = router().build()) {
            pi.next(LlmScript.failing(Kind.OVERLOADED));
            router.ask(request("m"));
            router.ask(request("m"));
            router.ask(LlmRequest.prompt("y")
                    .model("m")
                    .strategy(RoutingStrategy.CLOUD_FIRST)
                    .build());
            pi.next(LlmScript.failing(Kind.REJECTED));
            router.failure(request("other"));

            assertThat(calls("answered", "edge-first")).isOne();
            assertThat(calls("cached", "edge-first")).isOne();
            assertThat(calls("answered", "cloud-first")).isOne();
            assertThat(calls("rejected", "edge-first")).isOne();
            assertThat(registry.get("spark.llm.calls")
                            .tags("outcome", "answered", "strategy", "edge-first")
                            .timer()
                            .totalTime(TimeUnit.NANOSECONDS))
                    .isPositive();
            assertThat(count("spark.llm.attempts", "backend", "pi", "outcome", "overloaded"))
                    .isOne();
            assertThat(count("spark.llm.attempts", "backend", "pi", "outcome", "rejected"))
                    .isOne();
            assertThat(count("spark.llm.attempts", "backend", "cloud", "outcome", "answered"))
                    .isEqualTo(2);
            assertThat(count("spark.llm.failovers", "from", "pi", "to", "cloud"))
                    .isOne();
            assertThat(count("spark.llm.cache", "outcome", "hit")).isOne();
            assertThat(registry.get("spark.llm.first.token")
                            .tags("backend", "cloud", "model", "m")
                            .timer()
                            .count())
                    .isEqualTo(2);
            assertThat(registry.find("spark.llm.first.token")
                            .tags("backend", "pi")
                            .timers())
                    .isEmpty();
        }
    }

    private long calls(String outcome, String strategy) {
        return registry.get("spark.llm.calls")
                .tags("outcome", outcome, "strategy", strategy)
                .timer()
                .count();
    }

    @Test
    void tokensAreCountedAsTheServerSays() {
        AttemptMeters meters = new AttemptMeters(SparkRuntime.meters(registry), "pi", Set.of());
        CallWatch call =
                new CallReports(Spans.NONE, false, new MutableClock(), event -> {}).call("id", "m", request("m"));
        for (Usage usage : List.of(new Usage(20, 5), Usage.NONE, new Usage(1, 0))) {
            call.attempt(pi.info(), meters, "m")
                    .ended(new AttemptWatch.Ending(
                            "m", 5, -1, 0, null, false, new AttemptWatch.Answer("m", "STOP", usage)));
        }
        assertThat(count("spark.llm.tokens", "backend", "pi", "model", "m", "direction", "prompt"))
                .isEqualTo(21);
        assertThat(count("spark.llm.tokens", "backend", "pi", "model", "m", "direction", "answer"))
                .isEqualTo(5);
        assertThat(count("spark.llm.attempts", "backend", "pi", "outcome", "answered"))
                .isEqualTo(3);
    }

    @Test
    void theCircuitIsANumber() {
        try (TestRouter router = router().set("circuit.open-time", "1 ms").build()) {
            assertThat(gauge("spark.llm.circuit", "pi")).isZero();
            pi.down(Kind.UNREACHABLE);
            cloud.down(Kind.UNREACHABLE);
            for (int i = 0; i < 5; i++) {
                assertThat(router.failure(request("m")).kind()).isEqualTo(Kind.NO_BACKEND);
            }
            assertThat(gauge("spark.llm.circuit", "cloud")).isEqualTo(2);
            pi.up();
            await().ignoreExceptions().until(() -> router.ask(request("m")).backend(), "pi"::equals);
            assertThat(gauge("spark.llm.circuit", "pi")).isZero();
            assertThat(gauge("spark.llm.in.flight", "pi")).isZero();
        }
    }

    @Test
    void thousandsOfModelNamesAreFewSeriesAndTheConfiguredOnesAreAlwaysAmongThem() {
        Map<String, String> aliases = Map.of("clever", "Big-Model:latest", "cloud/fast", "tiny");
        try (TestRouter router =
                router().set("aliases", aliases).set("default-model", "usual").build()) {
            for (int i = 0; i < 1_000; i++) {
                router.ask(request("m" + i));
            }
            router.ask(request("clever"));
            router.ask("without a model");

            Set<String> models = registry.find("spark.llm.first.token").meters().stream()
                    .map(Meter::getId)
                    .map(id -> id.getTag("model"))
                    .collect(Collectors.toSet());
            assertThat(models).hasSize(67).contains("m0", "m63", "other", "big-model", "usual");
            assertThat(registry.get("spark.llm.first.token")
                            .tags("backend", "pi", "model", "other")
                            .timer()
                            .count())
                    .isEqualTo(936);
            assertThat(registry.getMeters().size()).isLessThan(260);
        }
    }
}
