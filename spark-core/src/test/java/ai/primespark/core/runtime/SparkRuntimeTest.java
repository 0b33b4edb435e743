package ai.primespark.core.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import ai.primespark.core.discovery.ProviderKind;
import ai.primespark.spi.Meters;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Settings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SparkRuntimeTest {

    private static final Settings NONE = Settings.of(List.of(), Map.of());

    private static SparkRuntime runtime(Duration grace, Meters meters) {
        return new SparkRuntime("pi", Clock.systemUTC(), Path.of("some/../data"), grace, meters);
    }

    private static SparkRuntime runtime() {
        return runtime(Duration.ofSeconds(30), Meters.discarding());
    }

    private static boolean isVirtual(Thread thread) throws ReflectiveOperationException {
        return Runtime.version().feature() >= 21
                && (boolean) Thread.class.getMethod("isVirtual").invoke(thread);
    }

    @Test
    void blockingWorkRunsOnVirtualThreadsWhereThereAreAnyAndAlwaysOnDaemons() throws Exception {
        try (SparkRuntime runtime = runtime()) {
            Thread worker =
                    runtime.executors().blocking().submit(Thread::currentThread).get();
            Thread timer = runtime.executors()
                    .scheduler()
                    .submit(Thread::currentThread)
                    .get();

            assertThat(worker.isDaemon()).isTrue();
            assertThat(worker.getName()).startsWith("spark-worker-");
            assertThat(isVirtual(worker)).isEqualTo(Runtime.version().feature() >= 21);
            assertThat(runtime.executors().virtual()).isEqualTo(isVirtual(worker));
            assertThat(timer.isDaemon()).isTrue();
            assertThat(timer.getName()).isEqualTo("spark-timer-0");
        }
    }

    @Test
    void closingLeavesNoThreadBehind() throws Exception {
        SparkRuntime runtime = runtime();
        Thread worker =
                runtime.executors().blocking().submit(Thread::currentThread).get();
        Thread timer =
                runtime.executors().scheduler().submit(Thread::currentThread).get();
        runtime.close();

        await().until(() -> !worker.isAlive() && !timer.isAlive());
        assertThatExceptionOfType(RejectedExecutionException.class)
                .isThrownBy(() -> runtime.executors().blocking().execute(() -> {}));
    }

    @Test
    void whatStillRunsIsInterruptedBeforeTheGraceIsOver() throws Exception {
        Duration grace = Duration.ofSeconds(4);
        SparkRuntime runtime = runtime(grace, Meters.discarding());
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        Future<?> hung = runtime.executors().blocking().submit(() -> {
            running.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
        });
        running.await();
        Lifecycle lifecycle = new Lifecycle();
        lifecycle.add("runtime", runtime);

        lifecycle.close(grace); // would throw if the runtime took all of it

        assertThat(interrupted.await(30, TimeUnit.SECONDS)).isTrue();
        hung.get(30, TimeUnit.SECONDS);
    }

    @Test
    void aPluginCannotShutTheExecutorsDown() throws Exception {
        try (SparkRuntime runtime = runtime()) {
            ProviderContext context = runtime.context(ProviderKind.MEMORY_TIER, "hot", NONE);
            for (ExecutorService executor : List.of(context.blocking(), context.scheduler())) {
                executor.shutdown();
                assertThat(executor.shutdownNow()).isEmpty();
                executor.getClass().getMethod("close").invoke(executor); // AutoCloseable since Java 19
                assertThat(executor.isShutdown()).isFalse();
                assertThat(executor.submit(() -> 42).get()).isEqualTo(42);
            }
            assertThat(context.scheduler()
                            .schedule(() -> 43, 1, TimeUnit.MILLISECONDS)
                            .get())
                    .isEqualTo(43);
            CountDownLatch ticks = new CountDownLatch(3);
            Future<?> ticking = context.scheduler().scheduleAtFixedRate(ticks::countDown, 0, 1, TimeUnit.MILLISECONDS);
            ticks.await();
            ticking.cancel(false);
        }
    }

    @Test
    void everyInstanceHasAContextOfItsOwn() {
        try (SparkRuntime runtime = runtime()) {
            ProviderContext context = runtime.context(ProviderKind.MEMORY_TIER, "hot", NONE);

            assertThat(context.id()).isEqualTo("hot");
            assertThat(context.nodeId()).isEqualTo("pi");
            assertThat(context.settings()).isSameAs(NONE);
            assertThat(context.clock()).isSameAs(runtime.clock());
            assertThat(context.dataDirectory())
                    .isEqualTo(
                            Path.of("data").toAbsolutePath().resolve("memory").resolve("hot"));
        }
    }

    @Test
    void metersCarryTheInstancesKindAndId() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        try (SparkRuntime runtime = runtime(Duration.ofSeconds(1), SparkRuntime.meters(registry))) {
            Meters meters =
                    runtime.context(ProviderKind.MEMORY_TIER, "hot", NONE).meters();
            meters.counter("reads", "result", "hit").add(2);
            meters.counter("reads", "result", "hit").increment();
            meters.timer("time").record(Duration.ofMillis(5));
            meters.gauge("size", () -> 7);

            assertThat(registry.get("reads")
                            .tags("result", "hit", "kind", "memory-tier", "id", "hot")
                            .counter()
                            .count())
                    .isEqualTo(3);
            assertThat(registry.get("time")
                            .tags("kind", "memory-tier", "id", "hot")
                            .timer()
                            .count())
                    .isEqualTo(1);
            assertThat(registry.get("size")
                            .tags("kind", "memory-tier", "id", "hot")
                            .gauge()
                            .value())
                    .isEqualTo(7);
        }
    }

    @Test
    void aLaterGaugeReplacesTheEarlierAndALaterInstanceGetsItsOwn() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        try (SparkRuntime runtime = runtime(Duration.ofSeconds(1), SparkRuntime.meters(registry))) {
            runtime.meters().gauge("size", () -> 1, "id", "a");
            runtime.meters().gauge("size", () -> 2, "id", "a");
            runtime.meters().gauge("size", () -> 3, "id", "b");
            assertThat(registry.get("size").tags("id", "a").gauge().value()).isEqualTo(2);
            assertThat(registry.get("size").tags("id", "b").gauge().value()).isEqualTo(3);
        }
        assertThat(registry.find("size").gauges()).isEmpty();

        try (SparkRuntime runtime = runtime(Duration.ofSeconds(1), SparkRuntime.meters(registry))) {
            runtime.meters().gauge("size", () -> 4, "id", "a");
            assertThat(registry.get("size").tags("id", "a").gauge().value()).isEqualTo(4);
        }
        assertThat(registry.isClosed()).isFalse();
    }

    @Test
    void closingOneInstanceLeavesTheGaugeOfAnother() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        try (SparkRuntime first = runtime(Duration.ofSeconds(1), SparkRuntime.meters(registry))) {
            first.meters().gauge("size", () -> 1);
            try (SparkRuntime second = runtime(Duration.ofSeconds(1), SparkRuntime.meters(registry))) {
                second.meters().gauge("size", () -> 2);
            }
            assertThat(registry.get("size").gauge().value()).isEqualTo(1);
        }
    }

    @Test
    void somethingElseThanARegistryIsRefusedByName() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SparkRuntime.meters("registry"))
                .withMessage("must be an io.micrometer.core.instrument.MeterRegistry, but is a java.lang.String");
        assertThat(SparkRuntime.meters(null)).isSameAs(Meters.discarding());
    }
}
