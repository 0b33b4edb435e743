package ai.primespark.core.llm;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.Zone;
import ai.primespark.llm.CacheMode;
import ai.primespark.llm.EmbedRequest;
import ai.primespark.llm.Failover;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.RoutingPolicy;
import ai.primespark.llm.RoutingStrategy;
import ai.primespark.testkit.LlmScript;
import ai.primespark.testkit.ScriptedLlmBackend;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whatever fails, whatever a strategy or policy wants: no request goes farther than its privacy allows. */
class PrivacyPropertyTest {

    private static final long SEED = 20_261_123L;
    private static final int ENGINES = 250;
    private static final int SEQUENCES_PER_ENGINE = 100;

    private final Random random = new Random(SEED);

    @Test
    void noRequestEverReachesABackendBeyondItsPrivacy() {
        System.out.println("privacy sequences: " + ENGINES * SEQUENCES_PER_ENGINE + ", seed " + SEED);
        int answered = 0;
        int farAnswers = 0;
        for (int i = 0; i < ENGINES; i++) {
            List<ScriptedLlmBackend> backends = backends();
            try (TestRouter router = router(backends)) {
                for (int j = 0; j < SEQUENCES_PER_ENGINE; j++) {
                    backends.forEach(this::nextScripts);
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
                assertNothingWentTooFar(backends, i);
                assertThat(router.engine.stats().backends())
                        .allSatisfy(b -> assertThat(b.inFlight()).isZero());
                assertThat(router.endings()).hasSize(SEQUENCES_PER_ENGINE);
            }
        }
        // the property would be worthless if hardly anything had been answered, or nothing far away
        assertThat(answered).isGreaterThan(ENGINES * SEQUENCES_PER_ENGINE / 4);
        assertThat(farAnswers).isGreaterThan(1_000);
    }

    private void assertNothingWentTooFar(List<ScriptedLlmBackend> backends, int engine) {
        for (ScriptedLlmBackend backend : backends) {
            assertThat(backend.requests())
                    .as("seed %d, engine %d: requests that reached %s", SEED, engine, backend)
                    .allMatch(r -> r.privacy().allows(backend.info().zone()));
            assertThat(backend.running()).isZero();
        }
    }

    private LlmResponse ask(TestRouter router, LlmRequest request) {
        if (random.nextInt(10) == 0) {
            embed(router, request.privacy());
        }
        try {
            return router.ask(request);
        } catch (LlmException e) {
            return null;
        }
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
                .set("retries", 0)
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

    private void nextScripts(ScriptedLlmBackend backend) {
        Kind[] kinds = Kind.values();
        backend.always(
                switch (random.nextInt(5)) {
                    case 0 -> LlmScript.failing(pick(kinds));
                    case 1 -> LlmScript.text("some").thenFail(pick(kinds));
                    case 2 -> LlmScript.text().thenThinking("hm").thenFail(pick(kinds));
                    default -> LlmScript.text("an", " answer");
                });
        if (random.nextInt(8) == 0) {
            backend.down(pick(kinds));
        } else {
            backend.up();
        }
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
