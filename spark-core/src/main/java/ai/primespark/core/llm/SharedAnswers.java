package ai.primespark.core.llm;

import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.Privacy;
import ai.primespark.spi.Meters;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The answers beyond this process: asked for and kept on threads of their own, a bounded number at a time. Thread-safe.
 *
 * <p>While the store owes somebody an answer for longer than the patience, nobody else asks it: a store that hangs costs one
 * call its patience, not every call.
 */
final class SharedAnswers implements AutoCloseable {

    static final int MOST_LOOKUPS = 32;
    static final int MOST_WRITES = 32;

    /** What is longer is not kept: as a value it may be larger than memory takes. */
    static final int MOST_CHARS = 200_000;

    private static final Logger log = LoggerFactory.getLogger(SharedAnswers.class);

    /** How long closing waits for what is being written. */
    private static final long CLOSE_NANOS = Duration.ofSeconds(1).toNanos();

    private final AnswerStore store;
    private final Duration patience;
    private final Duration life;
    private final Executor blocking;
    private final Semaphore lookups = new Semaphore(MOST_LOOKUPS);
    private final Semaphore writes = new Semaphore(MOST_WRITES);
    private final AtomicInteger overdue = new AtomicInteger();
    private final AtomicBoolean failing = new AtomicBoolean();
    private volatile boolean closed;

    private final Meters.Counter found;
    private final Meters.Counter absent;
    private final Meters.Counter unreadable;
    private final Meters.Counter late;
    private final Meters.Counter unasked;
    private final Meters.Counter written;
    private final Meters.Counter dropped;
    private final Meters.Counter failed;

    /**
     * Makes one.
     *
     * @param store where the answers are
     * @param patience how long a call waits
     * @param life how long answers are kept
     * @param blocking for the store's work
     * @param meters where to count
     */
    SharedAnswers(AnswerStore store, Duration patience, Duration life, Executor blocking, Meters meters) {
        this.store = store;
        this.patience = patience;
        this.life = life;
        this.blocking = blocking;
        this.found = counter(meters, "found");
        this.absent = counter(meters, "absent");
        this.unreadable = counter(meters, "unreadable");
        this.late = counter(meters, "late");
        this.unasked = counter(meters, "unasked");
        this.written = counter(meters, "written");
        this.dropped = counter(meters, "dropped");
        this.failed = counter(meters, "failed");
    }

    private static Meters.Counter counter(Meters meters, String outcome) {
        return meters.counter("spark.llm.cache.tiers", "outcome", outcome);
    }

    Duration patience() {
        return patience;
    }

    /** Asks the store; null when it is not asked now. {@code wake} is called when the answer is there. */
    @Nullable
    Inquiry ask(RequestKey key, Privacy privacy, Runnable wake) {
        if (closed || overdue.get() > 0 || !lookups.tryAcquire()) {
            unasked.increment();
            return null;
        }
        Inquiry inquiry = new Inquiry(key.text(), privacy);
        inquiry.whenDone(wake);
        try {
            blocking.execute(inquiry);
            return inquiry;
        } catch (RejectedExecutionException e) { // everything is being closed
            lookups.release();
            return null;
        }
    }

    /** Keeps an answer, later and if there is room. Returns at once. */
    void keep(RequestKey key, Privacy privacy, KeptAnswer kept) {
        LlmResponse answer = kept.answer();
        boolean fits = answer.text().length() + answer.thinking().length() <= MOST_CHARS;
        if (closed || !fits || !writes.tryAcquire()) {
            dropped.increment();
            return;
        }
        try {
            blocking.execute(() -> write(key.text(), privacy, kept));
        } catch (RejectedExecutionException e) {
            writes.release();
            dropped.increment();
        }
    }

    private void write(String key, Privacy privacy, KeptAnswer kept) {
        try {
            store.put(privacy, key, AnswerCodec.write(kept), life);
            written.increment();
            failing.set(false);
        } catch (RuntimeException | LinkageError e) {
            failed(key, "kept in", e);
        } finally {
            writes.release();
        }
    }

    private @Nullable KeptAnswer read(String key, Privacy privacy) {
        String json;
        try {
            json = store.get(privacy, key);
            failing.set(false);
        } catch (RuntimeException | LinkageError e) {
            failed(key, "looked for in", e);
            return null;
        }
        KeptAnswer kept = json == null ? null : AnswerCodec.read(json);
        // whoever wrote it may have been wrong about how far it may travel
        KeptAnswer allowed = kept != null && privacy.allows(kept.answer().zone()) ? kept : null;
        (allowed != null ? found : json == null ? absent : unreadable).increment();
        return allowed;
    }

    /** Says so once, until it works again. The key is the hash of a prompt, and does not belong into a log. */
    private void failed(String key, String what, Throwable cause) {
        failed.increment();
        String message = String.valueOf(cause.getMessage()).replace(key, "…");
        if (failing.compareAndSet(false, true)) {
            log.warn(
                    "answers cannot be {} memory ({}: {}); calls go on without",
                    what,
                    cause.getClass().getSimpleName(),
                    message);
        }
    }

    /** Takes no more answers, and waits a second at most for those that are being written. */
    @Override
    public void close() {
        closed = true;
        try {
            if (writes.tryAcquire(MOST_WRITES, CLOSE_NANOS, TimeUnit.NANOSECONDS)) {
                writes.release(MOST_WRITES);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private enum Phase {
        ASKING,
        OVERDUE,
        OVER
    }

    /** One question to the store. */
    final class Inquiry implements Runnable {

        private final String key;
        private final Privacy privacy;
        private final CompletableFuture<Optional<KeptAnswer>> answer = new CompletableFuture<>();
        private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.ASKING);

        private Inquiry(String key, Privacy privacy) {
            this.key = key;
            this.privacy = privacy;
        }

        private void whenDone(Runnable wake) {
            var unused = answer.thenRun(wake);
        }

        @Override
        public void run() {
            KeptAnswer kept = null;
            try {
                kept = read(key, privacy);
            } finally {
                lookups.release();
                if (phase.getAndSet(Phase.OVER) == Phase.OVERDUE) {
                    overdue.decrementAndGet();
                }
                answer.complete(Optional.ofNullable(kept));
            }
        }

        boolean isDone() {
            return answer.isDone();
        }

        /** Nobody waits for it any longer. */
        void giveUp() {
            overdue.incrementAndGet(); // first, so that it is never less than what is owed
            if (phase.compareAndSet(Phase.ASKING, Phase.OVERDUE)) {
                late.increment();
            } else {
                overdue.decrementAndGet();
            }
        }

        /** What the store has; null when that is nothing, and while it has not answered. */
        @Nullable
        KeptAnswer answer() {
            return answer.getNow(Optional.empty()).orElse(null);
        }
    }
}
