package ai.primespark.core.llm;

import ai.primespark.core.llm.observe.Spans;
import ai.primespark.core.power.Thrift;
import ai.primespark.event.SparkEvent;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.LlmStats;
import ai.primespark.llm.RoutingPolicy;
import ai.primespark.power.PowerProfile;
import ai.primespark.spi.LlmBackend;
import ai.primespark.spi.Meters;
import ai.primespark.spi.Settings;
import ai.primespark.testkit.MutableClock;
import ai.primespark.testkit.TestContext;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** An engine over given backends, with everything around it that a test looks at. */
final class TestRouter implements AutoCloseable {

    final TestContext context = TestContext.create();
    final CountingMeters meters = new CountingMeters();
    final List<SparkEvent> events = new CopyOnWriteArrayList<>();
    final AtomicBoolean edgeOnly = new AtomicBoolean();
    final AtomicReference<PowerProfile> profile = new AtomicReference<>(PowerProfile.FULL);
    final LlmEngine engine;

    private final List<LlmBackend> backends;

    private TestRouter(Builder builder) {
        this.backends = List.copyOf(builder.backends);
        this.engine = new LlmEngine(
                Settings.of(LlmSettings.ALL, builder.settings),
                backends,
                LlmEnvironment.builder(context.clock(), context.blocking(), context.scheduler(), "node")
                        .policy(builder.policy)
                        .meters(builder.registry == null ? meters : builder.registry)
                        .listener(events::add)
                        .thrift(new ByHand(builder.networkJoules))
                        .answers(builder.store)
                        .metering(builder.metering)
                        .spans(builder.spans)
                        .build());
    }

    /** What a test says of power. */
    private final class ByHand implements Thrift {

        private final @Nullable Double networkJoules;

        ByHand(@Nullable Double networkJoules) {
            this.networkJoules = networkJoules;
        }

        @Override
        public PowerProfile profile() {
            return profile.get();
        }

        @Override
        public boolean edgeOnly() {
            return edgeOnly.get();
        }

        @Override
        public boolean cheapest() {
            return networkJoules != null && profile() != PowerProfile.FULL;
        }

        @Override
        public double networkJoules() {
            return networkJoules == null ? 0 : networkJoules;
        }
    }

    static Builder over(LlmBackend... backends) {
        return new Builder(List.of(backends));
    }

    MutableClock clock() {
        return context.clock();
    }

    LlmResponse ask(LlmRequest request) {
        return engine.generate(request);
    }

    LlmResponse ask(String prompt) {
        return ask(LlmRequest.prompt(prompt).build());
    }

    LlmException failure(LlmRequest request) {
        try {
            engine.generate(request);
        } catch (LlmException e) {
            return e;
        }
        throw new AssertionError("the call was answered");
    }

    LlmException failure(String prompt) {
        return failure(LlmRequest.prompt(prompt).build());
    }

    static List<LlmEvent> read(LlmCall call) {
        List<LlmEvent> events = new ArrayList<>();
        call.forEach(events::add);
        return events;
    }

    List<SparkEvent.CallEnded> endings() {
        return events.stream()
                .filter(SparkEvent.CallEnded.class::isInstance)
                .map(SparkEvent.CallEnded.class::cast)
                .toList();
    }

    List<LlmStats.Circuit> circuitChanges() {
        return events.stream()
                .filter(SparkEvent.CircuitChanged.class::isInstance)
                .map(e -> ((SparkEvent.CircuitChanged) e).circuit())
                .toList();
    }

    LlmStats.BackendStats stats(String backend) {
        return engine.stats().backends().stream()
                .filter(b -> b.id().equals(backend))
                .findFirst()
                .orElseThrow();
    }

    @Override
    public void close() {
        engine.close();
        for (LlmBackend backend : backends) {
            try {
                backend.close();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
        context.close();
    }

    static final class Builder {

        private final List<LlmBackend> backends;
        private final Map<String, Object> settings = new LinkedHashMap<>();
        private @Nullable RoutingPolicy policy;
        private @Nullable AnswerStore store;
        private @Nullable Meters registry;
        private Spans spans = Spans.NONE;
        private Metering metering = Metering.NONE;
        private @Nullable Double networkJoules;

        private Builder(List<LlmBackend> backends) {
            this.backends = backends;
        }

        Builder set(String name, Object value) {
            settings.put(name, value);
            return this;
        }

        Builder policy(RoutingPolicy application) {
            this.policy = application;
            return this;
        }

        Builder store(AnswerStore answers) {
            this.store = answers;
            return this;
        }

        Builder metering(Metering with) {
            this.metering = with;
            return this;
        }

        /** On battery calls go where a token takes least, one from another machine so many joules. */
        Builder cheapest(double joules) {
            this.networkJoules = joules;
            return this;
        }

        /** Counts in the place of {@link TestRouter#meters}. */
        Builder meters(Meters instead) {
            this.registry = instead;
            return this;
        }

        Builder spans(Spans observed) {
            this.spans = observed;
            return this;
        }

        TestRouter build() {
            return new TestRouter(this);
        }
    }
}
