package ai.primespark.core.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import ai.primespark.core.runtime.EventBus;
import ai.primespark.event.SparkEvent;
import ai.primespark.health.HealthIndicator;
import ai.primespark.health.HealthReport;
import ai.primespark.health.HealthResult;
import ai.primespark.health.HealthStatus;
import ai.primespark.spi.Settings;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
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

    @AfterEach
    void stop() {
        timer.shutdownNow();
        executor.shutdownNow();
    }

    private HealthService service(String timeout, ExecutorService checks) {
        events.subscribe(SparkEvent.HealthChanged.class, e -> changes.add(e.status()));
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
        try (HealthService service = service("50 ms")) {
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
            assertThat(result(service, "stuck").message()).isEqualTo("the check did not answer within 50 ms");

            release.countDown();
            awaitStatus(service, "stuck", HealthStatus.HEALTHY); // by its next run
            assertThat(hung.get()).isGreaterThan(1);
            await().until(() -> changes.equals(List.of(HealthStatus.UNHEALTHY, HealthStatus.HEALTHY)));
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

            assertThat(result(service, "stuck").message()).isEqualTo("the check did not answer within 20 ms");
        }
    }

    @Test
    void aCheckThatNeverGotItsThreadIsTriedAgain() {
        ExecutorService one = Executors.newSingleThreadExecutor();
        CountDownLatch free = new CountDownLatch(1);
        one.execute(() -> awaitStubbornly(free));
        try (HealthService service = service("20 ms", one)) {
            service.register("part", () -> HealthResult.healthy("at last"));
            awaitStatus(service, "part", HealthStatus.UNHEALTHY);

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

            service.register("memory_tiers", () -> HealthResult.degraded("one is away"));
            awaitStatus(service, "memory_tiers", HealthStatus.DEGRADED);
            assertThat(service.report().status()).isEqualTo(HealthStatus.DEGRADED);

            service.register("routing", () -> HealthResult.unhealthy("no backend"));
            awaitStatus(service, "routing", HealthStatus.UNHEALTHY);
            assertThat(service.report().status()).isEqualTo(HealthStatus.UNHEALTHY);
        }
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
}
