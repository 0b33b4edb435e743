package ai.primespark.core.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.Zone;
import ai.primespark.llm.CacheMode;
import ai.primespark.llm.EmbedRequest;
import ai.primespark.llm.Failover;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.LlmStats;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.RouteTrace;
import ai.primespark.llm.RoutingPolicy;
import ai.primespark.llm.RoutingStrategy;
import ai.primespark.power.PowerProfile;
import ai.primespark.testkit.LlmScript;
import ai.primespark.testkit.ScriptedLlmBackend;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;

/** Whatever fails, whatever a strategy or policy wants: no request goes farther than its privacy allows. */
class PrivacyPropertyTest {

    private static final long SEED = 20_261_123L;
    private static final int ENGINES = Boolean.getBoolean("spark.exhaustive") ? 10_000 : 250;
    private static final int SEQUENCES_PER_ENGINE = 100;

    private final Random random = new Random(SEED);
    private final Map<String, Long> reached = new TreeMap<>(); // requests by "privacy -> zone"
    private long hedges;
    private long failovers;
    private long retries;
    private long cacheHits;

    @Test
    void noRequestEverReachesABackendBeyondItsPrivacy() {
        int answered = 0;
        int farAnswers = 0;
        for (int i = 0; i < ENGINES; i++) {
            List<ScriptedLlmBackend> backends = backends();
            try (TestRouter router = router(backends)) {
                expectHaste(router, backends);
                for (int j = 0; j < SEQUENCES_PER_ENGINE; j++) {
                    backends.forEach(backend -> nextScripts(router, backend));
                    router.profile.set(random.nextInt(4) == 0 ? PowerProfile.SAVING : PowerProfile.FULL);
                    router.edgeOnly.set(random.nextInt(4) == 0);
                    if (random.nextInt(20) == 0) {
                        router.clock().advance(Duration.ofHours(random.nextInt(48)));
                    }
                    LlmRequest request = request();
                    LlmResponse response = ask(router, request);
                    if (response != null) {
                        answered++;
                        farAnswers += response.zone() == Zone.EDGE ? 0 : 1;
                        assertThat(request.privacy().allows(response.zone()))
                                .as("seed %d, engine %d, sequence %d: %s", SEED, i, j, response.trace())
                                .isTrue();
                    }
                }
                atOnce().untilAsserted(() -> assertThat(router.engine.stats().backends())
                        .allSatisfy(b -> assertThat(b.inFlight()).isZero()));
                assertNothingWentTooFar(backends, i);
                count(router.engine.stats());
                assertThat(router.endings()).hasSize(SEQUENCES_PER_ENGINE);
            }
        }
        System.out.println("privacy: " + ENGINES * SEQUENCES_PER_ENGINE + " sequences, seed " + SEED + ", " + answered
                + " answered, " + failovers + " failovers, " + retries + " retries, " + hedges + " hedges, " + cacheHits
                + " cache hits; requests that reached a zone: " + reached);
        assertThat(reached.keySet()).doesNotContain("EDGE_ONLY -> TRUSTED", "EDGE_ONLY -> CLOUD", "TRUSTED -> CLOUD");
        assertThat(reached).containsKeys("EDGE_ONLY -> EDGE", "TRUSTED -> TRUSTED", "ANY -> CLOUD");
        assertThat(List.of(hedges, failovers, retries, cacheHits))
                .allSatisfy(n -> assertThat(n).isGreaterThan(20));
        // the property would be worthless if hardly anything had been answered, or nothing far away
        assertThat(answered).isGreaterThan(ENGINES * SEQUENCES_PER_ENGINE / 4);
        assertThat(farAnswers).isGreaterThan(1_000);
    }

    private void assertNothingWentTooFar(List<ScriptedLlmBackend> backends, int engine) {
        for (ScriptedLlmBackend backend : backends) {
            assertThat(backend.requests())
                    .as("seed %d, engine %d: requests that reached %s", SEED, engine, backend)
                    .allMatch(r -> r.privacy().allows(backend.info().zone()));
            atOnce().until(() -> backend.running() == 0);
            backend.requests()
                    .forEach(r ->
                            reached.merge(r.privacy() + " -> " + backend.info().zone(), 1L, Long::sum));
        }
    }

