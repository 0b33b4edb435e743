package ai.primespark.core.llm;

import ai.primespark.core.llm.observe.AttemptWatch;
import ai.primespark.core.llm.observe.CallWatch;
import ai.primespark.core.llm.observe.Span;
import ai.primespark.llm.Expense;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.RouteTrace;
import ai.primespark.llm.Usage;
import ai.primespark.spi.AbstractLlmCall;
import ai.primespark.spi.CallLimits;
import java.time.Duration;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One backend, asked once. Read by one thread at a time; {@link #breakOff()} and the figures are for any thread.
 *
 * <p>Whatever a faulty backend throws comes out as a {@link LlmException} here.
 */
final class Attempt {

    private static final Logger log = LoggerFactory.getLogger(Attempt.class);

    /** A consumer that takes longer than this to come for the first token makes its time worthless. */
    private static final long CONSUMERS_PAUSE = Duration.ofMillis(50).toNanos();

    /** Whether this attempt is counted among those that give tokens. */
    private enum Writing {
        NOT_YET,
        COUNTED,
        OVER
    }

    private final BackendHandle backend;
    private final String asked;
    private volatile String model;
    private volatile String reason;
    private final @Nullable Entry entry;
    private final boolean probe;
    private final AttemptWatch watch;
    private volatile AttemptWatch.Answer answer = AttemptWatch.Answer.NONE;
    private volatile boolean outrun;
    private final AtomicReference<Writing> writing = new AtomicReference<>(Writing.NOT_YET);
    private volatile boolean reading;
    private boolean timely; // whether the consumer waited for the first token from the beginning
    private boolean resumed; // goes on with a text that another one began; set and read by the reading thread
    private final long startedAt = System.nanoTime();
    private volatile @Nullable LlmCall call;
    private volatile @Nullable String cutOff; // why it was ended from outside
    private @Nullable Iterator<LlmEvent> events;
    private volatile boolean ended;
    private volatile long firstTokenNanos = -1;
    private int read; // the reading thread's own count of chars
    private int produced; // the same with reasoning, tool calls and what was begun again; published by chars
    private volatile Usage usage = Usage.NONE;
    private volatile int chars;

    /** Begins an attempt on a backend that has let it in; without an {@code entry}, nothing is learned from it. */
    Attempt(BackendHandle backend, String model, String reason, @Nullable Entry entry, CallWatch call) {
        this.backend = backend;
        this.asked = model;
        this.model = model;
        this.reason = reason;
        this.entry = entry;
        this.probe = backend.isProbing();
        this.watch = call.attempt(backend.info(), backend.meters(), RateBook.key(model));
    }

    BackendHandle backend() {
        return backend;
    }

    String model() {
        return model;
    }

    String reason() {
        return reason;
    }

    long startedAt() {
        return startedAt;
    }

    long nanos() {
        return System.nanoTime() - startedAt;
    }

    /** From the start to the first token; negative while there is none. */
    long firstTokenNanos() {
        return firstTokenNanos;
    }

    int chars() {
        return chars;
    }

    /** Whether somebody is waiting for its next event at this moment. */
    boolean isReading() {
        return reading;
    }

    void open(LlmRequest request, CallLimits limits) {
        open(() -> Optional.of(backend.backend().open(request, limits)));
    }

    /** Goes on with a text that another backend began. Gives false when this one cannot go on with any. */
    boolean resume(LlmRequest request, String textSoFar, CallLimits limits) {
        resumed = open(() -> backend.backend().resume(request, textSoFar, limits));
        if (resumed && entry != null) {
            entry.bill().writesPart();
        }
        return resumed;
    }

    private boolean open(Supplier<Optional<LlmCall>> opener) {
        try (Span.Scope scope = watch.enter()) {
            if (entry != null) {
                entry.bill().open();
            }
            backend.opened(this);
            LlmCall opened = opener.get().orElse(null);
            call = opened;
            events = opened == null ? null : opened.iterator();
            return opened != null;
        } catch (LlmException e) {
            throw e;
        } catch (RuntimeException | LinkageError e) {
            throw faulty(e);
        }
    }

    /** Whether it goes on with a text that another one began. The reading thread's. */
    boolean isResumed() {
        return resumed;
    }

    /** Adds to the reason for which it was chosen. */
    void because(String addition) {
        reason = reason + "; " + addition;
    }

    LlmEvent next() {
        Iterator<LlmEvent> source = events;
        reading = true;
        if (firstTokenNanos < 0 && !timely && !resumed) { // a resumed one asks twice, which says nothing of the others
            timely = nanos() < CONSUMERS_PAUSE;
        }
        try {
            if (source != null && source.hasNext()) {
                LlmEvent event = source.next();
                note(event);
                return event;
            }
        } catch (LlmException e) {
            ended = true;
            String why = cutOff;
            throw why == null ? e : failure(LlmException.Kind.UNREACHABLE, why, e);
        } catch (RuntimeException | LinkageError e) {
            throw faulty(e);
        } finally {
            reading = false;
        }
        ended = true;
        throw failure(
                LlmException.Kind.TRUNCATED,
                "backend '" + backend.id() + "' ended its answer without saying that it was complete",
                null);
    }

    private void note(LlmEvent event) {
        if (event instanceof LlmEvent.Done done) {
            ended = true;
            usage = done.response().usage();
            learn(done.response());
            answer = new AttemptWatch.Answer(
                    done.response().model(),
                    done.response().finish().name(),
                    done.response().usage());
            if (model.isEmpty()) { // only the backend knows which one it chose
                model = done.response().model();
            }
            return;
        }
        if (event instanceof LlmEvent.Text piece) {
            read += piece.text().length();
            produced += piece.text().length();
            chars = read;
        } else if (event instanceof LlmEvent.Thinking piece) {
            produced += piece.text().length();
            chars = read;
        } else if (event instanceof LlmEvent.ToolCall call) {
            produced += call.invocation().name().length()
                    + call.invocation().argumentsJson().length();
            chars = read;
        } else if (event instanceof LlmEvent.Restarted) {
            read = 0;
            chars = 0;
            return;
        } else if (!Hedge.isAnswer(event)) {
            return;
        }
        if (firstTokenNanos < 0) {
            firstTokenNanos = nanos();
            backend.firstToken(firstTokenNanos, probe);
            if (entry != null) {
                boolean counted = writing.compareAndSet(Writing.NOT_YET, Writing.COUNTED);
                backend.knowledge().began(asked, firstTokenNanos, entry.work(), counted, timely, System.nanoTime());
                entry.loaded();
            }
        }
    }

    private void learn(LlmResponse response) {
        if (entry == null || firstTokenNanos < 0 || !timely) {
            return;
        }
        backend.knowledge()
                .answered(
                        asked,
                        response.model(),
                        entry.readiness(),
                        new ModelRates.Observation(
                                firstTokenNanos,
                                nanos(),
                                entry.work(),
                                response.usage(),
                                response.timings(),
                                entry.lead() != null,
                                entry.alone(),
                                startedAt + firstTokenNanos));
    }

    /** Notes what the backend said of vectors that it made. */
    void vectors(String by, Usage usage) {
        answer = new AttemptWatch.Answer(by, "", usage);
        if (model.isEmpty()) {
            model = by;
        }
    }

    /** Notes that another attempt was sooner, so that this one is given up. */
    void outrun() {
        outrun = true;
        if (entry != null && firstTokenNanos < 0) {
            backend.knowledge().outrun(asked, nanos(), System.nanoTime());
        }
    }

    /** What it has used up, once it has ended; {@code failure} is null when it answered. The first word counts. */
    Expense settle(@Nullable LlmException failure) {
        if (entry == null) {
            return Expense.NONE;
        }
        int published = chars; // makes what was counted before visible here
        return entry.bill().settle(model, usage, Math.max(published, produced), failure);
    }

    /** The answer under the names by which it was asked for: what a backend says of itself may be another. */
    LlmResponse answer(LlmResponse response, RouteTrace trace) {
        return new LlmResponse(
                response.text(),
                response.thinking(),
                response.toolCalls(),
                response.finish(),
                backend.id(),
                backend.zone(),
                response.model().isEmpty() ? model : response.model(),
                response.usage(),
                response.timings(),
                response.sources(),
                trace);
    }

    /** Cancels at the backend, if it is not over there. Does not wait. */
    void breakOff() {
        LlmCall running = call;
        // our own skeleton has let go of everything at its end; of a foreign call nobody can know
        if (running == null || ended && running instanceof AbstractLlmCall) {
            return;
        }
        try {
            running.close();
        } catch (RuntimeException | LinkageError e) {
            log.debug(
                    "backend '{}' threw {} when a call was closed",
                    backend.id(),
                    e.getClass().getName());
        }
    }

    /** Ends it because its backend cannot be reached any more; whoever reads from it goes on elsewhere. Does not wait. */
    void cutOff(String why) {
        cutOff = "backend '" + backend.id() + "' is cut off: " + why;
        breakOff();
    }

    /** Gives back what the backend granted. Called exactly once; {@code failure} is null when it answered. */
    void leave(@Nullable LlmException failure) {
        long nanos = nanos();
        backend.closed(this);
        try {
            if (entry != null) {
                Expense unused = settle(failure);
                entry.loaded();
                if (writing.getAndSet(Writing.OVER) == Writing.COUNTED) {
                    backend.knowledge().ended();
                }
            }
            watch.ended(new AttemptWatch.Ending(
                    RateBook.key(model),
                    nanos,
                    firstTokenNanos,
                    chars,
                    failure == null ? null : failure.kind(),
                    outrun,
                    answer));
        } finally { // whatever becomes of the reports, the place is given back
            backend.leave(nanos, failure, probe && firstTokenNanos >= 0);
        }
    }

    private LlmException faulty(Throwable cause) {
        return failure(
                LlmException.Kind.PROTOCOL,
                "backend '" + backend.id() + "' is faulty: it threw "
                        + cause.getClass().getName(),
                cause);
    }

    private LlmException failure(LlmException.Kind kind, String message, @Nullable Throwable cause) {
        return LlmException.builder(kind, backend.id(), message)
                .charsDelivered(chars)
                .cause(cause)
                .build();
    }
}
