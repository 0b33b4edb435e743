package ai.primespark.core.vpn;

import ai.primespark.event.SparkEvent;
import ai.primespark.power.PowerProfile;
import ai.primespark.spi.Meters;
import java.time.InstantSource;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What a tunnel is watched with.
 *
 * @param clock the wall clock
 * @param nanoTime the monotonic clock
 * @param blocking for work that waits
 * @param scheduler for short tasks
 * @param meters where to count
 * @param events gets events at once; must not block
 * @param profile how sparing to be now; must be fast
 * @param probe asks peers
 */
record Surroundings(
        InstantSource clock,
        LongSupplier nanoTime,
        ExecutorService blocking,
        ScheduledExecutorService scheduler,
        Meters meters,
        Consumer<SparkEvent> events,
        Supplier<PowerProfile> profile,
        Probe probe) {}