    /** Looks before it waits: what is asked a thousand times holds already, as a rule. */
    private static ConditionFactory atOnce() {
        return await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(5));
    }

    private void count(LlmStats stats) {
        hedges += stats.hedges();
        failovers += stats.failovers();
        cacheHits += stats.cacheHits();
    }

    /** Lets every backend look as if it usually began at once, so that the slow ones among the scripts are hedged. */
    private static void expectHaste(TestRouter router, List<ScriptedLlmBackend> backends) {
        for (ScriptedLlmBackend backend : backends) {
            HostKnowledge knowledge = router.engine.handle(backend.info().id()).knowledge();
            for (String model : List.of("", "real")) {
                for (int i = 0; i < FirstTokens.ENOUGH; i++) {
                    knowledge.began(model, 50_000, Workload.NONE, false, true, System.nanoTime());
                }
            }
        }
    }

    private LlmResponse ask(TestRouter router, LlmRequest request) {
        if (random.nextInt(10) == 0) {
            embed(router, request.privacy());
        }
        try {
            LlmResponse response = router.ask(request);
            countRetries(response.trace());
            return response;
        } catch (LlmException e) {
            e.trace().ifPresent(this::countRetries);
            return null;
        }
    }

    private void countRetries(RouteTrace trace) {
        retries += trace.attempts().stream()
                .filter(a -> a.reason().startsWith("tried again"))
                .count();
    }

    private static void embed(TestRouter router, Privacy privacy) {
        try {
            var embeddings = router.engine.embed(new EmbedRequest(List.of("x"), "m", privacy));
            assertThat(privacy.allows(embeddings.zone())).isTrue();
        } catch (LlmException e) {
            assertThat(e.trace()).isPresent();
        }
    }

    private List<ScriptedLlmBackend> backends() {
        List<ScriptedLlmBackend> backends = new ArrayList<>();
        int count = 1 + random.nextInt(5);
        for (int i = 0; i < count; i++) {
            backends.add(new ScriptedLlmBackend("b" + i, pick(Zone.values()), random.nextInt(6) == 0));
        }
        return backends;
    }

    private TestRouter router(List<ScriptedLlmBackend> backends) {
        TestRouter.Builder builder = TestRouter.over(backends.toArray(ScriptedLlmBackend[]::new))
                .set("strategy", pick(RoutingStrategy.values()))
                .set("cloud-fallback", random.nextInt(5) != 0)
                .set("retries", random.nextInt(3) == 0 ? 1 : 0)
                .set("retry-backoff", "1 ms")
                .set("hedge.enabled", random.nextBoolean())
                .set("hedge.max-share", 50)
                .set("status-interval", "1 h")
                .set("max-in-flight", 1 + random.nextInt(3))
                .set("cache.enabled", random.nextBoolean())
                .set("circuit.window", 10 + random.nextInt(50))
                .set("circuit.open-time", "1 ms")
                .set("aliases", Map.of("m", "real"));
        return random.nextInt(3) == 0 ? builder.policy(anyPolicy()).build() : builder.build();
    }

    /** A policy that wants everything, in any order, whether it was offered or not. */
    private RoutingPolicy anyPolicy() {
        Random own = new Random(random.nextLong());
        return (request, candidates) -> {
            if (own.nextInt(10) == 0) {
                throw new IllegalStateException("a policy's fault");
            }
            List<RoutingPolicy.Choice> choices = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                choices.add(new RoutingPolicy.Choice("b" + own.nextInt(6), "by chance"));
            }
            return choices;
        };
    }

    private void nextScripts(TestRouter router, ScriptedLlmBackend backend) {
        Kind[] kinds = Kind.values();
        backend.always(
                switch (random.nextInt(20) == 0 ? 9 : random.nextInt(5)) {
                    case 0 -> LlmScript.failing(pick(kinds));
                    case 1 -> LlmScript.text("some").thenFail(pick(kinds));
                    case 2 -> LlmScript.text().thenThinking("hm").thenFail(pick(kinds));
                    case 9 -> slow(router);
                    default -> LlmScript.text("an", " answer");
                });
        if (random.nextInt(8) == 0) {
            backend.down(pick(kinds));
        } else {
            backend.up();
        }
    }

    /** Begins only after a while, so that another backend may be asked beside it; then answers or fails. */
    private LlmScript slow(TestRouter router) {
        CountDownLatch release = new CountDownLatch(1);
        var unused = router.context.scheduler().schedule(release::countDown, 2, TimeUnit.MILLISECONDS);
        LlmScript slow = LlmScript.pausing(release);
        return random.nextBoolean() ? slow.thenText("late") : slow.thenFail(pick(Kind.values()));
    }

    private LlmRequest request() {
        LlmRequest.Builder builder = LlmRequest.prompt("prompt " + random.nextInt(10))
                .privacy(pick(Privacy.values()))
                .cache(pick(CacheMode.values()));
        if (random.nextBoolean()) {
            builder.failover(pick(Failover.values()));
        }
        if (random.nextInt(3) == 0) {
            builder.strategy(pick(RoutingStrategy.values()));
        }
        if (random.nextBoolean()) {
            builder.model("m");
        }
        return builder.build();
    }

    private <T> T pick(T[] values) {
        return values[random.nextInt(values.length)];
    }
}
