package ai.primespark.core.llm.observe;

import org.jspecify.annotations.Nullable;

/** Makes spans. Thread-safe; never throws. */
public interface Spans {

    /** For applications without observations. */
    Spans NONE = new Spans() {
        @Override
        public boolean enabled() {
            return false;
        }

        @Override
        public Span begin(String name, String title, @Nullable Span parent, String... tags) {
            return Span.NONE;
        }

        @Override
        public String toString() {
            return "Spans.NONE";
        }
    };

    /**
     * Whether anybody looks.
     *
     * @return false when there is no need to collect facts
     */
    boolean enabled();

    /**
     * Begins a span.
     *
     * @param name the kind of span, a dotted name
     * @param title what people see; from a small set
     * @param parent what it is a part of; null for what this thread does at the moment
     * @param tags name, value, name, value …, of small sets
     * @return the span; end it
     */
    Span begin(String name, String title, @Nullable Span parent, String... tags);

    /**
     * Wraps what the application handed in.
     *
     * @param registry an {@code io.micrometer.observation.ObservationRegistry}, or null
     * @return what makes its observations
     * @throws IllegalArgumentException when it is something else, or Micrometer's observations are not on the run-time path
     */
    static Spans over(@Nullable Object registry) {
        if (registry == null) {
            return NONE;
        }
        try {
            return MicrometerSpans.over(registry);
        } catch (NoClassDefFoundError e) {
            throw new IllegalArgumentException("needs micrometer-observation on the run-time path", e);
        }
    }
}
