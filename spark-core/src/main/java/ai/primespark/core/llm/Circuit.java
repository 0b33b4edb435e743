package ai.primespark.core.llm;

import ai.primespark.event.SparkEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmStats;
import ai.primespark.spi.Settings;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowSynchronizationStrategy;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The circuit breaker of one backend. Thread-safe. */
final class Circuit {

    private static final Logger log = LoggerFactory.getLogger(Circuit.class);

    /** A Raspberry Pi has no clock of its own and jumps when it finds a time server; the open time must not. */
    private static final Clock MONOTONIC = monotonic();

    private final String backend;
    private final InstantSource clock;
    private final Consumer<SparkEvent> events;
    private final long openNanos;
    private final CircuitBreaker breaker;
    private volatile long openUntil = System.nanoTime();

    Circuit(String backend, Settings settings, InstantSource clock, Consumer<SparkEvent> events) {
        this.backend = backend;
        this.clock = clock;
        this.events = events;
        Duration openTime = settings.get(LlmSettings.CIRCUIT_OPEN_TIME);
        this.openNanos = openTime.toNanos();
        int window = settings.get(LlmSettings.CIRCUIT_WINDOW).intValue();
        this.breaker = CircuitBreaker.of(
                backend,
                CircuitBreakerConfig.custom()
                        .failureRateThreshold(settings.get(LlmSettings.CIRCUIT_FAILURE_PERCENT))
                        .slidingWindow(
                                window,
                                (window + 1) / 2,
                                SlidingWindowType.COUNT_BASED,
                                // the lock-free one of Resilience4j 2.4.0 throws when several calls end at once
                                SlidingWindowSynchronizationStrategy.SYNCHRONIZED)
                        .slowCallDurationThreshold(Duration.ofDays(365)) // a slow machine is not a broken one
                        .waitDurationInOpenState(openTime)
                        .permittedNumberOfCallsInHalfOpenState(1)
                        .clock(MONOTONIC)
                        .build());
        breaker.getEventPublisher()
                .onStateTransition(event -> changed(
                        event.getStateTransition().getFromState(),
                        event.getStateTransition().getToState()));
    }

    /** Whether calls are not let through now, as far as can be said without trying. */
    boolean isBlocking() {
        return breaker.getState() == State.OPEN && openUntil - System.nanoTime() > 0;
    }

    /** Asks to let a call through; each true is followed by exactly one of the endings below. */
    boolean tryEnter() {
        return breaker.tryAcquirePermission();
    }

    boolean isProbing() {
        return breaker.getState() == State.HALF_OPEN;
    }

    void succeeded(long nanos) {
        breaker.onSuccess(nanos, TimeUnit.NANOSECONDS);
    }

    void failed(long nanos, LlmException failure) {
        breaker.onError(nanos, TimeUnit.NANOSECONDS, failure);
    }

    void neither() {
        breaker.releasePermission();
    }

    LlmStats.Circuit state() {
        return state(breaker.getState());
    }

    /** The state as a number: 0 closed, 1 half open, 2 open. */
    int level() {
        return switch (state()) {
            case CLOSED -> 0;
            case HALF_OPEN -> 1;
            case OPEN -> 2;
        };
    }

    private static LlmStats.Circuit state(State state) {
        return switch (state) {
            case OPEN, FORCED_OPEN -> LlmStats.Circuit.OPEN;
            case HALF_OPEN -> LlmStats.Circuit.HALF_OPEN;
            case CLOSED, DISABLED, METRICS_ONLY -> LlmStats.Circuit.CLOSED;
        };
    }

    private void changed(State from, State to) {
        if (to == State.OPEN) {
            openUntil = System.nanoTime() + openNanos;
        }
        if (to == State.OPEN && from == State.CLOSED) {
            log.warn(
                    "backend '{}' fails too often: its circuit opens, it is tried again after {}",
                    backend,
                    Duration.ofNanos(openNanos));
        } else if (to == State.CLOSED) {
            log.info("backend '{}' works again: its circuit is closed", backend);
        } else {
            log.debug("backend '{}': circuit goes from {} to {}", backend, from, to);
        }
        events.accept(new SparkEvent.CircuitChanged(clock.instant(), backend, state(to)));
    }

    private static Clock monotonic() {
        long start = System.nanoTime();
        InstantSource source = () -> Instant.EPOCH.plusNanos(System.nanoTime() - start);
        return source.withZone(ZoneOffset.UTC);
    }
}
