package ai.primespark.core.agent;

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
import org.jspecify.annotations.Nullable;

/** The circuit breaker of one agent that runs elsewhere. Thread-safe. */
final class RemoteCircuit {

    /** A Raspberry Pi has no clock of its own and jumps when it finds a time server; the open time must not. */
    private static final Clock MONOTONIC = monotonic();

    private final CircuitBreaker breaker;
    private final Duration openTime;
    private volatile long openUntil = System.nanoTime();
    private volatile boolean onTrial;

    /**
     * Makes a closed one.
     *
     * @param opened called when it opens; must not block
     */
    RemoteCircuit(String agent, Settings settings, Runnable opened) {
        this.openTime = settings.get(RemoteSettings.CIRCUIT_OPEN_TIME);
        int window = settings.get(RemoteSettings.CIRCUIT_WINDOW).intValue();
        this.breaker = CircuitBreaker.of(
                agent,
                CircuitBreakerConfig.custom()
                        .failureRateThreshold(settings.get(RemoteSettings.CIRCUIT_FAILURE_PERCENT))
                        .slidingWindow(
                                window,
                                (window + 1) / 2,
                                SlidingWindowType.COUNT_BASED,
                                // the lock-free one of Resilience4j 2.4.0 throws when several calls end at once
                                SlidingWindowSynchronizationStrategy.SYNCHRONIZED)
                        .slowCallDurationThreshold(Duration.ofDays(365)) // long work is no fault
                        .waitDurationInOpenState(openTime)
                        .permittedNumberOfCallsInHalfOpenState(1)
                        .clock(MONOTONIC)
                        .build());
        breaker.getEventPublisher().onStateTransition(event -> {
            if (event.getStateTransition().getToState() == State.OPEN) {
                openUntil = System.nanoTime() + openTime.toNanos();
                opened.run();
            }
        });
    }

    /** An attempt that was let through; ends once. */
    final class Entry {

        private final boolean trial;

        private Entry(boolean trial) {
            this.trial = trial;
        }

        /** Whether the circuit closes or opens by it. */
        boolean isTrial() {
            return trial;
        }

        void succeeded() {
            if (counts()) {
                breaker.onSuccess(0, TimeUnit.NANOSECONDS);
            }
            over();
        }

        void failed() {
            if (counts()) {
                breaker.onError(0, TimeUnit.NANOSECONDS, new IllegalStateException("the agent failed"));
            }
            over();
        }

        void neither() {
            if (counts()) {
                breaker.releasePermission();
            }
            over();
        }

        /** One that was let through before the circuit opened says nothing about the trial. */
        private boolean counts() {
            return trial || breaker.getState() != State.HALF_OPEN;
        }

        private void over() {
            if (trial) {
                onTrial = false;
            }
        }
    }

    /** Whether one attempt is under way that decides whether others are let through. */
    boolean isOnTrial() {
        return onTrial;
    }

    /** Whether attempts are not let through for a while because too many failed. */
    boolean isOpen() {
        return breaker.getState() == State.OPEN && openUntil - System.nanoTime() > 0;
    }

    Duration openTime() {
        return openTime;
    }

    /** Asks to let an attempt through; null when it is not. */
    @Nullable
    Entry tryEnter() {
        if (!breaker.tryAcquirePermission()) {
            return null;
        }
        boolean trial = breaker.getState() == State.HALF_OPEN;
        if (trial) {
            onTrial = true;
        }
        return new Entry(trial);
    }

    /** The state as a number: 0 closed, 1 half open, 2 open. */
    int level() {
        return switch (breaker.getState()) {
            case OPEN, FORCED_OPEN -> 2;
            case HALF_OPEN -> 1;
            case CLOSED, DISABLED, METRICS_ONLY -> 0;
        };
    }

    private static Clock monotonic() {
        long start = System.nanoTime();
        InstantSource source = () -> Instant.EPOCH.plusNanos(System.nanoTime() - start);
        return source.withZone(ZoneOffset.UTC);
    }
}
