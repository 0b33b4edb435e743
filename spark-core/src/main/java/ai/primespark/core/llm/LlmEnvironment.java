package ai.primespark.core.llm;

import ai.primespark.core.llm.observe.Spans;
import ai.primespark.core.power.Thrift;
import ai.primespark.event.SparkEvent;
import ai.primespark.llm.RoutingPolicy;
import ai.primespark.power.PowerProfile;
import ai.primespark.spi.Meters;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the router works with besides its settings and backends. Immutable.
 *
 * @param clock the wall clock
 * @param blocking for work that waits
 * @param scheduler for short tasks; should remove cancelled ones at once
 * @param nodeId this machine's name, for ids of requests
 * @param policy the application's own, or null for the configured strategy
 * @param meters where to count
 * @param listener gets events at once; must not block
 * @param thrift what power management asks for now
 * @param answers keeps answers beyond the process, if the settings want that; must outlive the engine; null for none
 * @param metering what to measure and remember spending with
 * @param spans makes observations of calls
 * @param cutOff why a backend, by its id, cannot be reached now, or null when nothing is known against it; must be fast
 */
public record LlmEnvironment(
        InstantSource clock,
        ExecutorService blocking,
        ScheduledExecutorService scheduler,
        String nodeId,
        @Nullable RoutingPolicy policy,
        Meters meters,
        Consumer<SparkEvent> listener,
        Thrift thrift,
        @Nullable AnswerStore answers,
        Metering metering,
        Spans spans,
        Function<String, @Nullable String> cutOff) {

    /**
     * Starts one in which nothing is counted, told, saved or kept.
     *
     * @param clock the wall clock
     * @param blocking for work that waits
     * @param scheduler for short tasks; should remove cancelled ones at once
     * @param nodeId this machine's name
     * @return a builder
     */
    public static Builder builder(
            InstantSource clock, ExecutorService blocking, ScheduledExecutorService scheduler, String nodeId) {
        return new Builder(clock, blocking, scheduler, nodeId);
    }

    /** Collects what differs. Not thread-safe. */
    public static final class Builder {

        private final InstantSource clock;
        private final ExecutorService blocking;
        private final ScheduledExecutorService scheduler;
        private final String nodeId;
        private @Nullable RoutingPolicy policy;
        private Meters meters = Meters.discarding();
        private Consumer<SparkEvent> listener = event -> {};
        private Thrift thrift = Thrift.NONE;
        private @Nullable AnswerStore answers;
        private Metering metering = Metering.NONE;
        private Spans spans = Spans.NONE;
        private Function<String, @Nullable String> cutOff = backend -> null;

        private Builder(
                InstantSource clock, ExecutorService blocking, ScheduledExecutorService scheduler, String nodeId) {
            this.clock = Objects.requireNonNull(clock, "clock");
            this.blocking = Objects.requireNonNull(blocking, "blocking");
            this.scheduler = Objects.requireNonNull(scheduler, "scheduler");
            this.nodeId = Objects.requireNonNull(nodeId, "nodeId");
        }

        /**
         * Sets the application's policy.
         *
         * @param own the policy, or null for the configured strategy
         * @return this builder
         */
        public Builder policy(@Nullable RoutingPolicy own) {
            this.policy = own;
            return this;
        }

        /**
         * Sets where to count.
         *
         * @param where the meters
         * @return this builder
         */
        public Builder meters(Meters where) {
            this.meters = where;
            return this;
        }

        /**
         * Sets who gets events.
         *
         * @param who called at once; must not block
         * @return this builder
         */
        public Builder listener(Consumer<SparkEvent> who) {
            this.listener = who;
            return this;
        }

        /**
         * Sets what power management allows.
         *
         * @param only whether requests must not leave the edge now; must be fast
         * @param sparing how sparing to be now; must be fast
         * @return this builder
         */
        public Builder power(BooleanSupplier only, Supplier<PowerProfile> sparing) {
            return thrift(new Thrift() {
                @Override
                public PowerProfile profile() {
                    return sparing.get();
                }

                @Override
                public boolean edgeOnly() {
                    return only.getAsBoolean();
                }
            });
        }

        /**
         * Sets what power management asks for.
         *
         * @param asked each method must be fast
         * @return this builder
         */
        public Builder thrift(Thrift asked) {
            this.thrift = asked;
            return this;
        }

        /**
         * Sets what keeps answers beyond the process.
         *
         * @param store outlives the engine; null for none
         * @return this builder
         */
        public Builder answers(@Nullable AnswerStore store) {
            this.answers = store;
            return this;
        }

        /**
         * Sets what to measure and remember spending with.
         *
         * @param with the meter and the memory
         * @return this builder
         */
        public Builder metering(Metering with) {
            this.metering = with;
            return this;
        }

        /**
         * Sets what makes observations.
         *
         * @param observer of calls
         * @return this builder
         */
        public Builder spans(Spans observer) {
            this.spans = observer;
            return this;
        }

        /**
         * Sets what knows which backends cannot be reached.
         *
         * @param why for a backend's id, why it cannot be reached now, or null; must be fast
         * @return this builder
         */
        public Builder cutOff(Function<String, @Nullable String> why) {
            this.cutOff = why;
            return this;
        }

        /**
         * Makes the environment.
         *
         * @return a new one
         */
        public LlmEnvironment build() {
            return new LlmEnvironment(
                    clock, blocking, scheduler, nodeId, policy, meters, listener, thrift, answers, metering, spans,
                    cutOff);
        }
    }
}
