package ai.primespark.core.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.primespark.Zone;
import ai.primespark.core.health.Checked;
import ai.primespark.event.SparkEvent;
import ai.primespark.health.HealthStatus;
import ai.primespark.llm.BackendModels;
import ai.primespark.llm.EmbedRequest;
import ai.primespark.llm.Embeddings;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmStats;
import ai.primespark.llm.ModelInfo;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.RouteTrace;
import ai.primespark.spi.Settings;
import ai.primespark.testkit.LlmScript;
import ai.primespark.testkit.ScriptedLlmBackend;
import ai.primespark.testkit.TestContext;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class EngineViewsTest {

    private final ScriptedLlmBackend pi = new ScriptedLlmBackend("pi", Zone.EDGE);
    private final ScriptedLlmBackend cloud = new ScriptedLlmBackend("cloud", Zone.CLOUD);

    @Test
    void embeddingsComeFromTheFirstBackendThatCanMakeThem() {
        FaultyBackend none = new FaultyBackend("none", Zone.EDGE); // keeps the default: no embeddings
        try (TestRouter router = TestRouter.over(none, cloud, pi)
                .set("aliases", Map.of("e", "embedder"))
                .build()) {
            Embeddings embeddings = router.engine.embed(EmbedRequest.of("e", "a", "b"));

            assertThat(embeddings.backend()).isEqualTo("pi");
            assertThat(embeddings.model()).isEqualTo("embedder");
            assertThat(embeddings.vectors()).hasSize(2);
            assertThat(router.stats("none").circuit()).isEqualTo(LlmStats.Circuit.CLOSED);
            assertThat(router.stats("none").inFlight()).isZero();
        }
    }

    @Test
    void embeddingsKeepToPrivacyAndSayWhyNobodyMadeThem() {
        pi.down(Kind.UNREACHABLE);
        try (TestRouter router = TestRouter.over(pi, cloud).build()) {
            EmbedRequest request = new EmbedRequest(List.of("private words"), null, Privacy.EDGE_ONLY);

            assertThatThrownBy(() -> router.engine.embed(request)).isInstanceOfSatisfying(LlmException.class, e -> {
                assertThat(e.kind()).isEqualTo(Kind.NO_BACKEND);
                assertThat(e)
                        .hasMessageContaining("'pi' failed (UNREACHABLE)")
                        .hasMessageContaining("'cloud' was not asked")
                        .hasMessageNotContaining("private");
                assertThat(e.trace().orElseThrow().attempts()).hasSize(1);
            });
            assertThat(router.engine
                            .embed(new EmbedRequest(List.of("x"), null, Privacy.ANY))
                            .backend())
                    .isEqualTo("cloud");
        }
    }

    @Test
    void embeddingsThatAreRejectedAreNotTriedElsewhere() {
        pi.down(Kind.REJECTED);
        try (TestRouter router = TestRouter.over(pi, cloud).build()) {
            assertThatThrownBy(() -> router.engine.embed(EmbedRequest.of("m", "x")))
                    .isInstanceOfSatisfying(LlmException.class, e -> {
                        assertThat(e.kind()).isEqualTo(Kind.REJECTED);
                        assertThat(e.trace()).isPresent();
                    });
        }
    }

    @Test
    void failingEmbeddingsOpenTheCircuit() {
        pi.down(Kind.SERVER_ERROR);
        try (TestRouter router =
                TestRouter.over(pi, cloud).set("circuit.window", 2).build()) {
            router.engine.embed(EmbedRequest.of("m", "x"));
            assertThat(router.stats("pi").circuit()).isEqualTo(LlmStats.Circuit.OPEN);
            assertThat(router.ask("x").trace().skipped()).hasSize(1);
        }
    }

    @Test
    void modelsListsEveryBackendAndWhyOneDidNotAnswer() {
        FaultyBackend faulty = new FaultyBackend("faulty", Zone.TRUSTED);
        pi.models(new ModelInfo("llama3.2:1b", "", -1, true, 0, null, List.of("completion"), false));
        cloud.down(Kind.UNREACHABLE);
        try (TestRouter router = TestRouter.over(cloud, pi, faulty).build()) {
            List<BackendModels> models = router.engine.models();

            assertThat(models).extracting(BackendModels::backend).containsExactly("cloud", "pi", "faulty");
            assertThat(models).extracting(BackendModels::reachable).containsExactly(false, true, false);
            assertThat(models.get(0).detail()).isNotEmpty();
            assertThat(models.get(1).models()).extracting(ModelInfo::name).containsExactly("llama3.2:1b");
            assertThat(models.get(2).detail()).isEqualTo("status is broken");
        }
    }

    @Test
    void aBackendThatDoesNotReturnKeepsOneThreadHoweverOftenModelsAreListed() {
        FaultyBackend faulty = new FaultyBackend("faulty", Zone.TRUSTED);
        faulty.deaf = true;
        try (TestRouter router = TestRouter.over(pi, faulty).build()) {
            assertThat(router.engine.models().get(1).detail()).isEqualTo("did not answer within 2 s");
            for (int i = 0; i < 5; i++) {
                List<BackendModels> models = router.engine.models();
                assertThat(models.get(0).reachable()).isTrue();
                assertThat(models.get(1).detail())
                        .isEqualTo("is not asked: it has not returned from being asked before");
            }
            assertThat(faulty.asked).hasValue(1);

            faulty.deaf = false;
            await().until(() -> router.engine.models().get(1).detail().equals("status is broken"));
        } finally {
            faulty.deaf = false;
        }
    }

    /** Health and a user may ask at the same moment. */
    @Test
    void whoAsksWhileABackendHasNotReturnedGetsTheSameAnswer() throws Exception {
        FaultyBackend slow = new FaultyBackend("slow", Zone.TRUSTED);
        slow.deaf = true;
        try (TestRouter router = TestRouter.over(slow).build()) {
            List<String> details = new CopyOnWriteArrayList<>();
            Runnable question = () -> details.add(
                    router.engine.models(Duration.ofSeconds(30)).get(0).detail());
            Thread first = new Thread(question);
            first.start();
            await().until(() -> slow.asked.get() == 1);
            Thread second = new Thread(question);
            second.start();
            await().until(() ->
                    second.getState() == Thread.State.TIMED_WAITING || second.getState() == Thread.State.TERMINATED);
            slow.deaf = false;
            first.join();
            second.join();

            assertThat(details).containsExactly("status is broken", "status is broken");
        } finally {
            slow.deaf = false;
        }
    }

    @Test
    void healthWaitsForBackendsForLessThanItsOwnTime() {
        FaultyBackend faulty = new FaultyBackend("faulty", Zone.TRUSTED);
        faulty.deaf = true;
        try (TestRouter router = TestRouter.over(pi, faulty).build()) {
            Checked checked = RoutingHealth.of(router.engine, Duration.ofMillis(500));

            assertThat(checked.parts().get("faulty").message()).isEqualTo("did not answer within 400 ms");
            assertThat(checked.whole().status()).isEqualTo(HealthStatus.DEGRADED);
        } finally {
            faulty.deaf = false;
        }
    }

    @Test
    void anUnknownBackendIsAMistakeOfTheCaller() {
        try (TestRouter router = TestRouter.over(pi, cloud).build()) {
            assertThat(router.engine.modelManager("pi")).isEmpty();
            assertThat(router.engine.documents()).isEmpty();
            assertThat(router.engine.isLastResort("pi")).isFalse();
            assertThatThrownBy(() -> router.engine.modelManager("p"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("there is no backend 'p', there are [pi, cloud]");
        }
    }

    @Test
    void twoBackendsOfOneIdAreRefused() {
        assertThatThrownBy(() -> TestRouter.over(pi, new ScriptedLlmBackend("pi", Zone.CLOUD))
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'pi'");
    }

    @Test
    void statsKeepTheLatestFiftyTracesNewestFirst() {
        try (TestRouter router = TestRouter.over(pi).set("cache.enabled", false).build()) {
            for (int i = 0; i < 60; i++) {
                router.ask("x");
            }
            LlmStats stats = router.engine.stats();

            assertThat(stats.requests()).isEqualTo(60);
            assertThat(stats.recent()).hasSize(50);
            List<String> expected = router.endings().stream()
                    .map(e -> e.trace().requestId())
                    .skip(10)
                    .sorted(java.util.Comparator.comparing(
                                    (String id) -> Integer.parseInt(id.substring(id.lastIndexOf('-') + 1)))
                            .reversed())
                    .toList();
            assertThat(stats.recent())
                    .extracting(RouteTrace::requestId)
                    .containsExactlyElementsOf(expected)
                    .doesNotHaveDuplicates();
            assertThat(stats.backends()).singleElement().satisfies(b -> {
                assertThat(b.requests()).isEqualTo(60);
                assertThat(b.failures()).isZero();
                assertThat(b.type()).isEqualTo("scripted");
                assertThat(b.timeToFirstToken()).isPresent();
            });
        }
    }

    @Test
    void metersCountCallsAttemptsAndFirstTokens() {
        pi.next(LlmScript.failing(Kind.TIMEOUT));
        try (TestRouter router = TestRouter.over(pi, cloud).build()) {
            router.ask("x");
            pi.next(LlmScript.failing(Kind.REJECTED));
            router.failure("y");

            assertThat(router.meters.timed("spark.llm.calls outcome answered")).isOne();
            assertThat(router.meters.timed("spark.llm.calls outcome rejected")).isOne();
            assertThat(router.meters.count("spark.llm.attempts backend pi outcome timeout"))
                    .isOne();
            assertThat(router.meters.count("spark.llm.attempts backend pi outcome rejected"))
                    .isOne();
            assertThat(router.meters.count("spark.llm.attempts backend cloud outcome answered"))
                    .isOne();
            assertThat(router.meters.timed("spark.llm.first.token backend cloud"))
                    .isOne();
            assertThat(router.endings()).extracting(SparkEvent.CallEnded::error).containsExactly(null, Kind.REJECTED);
        }
    }

    @Test
    void aListenerThatFailsDoesNotDisturbTheCall() {
        try (TestContext context = TestContext.create();
                LlmEngine engine = new LlmEngine(
                        Settings.of(LlmSettings.ALL, Map.of()),
                        List.of(pi),
                        LlmEnvironment.builder(context.clock(), context.blocking(), context.scheduler(), "node")
                                .listener(event -> {
                                    throw new IllegalStateException("a listener's fault");
                                })
                                .build())) {
            assertThat(engine.generate(LlmRequest.prompt("x").build()).text()).isEqualTo("a scripted answer");
            assertThat(engine.stats().recent()).hasSize(1);
        }
    }

    @Test
    void twoEnginesShareNothing() {
        try (TestRouter one = TestRouter.over(pi).build();
                TestRouter other = TestRouter.over(cloud).build()) {
            one.ask("x");
            one.engine.close();

            assertThat(other.ask("x").cached()).isFalse();
            assertThat(other.engine.stats().requests()).isOne();
        }
    }
}
