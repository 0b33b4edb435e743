package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.spi.CallLimits;
import ai.primespark.spi.LlmBackend;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** What the rules of {@link LlmBackendContract} stand on: making backends, consuming calls in every way, bounded waits. */
abstract class LlmRules {

    /** Stands in prompts and must not turn up in messages. */
    static final String PROMPT_CANARY = "canary-pr0mpt-4417";

    private static final int MOST_EVENTS = 1_000_000;

    private final List<LlmBackend> made = new ArrayList<>();
    private TestContext context;

    abstract LlmBackend makeBackend(TestContext context) throws Exception;

    abstract void prepareBackend(LlmBackend backend) throws Exception;

    abstract LlmRequest request();

    abstract Duration llmPatience();

    @BeforeEach
    void contractOpensContext() {
        context = TestContext.create();
    }

    @AfterEach
    void contractClosesBackends() {
        try {
            for (LlmBackend backend : made) {
                Bounded.failure(llmPatience(), "close()", () -> {
                    backend.close();
                    return null;
                });
            }
        } finally {
            context.close();
        }
    }

    final TestContext context() {
        return context;
    }

    /** A backend that is ready for calls. */
    final LlmBackend backend() {
        return started(() -> makeBackend(context()));
    }

    final LlmBackend started(Callable<LlmBackend> maker) {
        LlmBackend backend = Bounded.run(llmPatience(), "making a backend", maker);
        made.add(backend);
        Bounded.run(llmPatience(), "start()", () -> {
            backend.start();
            prepareBackend(backend);
            return null;
        });
        return backend;
    }

    final LlmCall open(LlmBackend backend) {
        return open(backend, request());
    }

    final LlmCall open(LlmBackend backend, LlmRequest request) {
        return open(backend, request, limits());
    }

    final LlmCall open(LlmBackend backend, LlmRequest request, CallLimits limits) {
        return Bounded.run(llmPatience(), "open()", () -> backend.open(request, limits));
    }

    /** Limits that no answer of a test comes near, but that end a test that hangs. */
    final CallLimits limits() {
        Duration most = llmPatience();
        return new CallLimits(most, most, most, most, most, 1_000_000);
    }

    final LlmResponse await(LlmCall call) {
        return Bounded.run(llmPatience(), "await()", call::await);
    }

    final LlmException failure(LlmCall call) {
        return asFailure("await()", call::await);
    }

    /** Runs something that has to fail as calls fail. */
    final LlmException asFailure(String what, Callable<?> work) {
        Throwable failure = Bounded.failure(llmPatience(), what, work);
        assertThat(failure).as("how %s failed", what).isInstanceOf(LlmException.class);
        return (LlmException) Objects.requireNonNull(failure);
    }

    /** The answer, or the exception that the call failed with; anything else is against the rules. */
    final Object outcome(LlmCall call) {
        try {
            return await(call);
        } catch (LlmException e) {
            return e;
        }
    }

    final List<LlmEvent> iterate(LlmCall call) {
        return Bounded.run(llmPatience(), "iterating", () -> {
            List<LlmEvent> events = new ArrayList<>();
            for (LlmEvent event : call) {
                events.add(event);
                if (events.size() > MOST_EVENTS) {
                    throw new AssertionError("the call does not end: " + MOST_EVENTS + " events");
                }
            }
            return events;
        });
    }

    final @Nullable LlmEvent next(Iterator<LlmEvent> events) {
        return Bounded.run(llmPatience(), "the next event", () -> events.hasNext() ? events.next() : null);
    }

    /** Reads events until the first piece of text. */
    final void readUntilText(Iterator<LlmEvent> events) {
        LlmEvent event = next(events);
        while (event != null && !(event instanceof LlmEvent.Text)) {
            event = next(events);
        }
        assertThat(event).as("a piece of text").isNotNull();
    }

    /** What a reader has at the end, who discards what came before an answer began again. */
    static String text(List<LlmEvent> events) {
        StringBuilder text = new StringBuilder();
        for (LlmEvent event : events) {
            if (event instanceof LlmEvent.Restarted) {
                text.setLength(0);
            } else if (event instanceof LlmEvent.Text piece) {
                text.append(piece.text());
            }
        }
        return text.toString();
    }

    static LlmResponse doneOf(List<LlmEvent> events) {
        assertThat(events).as("events of the call").isNotEmpty();
        LlmEvent last = events.get(events.size() - 1);
        assertThat(last instanceof LlmEvent.Done).as("Done is the last event").isTrue();
        return ((LlmEvent.Done) last).response();
    }

    /** Looks for private words in everything that a failure would print, causes included. */
    static void assertSilent(Throwable failure, String... words) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            assertSilent(t.getClass().getSimpleName(), String.valueOf(t), words);
            for (Throwable suppressed : t.getSuppressed()) {
                assertSilent("a suppressed exception", String.valueOf(suppressed), words);
            }
        }
    }

    static void assertSilent(String what, String printed, String... words) {
        for (String word : words) {
            // not contains(): its report would print what must not be printed
            assertThat(printed.contains(word))
                    .as("%s shows private words", what)
                    .isFalse();
        }
    }
}
