package ai.primespark.core.agent.queue;

import ai.primespark.agent.QueueFullException;
import ai.primespark.agent.QueueUnavailableException;
import ai.primespark.agent.TaskException;
import ai.primespark.agent.TaskScope;
import ai.primespark.agent.TaskStatus;
import ai.primespark.core.journal.Journal;
import ai.primespark.core.journal.JournalEntry;
import ai.primespark.core.journal.JournalException;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TaskEnvelope;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a table in a {@link Journal}. Changes are appended under the table's lock, so that the journal has them in order, and
 * waited for without it, so that all who wait share one sync of the disk.
 *
 * <p>Who gets a task is written, too, but nobody waits for that: a crash before it is on the disk only means that the attempt does
 * not count as a loss. Fences do not depend on it, because those of one run of the queue are all greater than those of the run
 * before.
 */
final class FileLog implements TaskLog {

    private static final byte[] NOTHING = {};
    private static final long PAUSE_MILLIS = 50;
    private static final int MENDED_AT_ONCE = 1_000;

    private final String queue;
    private final AtomicLong batches = new AtomicLong();
    private final Set<TaskRecord> unsaved = ConcurrentHashMap.newKeySet(); // the disk has an older state of them
    private @Nullable Journal journal;
    /** Done when all changes so far are on the disk or have failed. Guarded by the table's lock. */
    private CompletableFuture<?> settled = CompletableFuture.completedFuture(null);

    private volatile CompletableFuture<JournalEntry> paused = new CompletableFuture<>(); // set under the table's lock
    private Set<TaskScope> pausedScopes = Set.of(); // guarded by the table's lock
    private final AtomicReference<@Nullable JournalEntry> pausedEntry = new AtomicReference<>();

    FileLog(String queue) {
        this.queue = queue;
    }

    /** Before anything else: where to write, and what tells this run's batches from others'. */
    void open(Journal opened, long run, Set<TaskScope> pausedBefore, @Nullable JournalEntry entry) {
        journal = opened;
        batches.set(run << 32);
        pausedScopes = pausedBefore;
        pausedEntry.set(entry);
        paused.complete(entry);
    }

    private Journal journal() {
        return Objects.requireNonNull(journal, "not opened");
    }

    static Logged of(TaskRecord task) {
        return Objects.requireNonNull(task.logged);
    }

    // --- under the lock

    @Override
    public void reserved(TaskRecord task) {
        task.logged = new Logged();
    }

    @Override
    public void ending(TaskRecord task) {
        TaskEnvelope envelope = task.envelope;
        if (envelope != null) {
            of(task).head = new TaskEnvelope(task.id, envelope.request().withPayload(NOTHING), envelope.encoding());
        }
    }

    @Override
    public void changed(TaskRecord task) {
        Logged logged = of(task);
        boolean isLast = task.status.isFinal() && task.status != TaskStatus.DEAD;
        CompletableFuture<JournalEntry> written =
                journal().appendAsync(TaskCodec.STATE, TaskCodec.state(task, logged.head));
        follow(task, written, entry -> logged.state(entry, isLast, journal()));
    }

    @Override
    public void checkpointed(TaskRecord task) {
        byte[] bytes = task.checkpoint;
        if (bytes != null) {
            CompletableFuture<JournalEntry> written =
                    journal().appendAsync(TaskCodec.CHECKPOINT, TaskCodec.checkpoint(task.id, bytes));
            follow(task, written, entry -> of(task).checkpoint(entry, journal()));
        }
    }

    private void follow(TaskRecord task, CompletableFuture<JournalEntry> written, Consumer<JournalEntry> done) {
        CompletableFuture<?> now = written.whenComplete((entry, failure) -> {
            if (failure == null) {
                done.accept(entry);
            } else {
                unsaved.add(task);
            }
        });
        CompletableFuture<?> either = now.handle((entry, failure) -> null);
        settled = settled.isDone() ? either : CompletableFuture.allOf(settled, either);
        Logged logged = of(task);
        // what was written before counts, too: a state may get to the disk where the checkpoint before it did not
        logged.last = isWell(logged.last) ? now : CompletableFuture.allOf(logged.last, now);
    }

    private static boolean isWell(CompletableFuture<?> written) {
        return written.isDone() && !written.isCompletedExceptionally();
    }

    @Override
    public void claimed(ClaimRecord claim) {
        claim.logged = journal().appendAsync(TaskCodec.CLAIM, TaskCodec.claim(claim));
    }

    @Override
    public void ended(ClaimRecord claim) {
        if (claim.logged != null) {
            var unused = claim.logged.thenAccept(journal()::release);
        }
    }

    @Override
    public void forgotten(TaskRecord task) {
        unsaved.remove(task);
        of(task).forget(journal());
    }

    @Override
    public void paused(Set<TaskScope> scopes) {
        pausedScopes = scopes;
        paused = journal()
                .appendAsync(TaskCodec.PAUSED, TaskCodec.paused(scopes))
                .whenComplete((entry, failure) -> {
                    JournalEntry before = failure == null ? pausedEntry.getAndSet(entry) : null;
                    if (before != null) {
                        journal().release(before);
                    }
                });
    }

    // --- without the lock

    @Override
    public boolean isImmediate() {
        return false;
    }

