package ai.primespark.core.agent;

import ai.primespark.agent.TaskContext;
import ai.primespark.agent.TaskHandler;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What an agent can do, by type of task. Thread-safe. */
final class Handlers {

    private final Map<String, Entry> entries = new ConcurrentHashMap<>();
    private volatile Set<String> types = Set.of();

    /** One type's handler, and what was learnt of it. */
    static final class Entry {

        private final String type;
        private final Type payload;
        private final TaskHandler<Object, Object> handler;
        private final boolean builtin;
        private final Durations durations = new Durations();
        private final Outcomes outcomes;

        Entry(String type, Type payload, TaskHandler<Object, Object> handler, boolean builtin, Outcomes outcomes) {
            this.type = type;
            this.payload = payload;
            this.handler = handler;
            this.builtin = builtin;
            this.outcomes = outcomes;
        }

        String type() {
            return type;
        }

        Type payload() {
            return payload;
        }

        Durations durations() {
            return durations;
        }

        Outcomes outcomes() {
            return outcomes;
        }

        @Nullable
        Object handle(Object value, TaskContext context) throws Exception {
            return handler.handle(value, context);
        }
    }

    /**
     * Adds handlers, all or none. What the application brings replaces what the engine has built in.
     *
     * @throws IllegalStateException when a type has a handler of the application's
     */
    synchronized void add(Iterable<Entry> added) {
        for (Entry entry : added) {
            Entry there = entries.get(entry.type());
            if (there != null && !there.builtin) {
                throw new IllegalStateException("tasks of type '" + entry.type() + "' have a handler already");
            }
        }
        for (Entry entry : added) {
            if (!entry.builtin || !entries.containsKey(entry.type())) {
                entries.put(entry.type(), entry);
            }
        }
        types = Set.copyOf(entries.keySet());
    }

    /** Empty for a type without a handler. */
    Optional<Entry> find(String type) {
        return Optional.ofNullable(entries.get(type));
    }

    /** The types that have a handler; unmodifiable. */
    Set<String> types() {
        return types;
    }

    /** How long attempts of a type usually take at most. */
    Optional<Duration> usual(String type) {
        Entry entry = entries.get(type);
        if (entry == null || entry.durations().p95().isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(Duration.ofNanos(entry.durations().p95().getAsLong()));
    }
}
