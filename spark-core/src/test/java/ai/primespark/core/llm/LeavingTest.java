package ai.primespark.core.llm;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.Zone;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmException.Kind;
import ai.primespark.spi.Meters;
import ai.primespark.spi.Settings;
import ai.primespark.testkit.LlmScript;
import ai.primespark.testkit.MutableClock;
import ai.primespark.testkit.ScriptedLlmBackend;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;

/** What was taken from a backend is given back, whatever goes wrong while that is noted down. */
class LeavingTest {

    private static final int THREADS = 4;
    private static final int CALLS = 20_000;

    private static BackendHandle handle() {
        Settings settings = Settings.of(
                LlmSettings.ALL, Map.of("circuit.window", 10, "circuit.open-time", "1 ms", "max-in-flight", THREADS));
        return new BackendHandle(
                new ScriptedLlmBackend("pi", Zone.EDGE),
                settings,
                new MutableClock(),
                Meters.discarding(),
                event -> {});
    }

    private static LlmException failure() {
        return LlmException.builder(Kind.RESET, "pi", "it broke").build();
    }

    @Test
    void aFaultOfTheMetersChangesNothing() {
        Meters faulty = new Meters() {
            @Override
            public Counter counter(String name, String... tags) {
                return amount -> {
                    if (List.of(tags).contains("reset")) {
                        throw new IllegalStateException("the registry is faulty");
                    }
                };
            }

            @Override
            public Timer timer(String name, String... tags) {
                return Meters.discarding().timer(name, tags);
            }

            @Override
            public void gauge(String name, DoubleSupplier value, String... tags) {}
        };
        ScriptedLlmBackend pi = new ScriptedLlmBackend("pi", Zone.EDGE);
        pi.next(LlmScript.failing(Kind.RESET));
        try (TestRouter router =
                TestRouter.over(pi).set("retries", 0).meters(faulty).build()) {
            assertThat(router.failure("x").kind()).isEqualTo(Kind.NO_BACKEND);
            assertThat(router.stats("pi").inFlight()).isZero();
            assertThat(router.ask("x").text()).isEqualTo("a scripted answer");
        }
    }

    /** The lock-free window of Resilience4j 2.4.0 did not survive this. */
    @Test
    void callsThatEndAtTheSameTimeAreAllCountedByTheCircuit() throws Exception {
        BackendHandle pi = handle();
        CyclicBarrier together = new CyclicBarrier(THREADS);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<?>> ends = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                boolean fails = i % 2 == 0;
                ends.add(threads.submit(() -> {
                    together.await();
                    for (int call = 0; call < CALLS; call++) {
                        if (pi.admit() == null) {
                            pi.leave(1_000, fails ? failure() : null, false);
                        }
                    }
                    return null;
                }));
            }
            for (Future<?> end : ends) {
                end.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(pi.inFlight()).isZero();
        assertThat(pi.stats().failures()).isPositive();
    }
}
