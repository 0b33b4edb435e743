package ai.primespark.core.llm.observe;

import ai.primespark.llm.LlmException;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Spans that are observations of the application's Micrometer registry. Loaded only when there is one. What the application's
 * handlers throw is logged once, and does not reach the calls.
 */
final class MicrometerSpans implements Spans {

    private static final Logger log = LoggerFactory.getLogger(MicrometerSpans.class);

    private final ObservationRegistry registry;
    private final AtomicBoolean complained = new AtomicBoolean();

    private MicrometerSpans(ObservationRegistry registry) {
        this.registry = registry;
    }

    /** Checks and wraps what the application handed in. */
    static MicrometerSpans over(Object registry) {
        if (registry instanceof ObservationRegistry micrometer) {
            return new MicrometerSpans(micrometer);
        }
        throw new IllegalArgumentException("must be an io.micrometer.observation.ObservationRegistry, but is a "
                + registry.getClass().getName());
    }

    @Override
    public boolean enabled() {
        return !registry.isNoop();
    }

    @Override
    public Span begin(String name, String title, @Nullable Span parent, String... tags) {
        if (!enabled()) {
            return Span.NONE;
        }
        try {
            Observation observation = Observation.createNotStarted(name, registry); // below what this thread observes
            if (parent instanceof Observed above) {
                observation.parentObservation(above.observation);
            }
            observation.contextualName(title);
            for (int i = 0; i < tags.length; i += 2) {
                observation.lowCardinalityKeyValue(tags[i], tags[i + 1]);
            }
            return new Observed(observation.start());
        } catch (RuntimeException | LinkageError e) {
            complain(e);
            return Span.NONE;
        }
    }

    private void complain(Throwable fault) {
        if (complained.compareAndSet(false, true)) {
            log.warn("an observation handler of the application failed; further failures are not told", fault);
        }
    }

    private final class Observed implements Span {

        private final Observation observation;
        private final AtomicBoolean ended = new AtomicBoolean();

        private Observed(Observation observation) {
            this.observation = observation;
        }

        @Override
        public void tag(String name, String value) {
            if (!ended.get()) {
                observation.lowCardinalityKeyValue(name, value);
            }
        }

        @Override
        public void note(String name, String value) {
            if (!ended.get()) {
                observation.highCardinalityKeyValue(name, value);
            }
        }

        @Override
        public void end(LlmException.@Nullable Kind failure) {
            if (!ended.compareAndSet(false, true)) {
                return;
            }
            if (failure != null && failure != LlmException.Kind.CANCELLED) {
                try {
                    observation.error(new CallFailure(failure));
                } catch (RuntimeException | LinkageError e) {
                    complain(e);
                }
            }
            try {
                observation.stop();
            } catch (RuntimeException | LinkageError e) {
                complain(e);
            }
        }

        @Override
        public Scope enter() {
            try {
                Observation.Scope scope = observation.openScope();
                return () -> leave(scope);
            } catch (RuntimeException | LinkageError e) {
                complain(e);
                return Scope.NONE;
            }
        }

        private void leave(Observation.Scope scope) {
            try {
                scope.close();
            } catch (RuntimeException | LinkageError e) {
                complain(e);
            }
        }
    }

    /** The kind of a failure and nothing else: handlers publish messages and causes, which may quote what a server said. */
    private static final class CallFailure extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private CallFailure(LlmException.Kind kind) {
            super(kind.name(), null, false, false);
        }
    }
}
