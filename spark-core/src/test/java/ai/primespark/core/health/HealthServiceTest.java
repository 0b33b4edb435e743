package ai.primespark.core.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import ai.primespark.core.runtime.EventBus;
import ai.primespark.core.runtime.SparkRuntime;
import ai.primespark.event.SparkEvent;
import ai.primespark.health.HealthImpact;
import ai.primespark.health.HealthIndicator;
import ai.primespark.health.HealthProbe;
import ai.primespark.health.HealthReport;
import ai.primespark.health.HealthResult;
import ai.primespark.health.HealthStatus;
import ai.primespark.spi.Meters;
import ai.primespark.spi.Settings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HealthServiceTest {

    private final ExecutorService executor = Executors.newCachedThreadPool();
    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
    private final EventBus events = new EventBus(executor, Clock.systemUTC());
    private final List<HealthStatus> changes = new CopyOnWriteArrayList<>();
    private final Map<String, List<HealthStatus>> changesOf = new ConcurrentHashMap<>();

    @AfterEach
    void stop() {
        timer.shutdownNow();
        executor.shutdownNow();
    }

    private HealthService service(String timeout, ExecutorService checks) {
        events.subscribe(SparkEvent.HealthChanged.class, e -> {
            changes.add(e.status());
            changesOf
                    .computeIfAbsent(e.component(), unused -> new CopyOnWriteArrayList<>())
                    .add(e.status());
        });
        return new HealthService(
                Settings.of(HealthSettings.ALL, Map.of("interval", "100 ms", "timeout", timeout)),
                checks,
                timer,
                Clock.systemUTC(),
                events);
    }

    private HealthService service(String timeout) {
        return service(timeout, executor);
    }

    private static HealthResult result(HealthService service, String component) {
        HealthReport.Component latest = service.report().components().get(component);
        return latest == null ? null : latest.result();
    }

    private static void awaitStatus(HealthService service, String component, HealthStatus status) {
        await().until(() -> {
            HealthResult latest = result(service, component);
            return latest != null && latest.status() == status;
        });
    }

    @Test
    void checksInTheBackgroundAgainAndAgain() {
        try (HealthService service = service("5 s")) {
            AtomicInteger runs = new AtomicInteger();
            service.register("part", () -> HealthResult.healthy("run " + runs.incrementAndGet()));
            await().until(() -> runs.get() >= 3);

            awaitStatus(service, "part", HealthStatus.HEALTHY);
            assertThat(service.report().status()).isEqualTo(HealthStatus.HEALTHY);
            assertThat(changes).isEmpty();
        }
    }

    @Test
    void aCheckThatHangsCostsOneThreadIsReportedAndHoldsUpNobody() throws Exception {
        try (HealthService service = service("1 s")) { // also enough for a busy machine to find the others a thread
            AtomicInteger hung = new AtomicInteger();
            AtomicInteger others = new AtomicInteger();
            CountDownLatch release = new CountDownLatch(1);
            service.register("stuck", () -> {
                hung.incrementAndGet();
                awaitStubbornly(release);
                return HealthResult.healthy("too late");
            });
            service.register("other", () -> HealthResult.healthy("run " + others.incrementAndGet()));
            awaitStatus(service, "stuck", HealthStatus.UNHEALTHY);
            await().until(() -> others.get() >= 5);

            assertThat(hung).hasValue(1);
            assertThat(result(service, "stuck").message()).isEqualTo("the check did not answer within 1000 ms");

            release.countDown();
            awaitStatus(service, "stuck", HealthStatus.HEALTHY); // by its next run
            assertThat(hung.get()).isGreaterThan(1);
            await().until(() -> changesOf
                    .getOrDefault("stuck", List.of())
                    .equals(List.of(HealthStatus.UNHEALTHY, HealthStatus.HEALTHY)));
        }
    }

    private static void awaitStubbornly(CountDownLatch latch) {
        boolean interrupted = false;
        while (true) {
            try {
                latch.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true; // like a read from a dead mount
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void theInterruptThatEndsAHungCheckDoesNotHideWhyItFailed() {
        try (HealthService service = service("20 ms")) {
            AtomicInteger ended = new AtomicInteger();
            service.register("stuck", () -> {
                try {
                    new CountDownLatch(1).await();
                    return HealthResult.healthy("never");
                } finally {
                    ended.incrementAndGet();
                }
            });
            await().until(() -> ended.get() >= 3);

            // on a busy machine the last run may not even have got its thread in that time
            await().until(
                            () -> result(service, "stuck").message(),
                            message -> message.equals("the check did not answer within 20 ms"));
        }
    }

    /** As where no memory is left for a thread: the next interval may find some. */
    @Test
    void aCheckThatCannotBeBegunIsTriedAgainAndStopsNoOther() {
        AtomicInteger refusals = new AtomicInteger();
        ExecutorService failing = new AbstractExecutorService() {
            @Override
            public void execute(Runnable task) {
                if (refusals.incrementAndGet() <= 20) {
                    throw new OutOfMemoryError("unable to create native thread");
                }
                executor.execute(task);
            }

            @Override
            public void shutdown() {}

            @Override
            public List<Runnable> shutdownNow() {
                return List.of();
            }

            @Override
            public boolean isShutdown() {
                return false;
            }

            @Override
            public boolean isTerminated() {
                return false;
            }

            @Override
            public boolean awaitTermination(long timeout, TimeUnit unit) {
                return true;
            }
        };
        try (HealthService service = service("5 s", failing)) {
            service.register("one", () -> HealthResult.healthy("fine"));
            service.register("other", () -> HealthResult.healthy("fine"));
            awaitStatus(service, "one", HealthStatus.HEALTHY);
            awaitStatus(service, "other", HealthStatus.HEALTHY);
        }
    }

    @Test
    void aCheckThatNeverGotItsThreadIsTriedAgain() {
        ExecutorService one = Executors.newSingleThreadExecutor();
        CountDownLatch free = new CountDownLatch(1);
        one.execute(() -> awaitStubbornly(free));
        try (HealthService service = service("20 ms", one)) {
            service.register("part", () -> HealthResult.healthy("at last"));
            awaitStatus(service, "part", HealthStatus.DEGRADED);
            assertThat(result(service, "part").message())
                    .isEqualTo("it was not checked, because no thread was free for 20 ms");

            free.countDown();

            awaitStatus(service, "part", HealthStatus.HEALTHY);
        } finally {
            one.shutdownNow();
        }
    }

    @Test
    void whateverACheckThrowsIsUnhealthyAndItIsCheckedAgain() {
        try (HealthService service = service("5 s")) {
            for (Throwable failure : List.of(new IllegalStateException("bug"), new AssertionError("worse"))) {
                AtomicReference<Throwable> current = new AtomicReference<>(failure);
                String name = "part-" + failure.getMessage();
                service.register(name, throwing(current));
                awaitStatus(service, name, HealthStatus.UNHEALTHY);
                assertThat(result(service, name).message()).isEqualTo("the check failed: " + failure);

                current.set(null);
                awaitStatus(service, name, HealthStatus.HEALTHY);
            }
        }
    }

    private static HealthIndicator throwing(AtomicReference<Throwable> current) {
        return () -> {
            if (current.get() instanceof Error e) {
                throw e;
            }
            if (current.get() instanceof RuntimeException e) {
                throw e;
            }
            return HealthResult.healthy("mended");
        };
    }

    @Test
    void aCheckWithoutAResultIsUnhealthyAndTheReportStillWorks() {
        try (HealthService service = service("5 s")) {
            service.register("part", () -> null);
            awaitStatus(service, "part", HealthStatus.UNHEALTHY);

            assertThat(result(service, "part").message()).contains("the check gave no result");
        }
    }

    @Test
    void changesAreAnnouncedOnceEach() {
        try (HealthService service = service("5 s")) {
            AtomicReference<HealthResult> now = new AtomicReference<>(HealthResult.degraded("slow"));
            AtomicInteger runs = new AtomicInteger();
            service.register("part", () -> {
                runs.incrementAndGet();
                return now.get();
            });
            await().until(() -> runs.get() >= 3);
            now.set(HealthResult.unhealthy("gone"));
            awaitStatus(service, "part", HealthStatus.UNHEALTHY);
            now.set(HealthResult.healthy("back"));
            awaitStatus(service, "part", HealthStatus.HEALTHY);

            await().until(() ->
                    changes.equals(List.of(HealthStatus.DEGRADED, HealthStatus.UNHEALTHY, HealthStatus.HEALTHY)));
        }
    }

    @Test
    void onlyAVitalPartMakesTheWholeUnhealthy() {
        try (HealthService service = service("5 s")) {
            service.register("vpn", () -> HealthResult.unhealthy("down"));
            awaitStatus(service, "vpn", HealthStatus.UNHEALTHY);
            assertThat(service.report().status()).isEqualTo(HealthStatus.DEGRADED);

            service.register("memory_tiers", HealthImpact.VITAL, () -> HealthResult.degraded("one is away"));
            awaitStatus(service, "memory_tiers", HealthStatus.DEGRADED);
            assertThat(service.report().status()).isEqualTo(HealthStatus.DEGRADED);

            service.register("routing", HealthImpact.VITAL, () -> HealthResult.unhealthy("no backend"));
            awaitStatus(service, "routing", HealthStatus.UNHEALTHY);
            assertThat(service.report().status()).isEqualTo(HealthStatus.UNHEALTHY);
        }
    }

    @Test
    void whatIsMerelyInformativeIsShownAndChangesNothing() {
        try (HealthService service = service("5 s")) {
            service.register("hint", HealthImpact.INFORMATIVE, () -> HealthResult.unhealthy("just so you know"));
            awaitStatus(service, "hint", HealthStatus.UNHEALTHY);

            assertThat(service.report().status()).isEqualTo(HealthStatus.HEALTHY);
            assertThat(service.readiness().passed()).isTrue();
        }
    }

    @Test
    void aPartInTroubleLeavesItsComponentDegradedAndSpeaksForIt() {
        try (HealthService service = service("5 s")) {
            service.subsystem(
                    "tiers",
                    HealthImpact.VITAL,
                    () -> new Checked(
                            new HealthResult(HealthStatus.HEALTHY, "all answer", Map.of("tiers", 2.0)),
                            Map.of(
                                    "hot",
                                    new HealthResult(HealthStatus.HEALTHY, "", Map.of("hits", 7.0)),
                                    "nas",
                                    HealthResult.healthy("fine"))));
            service.part("tiers", "nas", () -> HealthResult.unhealthy("the mount hangs"));
            service.part("tiers", "hot", () -> new HealthResult(HealthStatus.HEALTHY, "12 MB", Map.of("bytes", 12e6)));
            awaitStatus(service, "tiers", HealthStatus.DEGRADED);

            HealthReport.Component tiers = service.report().components().get("tiers");
            assertThat(tiers.result().message()).isEqualTo("nas: the mount hangs");
            assertThat(tiers.result().metrics()).isEqualTo(Map.of("tiers", 2.0));
            assertThat(tiers.parts().get("nas").result()).isEqualTo(HealthResult.unhealthy("the mount hangs"));
            await().untilAsserted(() -> assertThat(service.report()
                            .components()
                            .get("tiers")
                            .parts()
                            .get("hot")
                            .result())
                    .isEqualTo(new HealthResult(HealthStatus.HEALTHY, "12 MB", Map.of("hits", 7.0, "bytes", 12e6))));
            assertThat(service.report().status()).isEqualTo(HealthStatus.DEGRADED);
            assertThat(service.readiness().passed()).isTrue();
            await().until(() -> changes.equals(List.of(HealthStatus.DEGRADED)));
        }
    }

    @Test
    void itIsReadyOnceEverythingVitalWasCheckedAndWorksAndNoMoreOnceItCloses() {
        HealthService service = service("5 s");
        CountDownLatch go = new CountDownLatch(1);
        AtomicReference<HealthResult> now = new AtomicReference<>(HealthResult.unhealthy("no backend answers"));
        service.register("slow", () -> {
            awaitStubbornly(go);
            return HealthResult.unhealthy("and not vital");
        });
        service.register("routing", HealthImpact.VITAL, () -> {
            go.await();
            return now.get();
        });
        assertThat(service.readiness()).isEqualTo(new HealthProbe(false, "routing: not checked yet"));
        assertThat(service.report().status()).isEqualTo(HealthStatus.HEALTHY);

        go.countDown();
        awaitStatus(service, "routing", HealthStatus.UNHEALTHY);
        assertThat(service.readiness()).isEqualTo(new HealthProbe(false, "routing: no backend answers"));
        assertThat(service.liveness().passed()).isTrue(); // a new start would not bring the backend back

        now.set(HealthResult.degraded("one is away"));
        awaitStatus(service, "routing", HealthStatus.DEGRADED);
        assertThat(service.readiness()).isEqualTo(new HealthProbe(true, "ready"));

        service.close();
        assertThat(service.readiness().passed()).isFalse();
        assertThat(service.liveness()).isEqualTo(new HealthProbe(false, "the instance is closed"));
    }

    @Test
    void checksThatHangForEverKeepAFewThreadsAndTheRestIsStillCheckedOrSaysWhyNot() {
        ExecutorService threads = CheckThreads.create();
        CountDownLatch never = new CountDownLatch(1);
        try (HealthService service = service("50 ms", threads)) {
            AtomicInteger runs = new AtomicInteger();
            for (int i = 0; i < CheckThreads.MOST - 1; i++) {
                service.register("hung-" + i, () -> {
                    runs.incrementAndGet();
                    awaitStubbornly(never);
                    return HealthResult.healthy("never");
                });
            }
            AtomicInteger others = new AtomicInteger();
            service.register("other", () -> HealthResult.healthy("run " + others.incrementAndGet()));
            await().until(() -> others.get() >= 5);
            await().until(() -> runs.get() == CheckThreads.MOST - 1); // those that waited for a thread, too

            service.register("hung-last", () -> {
                awaitStubbornly(never);
                return HealthResult.healthy("never");
            });
            await().until(() -> {
                HealthResult last = result(service, "other");
                return last.status() == HealthStatus.DEGRADED
                        && last.message().contains("no thread was free")
                        && last.message().contains("these checks hang: hung-0, hung-1");
            });
            service.register("one-more", HealthImpact.VITAL, () -> HealthResult.healthy("fine"));
            awaitStatus(service, "one-more", HealthStatus.DEGRADED); // which is no proof that it does not work
            assertThat(service.readiness().passed()).isTrue();
            assertThat(((ThreadPoolExecutor) threads).getPoolSize()).isEqualTo(CheckThreads.MOST);

            never.countDown();
            awaitStatus(service, "other", HealthStatus.HEALTHY);
            awaitStatus(service, "hung-0", HealthStatus.HEALTHY);
        } finally {
            never.countDown();
            threads.shutdownNow();
        }
    }

    @Test
    void thereIsAnEndToHowManyChecksThereCanBe() {
        try (HealthService service = service("5 s")) {
            for (int i = 0; i < HealthService.MOST_CHECKS; i++) {
                service.register("check-" + i, () -> HealthResult.healthy("fine"));
            }
            assertThatIllegalStateException()
                    .isThrownBy(() -> service.register("one-more", () -> HealthResult.healthy("fine")))
                    .withMessageContaining("200 checks");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> service.register("No Name", () -> HealthResult.healthy("fine")))
                    .withMessageContaining("'No Name'");
        }
    }

    @Test
    void theMetersShowWhatTheReportSays() throws Exception {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        CountDownLatch release = new CountDownLatch(1);
        try (HealthService service = new HealthService(
                Settings.of(HealthSettings.ALL, Map.of("interval", "100 ms", "timeout", "50 ms")),
                executor,
                timer,
                Clock.systemUTC(),
                events,
                () -> 1,
                SparkRuntime.meters(registry))) {
            service.register("stuck", HealthImpact.VITAL, () -> {
                awaitStubbornly(release);
                return HealthResult.healthy("late");
            });
            AutoCloseable slow = service.register("slow", () -> HealthResult.degraded("slow"));
            awaitStatus(service, "stuck", HealthStatus.UNHEALTHY);
            awaitStatus(service, "slow", HealthStatus.DEGRADED);

            assertThat(gauge(registry, "spark.health.status")).isEqualTo(2);
            assertThat(gauge(registry, "spark.health.component", "component", "slow"))
                    .isEqualTo(1);
            assertThat(gauge(registry, "spark.health.live")).isOne();
            assertThat(gauge(registry, "spark.health.ready")).isZero();
            await().until(() -> gauge(registry, "spark.health.hanging") == 1);
            assertThat(registry.get("spark.health.check")
                            .tags("component", "stuck", "outcome", "hung")
                            .timer()
                            .count())
                    .isPositive();
            slow.close();
            assertThat(gauge(registry, "spark.health.component", "component", "slow"))
                    .isNaN();
        } finally {
            release.countDown();
        }
    }

    private static double gauge(SimpleMeterRegistry registry, String name, String... tags) {
        return registry.get(name).tags(tags).gauge().value();
    }

    @Test
    void namesAreTakenUntilTheCheckIsRemoved() throws Exception {
        try (HealthService service = service("5 s")) {
            AutoCloseable registration = service.register("part", () -> HealthResult.healthy("fine"));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> service.register("part", () -> HealthResult.healthy("other")))
                    .withMessage("there is a check of that name already: part");
            registration.close();
            registration.close();

            assertThat(service.report().components()).isEmpty();
            service.register("part", () -> HealthResult.degraded("other"));
            awaitStatus(service, "part", HealthStatus.DEGRADED);
        }
    }

    @Test
    void aClosedServiceChecksNothing() {
        HealthService service = service("5 s");
        service.register("part", () -> HealthResult.healthy("fine"));
        service.close();
        service.close();

        assertThat(service.report().components()).isEmpty();
        assertThat(timer.getQueue())
                .allMatch(task -> ((java.util.concurrent.Future<?>) task).isCancelled()
                        || !((java.util.concurrent.RunnableScheduledFuture<?>) task).isPeriodic());
    }

    @Test
    void whilePowerIsShortItChecksLessOftenAndSoonAgainOnceItIsBack() {
        AtomicReference<Runnable> tick = new AtomicReference<>();
        ScheduledThreadPoolExecutor byHand = new ScheduledThreadPoolExecutor(1) {
            @Override
            public ScheduledFuture<?> scheduleWithFixedDelay(
                    Runnable command, long initialDelay, long delay, TimeUnit unit) {
                tick.set(command);
                return super.schedule(() -> {}, 1, TimeUnit.HOURS);
            }
        };
        AtomicInteger stretch = new AtomicInteger(4);
        AtomicInteger runs = new AtomicInteger();
        try (HealthService service = new HealthService(
                Settings.of(HealthSettings.ALL, Map.of()),
                executor,
                byHand,
                Clock.systemUTC(),
                events,
                stretch::get,
                Meters.discarding())) {
            service.register("part", () -> HealthResult.healthy("run " + runs.incrementAndGet()));
            awaitRun(service, 1);
            for (int i = 0; i < 3; i++) {
                tick.get().run();
            }
            assertThat(result(service, "part").message()).isEqualTo("run 1");
            tick.get().run();
            awaitRun(service, 2);
            tick.get().run();
            stretch.set(1);
            tick.get().run();
            awaitRun(service, 3);
        } finally {
            byHand.shutdownNow();
        }
    }

    private void awaitRun(HealthService service, int number) {
        await().until(() -> {
            HealthResult latest = result(service, "part");
            return latest != null && latest.message().equals("run " + number);
        });
        await().until(() -> ((ThreadPoolExecutor) executor).getActiveCount() == 0); // so that the next may begin
    }
}
