package ai.primespark.core.agent;

import ai.primespark.agent.CancelReason;
import ai.primespark.agent.QueueUnavailableException;
import ai.primespark.agent.TaskContext;
import ai.primespark.agent.TaskException;
import ai.primespark.agent.TaskRequest;
import ai.primespark.spi.TaskLane;
import ai.primespark.spi.TaskLease;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One attempt: the lease, what its handler says and is told, and who has the last word. Either the handler's thread or, when the
 * handler does not stop, the pulse {@linkplain #settle() settles} it; the other's outcome is dropped.
 */
final class Attempt implements TaskContext {

    private static final Logger LOG = LoggerFactory.getLogger(Attempt.class);
    private static final int MAX_PIECE = 64 * 1024;
    private static final int MAX_NOTE = 200;
    private static final long FIRST_PAUSE = Duration.ofMillis(20).toNanos();
    private static final long LONGEST_PAUSE = Duration.ofSeconds(1).toNanos();

    private final TaskLease lease;
    private final Handlers.Entry handler;
    private final AttemptHost host;
    private final long claimed;
    private final Object lock = new Object(); // its own: handlers may lock the context
    private volatile long validUntil;
    private volatile long begun;
    private volatile @Nullable CancelReason cancelled;
    private volatile long cancelledAt;
    private volatile long drainUntil;
    private volatile double fraction;
    private volatile String note = "";
    private volatile byte @Nullable [] saved;
    private @Nullable Thread thread; // guarded by lock; set while the handler runs
    private List<Consumer<CancelReason>> onCancel = List.of(); // guarded by lock
    private boolean settled; // guarded by lock

    /**
     * Makes an attempt that has not begun.
     *
     * @param lease what was claimed
     * @param handler what does it
     * @param host who runs it
     * @param claimed when the claim was sent
     * @param validUntil until when the lease holds at least, by {@link System#nanoTime()}
     */
    Attempt(TaskLease lease, Handlers.Entry handler, AttemptHost host, long claimed, long validUntil) {
        this.lease = lease;
        this.handler = handler;
        this.host = host;
        this.claimed = claimed;
        this.validUntil = validUntil;
        this.saved = lease.saved();
    }

    // --- for the agent

    TaskLease lease() {
        return lease;
    }

    TaskRequest request() {
        return lease.task().request();
    }

    TaskLane lane() {
        return lease.task().lane();
    }

    Handlers.Entry handler() {
        return handler;
    }

    long claimed() {
        return claimed;
    }

    long validUntil() {
        return validUntil;
    }

    void extend(long until) {
        validUntil = until;
    }

    /** When the handler was called, or 0. */
    long begun() {
        return begun;
    }

    long cancelledAt() {
        return cancelledAt;
    }

    TaskLease.Progress progress() {
        return new TaskLease.Progress(lease.ref(), fraction, note);
    }

    /** The handler is about to be called on this thread; one that is to stop already finds itself interrupted. */
    void begin() {
        synchronized (lock) {
            begun = System.nanoTime();
            thread = Thread.currentThread();
            if (cancelled != null) {
                thread.interrupt();
            }
        }
    }

    /** The handler is back: its thread is not interrupted for this attempt any more, and forgets if it was. */
    void end() {
        synchronized (lock) {
            thread = null;
        }
        var unused = Thread.interrupted();
    }

    /** Takes the last word; true for whoever comes first. */
    boolean settle() {
        synchronized (lock) {
            boolean first = !settled;
            settled = true;
            return first;
        }
    }

    boolean isSettled() {
        synchronized (lock) {
            return settled;
        }
    }

    /**
     * Tells the handler to stop; only the first reason counts.
     *
     * @param reason why
     * @param until when the time to stop is over, by {@link System#nanoTime()}; 0 for no such limit
     */
    void cancel(CancelReason reason, long until) {
        List<Consumer<CancelReason>> actions;
        synchronized (lock) {
            if (cancelled != null || settled) {
                return;
            }
            cancelledAt = System.nanoTime();
            drainUntil = until;
            cancelled = reason;
            actions = onCancel;
            onCancel = List.of();
            if (thread != null) {
                thread.interrupt();
            }
        }
        actions.forEach(action -> host.execute(() -> act(action, reason)));
    }

    /** Interrupts a handler that has not stopped, once more. */
    void interruptAgain() {
        synchronized (lock) {
            if (thread != null) {
                thread.interrupt();
            }
        }
    }

    private static void act(Consumer<CancelReason> action, CancelReason reason) {
        try {
            action.accept(reason);
        } catch (RuntimeException | Error e) {
            LOG.warn("What a handler wanted done on cancellation failed", e);
        }
    }

    // --- for the handler

    @Override
    public String taskId() {
        return lease.ref().taskId();
    }

    @Override
    public int attempt() {
        return lease.attempt();
    }

    @Override
    public long fence() {
        return lease.ref().fence();
    }

    @Override
    public String effectKey() {
        return lease.ref().taskId();
    }

    @Override
    public Optional<Instant> deadline() {
        return request().deadline();
    }

    @Override
    public Optional<CancelReason> cancelled() {
        return Optional.ofNullable(cancelled);
    }

    @Override
    public void onCancel(Consumer<CancelReason> action) {
        Objects.requireNonNull(action, "action");
        CancelReason already;
        synchronized (lock) {
            already = cancelled;
            if (already == null) {
                List<Consumer<CancelReason>> more = new ArrayList<>(onCancel);
                more.add(action);
                onCancel = more;
            }
        }
        if (already != null) {
            act(action, already);
        }
    }

    @Override
    public Optional<Duration> drainTimeLeft() {
        long until = drainUntil;
        return until == 0 ? Optional.empty() : Optional.of(Duration.ofNanos(Math.max(0, until - System.nanoTime())));
    }

    @Override
    public void progress(double newFraction, String newNote) {
        Objects.requireNonNull(newNote, "note");
        fraction = newFraction > 0 ? Math.min(1, newFraction) : 0;
        note = newNote.length() <= MAX_NOTE ? newNote : newNote.substring(0, MAX_NOTE);
    }

    @Override
    public void emit(String piece) {
        if (piece.length() > MAX_PIECE || utf8Length(piece) > MAX_PIECE) {
            throw new IllegalArgumentException("a piece of output is larger than 64 KiB; emit it in several");
        }
        if (cancelled == CancelReason.LEASE_LOST) {
            return; // it is another attempt's by now
        }
        try {
            if (!undisturbed(() -> host.queue().emit(lease.ref(), piece, host.deadline()))) {
                cancel(CancelReason.LEASE_LOST, 0);
            }
        } catch (QueueUnavailableException e) {
            host.unavailable("send output of", e); // nothing keeps output, so nothing is wrong that was right before
        }
    }

    /** A handler that was interrupted to make it stop may still save where it is. */
    private static boolean undisturbed(BooleanSupplier call) {
        boolean interrupted = Thread.interrupted();
        try {
            return call.getAsBoolean();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static int utf8Length(String text) {
        return text.length() * 3 <= MAX_PIECE ? text.length() : text.getBytes(StandardCharsets.UTF_8).length;
    }

    @Override
    public <C> Optional<C> checkpoint(Class<C> type) {
        byte[] state = saved;
        if (state == null) {
            return Optional.empty();
        }
        @SuppressWarnings("unchecked") // decode() reads the type it was asked for
        C value = (C) TaskCodec.decode("the checkpoint of task " + taskId(), state, type);
        return Optional.of(value);
    }

    @Override
    public void saveCheckpoint(Object state) {
        byte[] body = TaskCodec.encode("a checkpoint of task " + taskId(), Objects.requireNonNull(state, "state"))
                .body();
        if (cancelled == CancelReason.LEASE_LOST || !undisturbed(() -> isSaved(body))) {
            cancel(CancelReason.LEASE_LOST, 0);
            throw new TaskException(
                    "the checkpoint of task " + taskId()
                            + " was not saved: this attempt does not hold the task any more;"
                            + " stop it, another one goes on",
                    false,
                    null);
        }
        saved = body;
    }

    /** Waits for a queue that is away as long as the attempt may go on: that is no failure of the handler's. */
    private boolean isSaved(byte[] body) {
        long pause = FIRST_PAUSE;
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return host.queue().save(lease.ref(), body, host.deadline());
                } catch (QueueUnavailableException e) {
                    host.unavailable("save the checkpoint of", e);
                    CancelReason reason = cancelled;
                    if (reason == CancelReason.LEASE_LOST) {
                        return false;
                    }
                    if (reason != null) {
                        throw e;
                    }
                }
                LockSupport.parkNanos(pause); // and no longer when it is told to stop
                interrupted |= Thread.interrupted(); // else there would be no pause any more
                pause = Math.min(LONGEST_PAUSE, pause * 2);
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
