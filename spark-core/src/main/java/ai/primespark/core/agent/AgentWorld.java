package ai.primespark.core.agent;

import ai.primespark.agent.AgentStatus;
import ai.primespark.core.system.MachineLoad;
import ai.primespark.power.Power;
import ai.primespark.spi.Meters;
import ai.primespark.spi.Settings;
import ai.primespark.spi.TaskClaim;
import ai.primespark.spi.TaskCompletion;
import ai.primespark.spi.TaskQueue;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What all agents of one instance share.
 *
 * @param queue where tasks are
 * @param view what is known of it
 * @param rules how agents behave
 * @param executor where handlers run
 * @param clock the wall clock
 * @param meters where to count
 * @param power how the machine stands for electricity
 * @param load how busy the machine is
 * @param own the agents of this instance as they are
 * @param pulse beats for all of them
 * @param trouble counts and says that the queue cannot be reached
 * @param changed told of every change of an agent's state, with the reason
 * @param failed told of every failure that the queue has recorded
 */
record AgentWorld(
        TaskQueue queue,
        QueueView view,
        Rules rules,
        Executor executor,
        InstantSource clock,
        Meters meters,
        Power power,
        MachineLoad load,
        Supplier<List<AgentStatus>> own,
        Pulse pulse,
        QueueTrouble trouble,
        Consumer<Change> changed,
        BiConsumer<Attempt, TaskCompletion.Failure> failed) {

    /** An agent is in another state. */
    record Change(AgentStatus status, String reason) {}

    /**
     * How agents behave.
     *
     * @param lease how long leases hold
     * @param heartbeat how often they are extended
     * @param timeout how long the queue may take
     * @param limits by type of task
     * @param patience how long tasks are left to the agent that they prefer
     * @param bidDelay how long the worst agent hesitates
     * @param batteryShare which share of the slots is used on battery
     * @param runtimeMargin what is kept of the battery's time
     * @param grace how long a handler may take to stop
     * @param maxAbandoned how many handlers that do not are replaced
     * @param closeBudget how long closing may take
     */
    record Rules(
            Duration lease,
            Duration heartbeat,
            Duration timeout,
            Map<String, TaskClaim.Limit> limits,
            Duration patience,
            Duration bidDelay,
            double batteryShare,
            Duration runtimeMargin,
            Duration grace,
            int maxAbandoned,
            Duration closeBudget) {

        static Rules of(Settings settings, Duration closeBudget) {
            Duration lease = settings.get(AgentSettings.LEASE);
            Duration heartbeat = settings.get(AgentSettings.HEARTBEAT);
            if (lease.compareTo(heartbeat.multipliedBy(3)) < 0) {
                throw new IllegalArgumentException(
                        "a lease of " + lease.toMillis() + " ms is less than three times the heartbeat of "
                                + heartbeat.toMillis() + " ms, so that one late beat could lose it");
            }
            return new Rules(
                    lease,
                    heartbeat,
                    settings.get(AgentSettings.QUEUE_TIMEOUT),
                    AgentSettings.limits(settings),
                    settings.get(AgentSettings.PATIENCE),
                    settings.get(AgentSettings.BID_DELAY),
                    settings.get(AgentSettings.BATTERY_SHARE),
                    settings.get(AgentSettings.RUNTIME_MARGIN),
                    settings.get(AgentSettings.CANCEL_GRACE),
                    settings.get(AgentSettings.MAX_ABANDONED).intValue(),
                    closeBudget);
        }

        /** By how much this machine's view of a lease ends before the queue's. */
        long leaseMarginNanos() {
            return Math.min(lease.toNanos() / 5, Duration.ofSeconds(2).toNanos());
        }
    }
}