    @Override
    public void submit(List<TaskRecord> tasks, Deadline deadline) {
        LoggedBatch batch = tasks.size() == 1 ? null : new LoggedBatch(batches.incrementAndGet(), tasks.size());
        List<CompletableFuture<JournalEntry>> written = new ArrayList<>(tasks.size() + 1);
        try {
            for (TaskRecord task : tasks) {
                TaskEnvelope envelope = Objects.requireNonNull(task.envelope);
                byte[] bytes = TaskCodec.task(task, envelope, batch == null ? 0 : batch.number);
                journal().awaitRoom(bytes.length, deadline);
                CompletableFuture<JournalEntry> one = journal().appendAsync(TaskCodec.TASK, bytes);
                written.add(one.thenApply(entry -> {
                    of(task).submitted(entry, batch);
                    return entry;
                }));
            }
            for (CompletableFuture<JournalEntry> one : written) {
                var unused = get(one, deadline);
            }
            if (batch != null) { // until this is on the disk, a restart drops all of them
                CompletableFuture<JournalEntry> whole =
                        journal().appendAsync(TaskCodec.BATCH, TaskCodec.number(batch.number));
                written.add(whole);
                batch.written(get(whole, deadline));
            }
        } catch (RuntimeException | TimeoutException | InterruptedException e) {
            TaskException failure = refused(e);
            for (CompletableFuture<JournalEntry> one : written) {
                var unused = one.thenAccept(journal()::release);
            }
            tasks.forEach(task -> of(task).taken.completeExceptionally(failure));
            throw failure;
        }
        tasks.forEach(task -> of(task).taken.complete(null));
    }

    private TaskException refused(Exception e) {
        if (e instanceof JournalException known && !known.uncertain()) {
            boolean full = known.kind() == JournalException.Kind.FULL
                    || String.valueOf(known.getMessage()).contains("No space left");
            if (full) {
                return new QueueFullException("task queue " + queue + " is full: " + known.getMessage());
            }
        }
        return unavailable("the task may or may not have been taken; submit it again with the same id", e);
    }

    private QueueUnavailableException unavailable(String meaning, Exception e) {
        if (e instanceof InterruptedException) {
            Thread.currentThread().interrupt();
        }
        String what = e instanceof TimeoutException
                ? "its disk did not answer in time"
                : e instanceof InterruptedException
                        ? "the thread was interrupted while it waited for the disk"
                        : String.valueOf(e.getMessage());
        return new QueueUnavailableException("task queue " + queue + ": " + what + "; " + meaning, e);
    }

    private static <T extends @Nullable Object> T get(CompletableFuture<T> future, Deadline deadline)
            throws TimeoutException, InterruptedException {
        try {
            return future.get(Math.max(0, deadline.remainingNanos()), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            while (cause instanceof java.util.concurrent.CompletionException && cause.getCause() != null) {
                cause = cause.getCause();
            }
            if (cause instanceof JournalException || cause instanceof TaskException) {
                throw (RuntimeException) cause;
            }
            throw new IllegalStateException("writing to the journal failed", cause);
        }
    }

    @Override
    public void await(TaskRecord task, Deadline deadline, Consumer<Runnable> underLock) {
        await(() -> of(task).last, () -> write(task), deadline, underLock);
    }

    @Override
    public void awaitAll(Deadline deadline, Consumer<Runnable> underLock) {
        while (true) {
            await(() -> settled, () -> {}, deadline, underLock);
            if (unsaved.isEmpty()) {
                return;
            }
            underLock.accept(this::writeSome);
            pause(deadline);
            if (deadline.isOver()) {
                throw later(new TimeoutException());
            }
        }
    }

    @Override
    public void awaitPaused(Deadline deadline, Consumer<Runnable> underLock) {
        await(() -> paused, this::writePaused, deadline, underLock);
    }

    /** Waits until the last of something is on the disk, and writes it again while that fails. */
    private void await(
            Supplier<CompletableFuture<?>> last, Runnable again, Deadline deadline, Consumer<Runnable> underLock) {
        while (true) {
            CompletableFuture<?>[] now = new CompletableFuture<?>[1];
            underLock.accept(() -> now[0] = last.get());
            if (now[0] == null) {
                throw new QueueUnavailableException("task queue " + queue + " is closed", null);
            }
            try {
                Object unused = get(now[0], deadline);
                return;
            } catch (JournalException e) {
                if (deadline.isOver() || e.kind() == JournalException.Kind.CLOSED) {
                    throw later(e);
                }
                pause(deadline);
                underLock.accept(again);
            } catch (TimeoutException | InterruptedException e) {
                throw later(e);
            }
        }
    }

    private QueueUnavailableException later(Exception e) {
        return unavailable(
                "what was asked has been done in memory and will be on the disk when that works again; ask again", e);
    }

    private void pause(Deadline deadline) {
        try {
            TimeUnit.MILLISECONDS.sleep(
                    Math.min(PAUSE_MILLIS, deadline.remaining().toMillis()));
        } catch (InterruptedException e) {
            throw later(e);
        }
    }

    /** Writes all of what the disk may have an older state of, unless it is being written. */
    private void write(TaskRecord task) {
        Logged logged = of(task);
        if (logged.last.isCompletedExceptionally() && task.taken) {
            unsaved.remove(task);
            logged.last = CompletableFuture.completedFuture(null);
            if (!logged.isOver()) { // else the last state is there already, and nothing else is needed any more
                checkpointed(task);
                changed(task);
            }
        }
    }

    private void writePaused() {
        if (paused.isCompletedExceptionally()) {
            paused(pausedScopes);
        }
    }

    @Override
    public void mend(Consumer<Runnable> underLock) {
        if (unsaved.isEmpty() && !paused.isCompletedExceptionally()) {
            return; // as nearly always
        }
        underLock.accept(() -> {
            writeSome();
            writePaused();
        });
    }

    private void writeSome() {
        unsaved.stream().limit(MENDED_AT_ONCE).forEach(this::write);
    }

    @Override
    public void close() {
        if (journal != null) {
            journal.close();
        }
    }
}
