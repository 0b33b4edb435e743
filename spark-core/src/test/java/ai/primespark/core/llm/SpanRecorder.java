package ai.primespark.core.llm;

import ai.primespark.core.llm.observe.Spans;
import io.micrometer.common.KeyValue;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationView;
import io.micrometer.observation.tck.TestObservationRegistry;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Micrometer's own test registry, and what happened to each observation in it. */
final class SpanRecorder implements ObservationHandler<Observation.Context> {

    final TestObservationRegistry registry = TestObservationRegistry.create();
    final List<Seen> seen = new CopyOnWriteArrayList<>();

    SpanRecorder() {
        registry.observationConfig().observationHandler(this);
    }

    Spans spans() {
        return Spans.over(registry);
    }

    /** One observation. */
    static final class Seen {

        final Observation.Context context;
        final AtomicInteger stops = new AtomicInteger();

        Seen(Observation.Context context) {
            this.context = context;
        }

        String tag(String name) {
            KeyValue value = context.getLowCardinalityKeyValue(name);
            return value == null ? "(no " + name + ")" : value.getValue();
        }

        @Nullable
        String note(String name) {
            KeyValue value = context.getHighCardinalityKeyValue(name);
            return value == null ? null : value.getValue();
        }

        Observation.@Nullable ContextView parent() {
            ObservationView parent = context.getParentObservation();
            return parent == null ? null : parent.getContextView();
        }

        List<String> tagNames() {
            return context.getLowCardinalityKeyValues().stream()
                    .map(KeyValue::getKey)
                    .toList();
        }

        /** Everything that an exporter could see of it. */
        String everything() {
            Map<String, Object> all = new HashMap<>();
            context.getAllKeyValues().forEach(pair -> all.put(pair.getKey(), pair.getValue()));
            return context.getName() + context.getContextualName() + all + context.getError();
        }
    }

    List<Seen> named(String name) {
        return seen.stream().filter(s -> name.equals(s.context.getName())).toList();
    }

    Seen one(String name) {
        List<Seen> found = named(name);
        if (found.size() != 1) {
            throw new AssertionError(found.size() + " observations '" + name + "'");
        }
        return found.get(0);
    }

    @Override
    public void onStart(Observation.Context context) {
        seen.add(new Seen(context));
    }

    @Override
    public void onStop(Observation.Context context) {
        seen.stream().filter(s -> s.context == context).forEach(s -> s.stops.incrementAndGet());
    }

    @Override
    public boolean supportsContext(Observation.Context context) {
        return true;
    }
}
