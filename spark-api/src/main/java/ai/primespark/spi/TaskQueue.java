package ai.primespark.spi;

import ai.primespark.agent.AgentStatus;
import ai.primespark.agent.CancelOutcome;
import ai.primespark.agent.CancelReason;
import ai.primespark.agent.QueueFullException;
import ai.primespark.agent.QueueUnavailableException;
import ai.primespark.agent.TaskEvent;
import ai.primespark.agent.TaskFilter;
import ai.primespark.agent.TaskPage;
import ai.primespark.agent.TaskScope;
import ai.primespark.agent.TaskSnapshot;
import ai.primespark.agent.TaskStats;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps tasks and hands them out under leases. Moves bytes only: no class of the application crosses this interface. Which agent
 * takes what, handlers, back-off and power are the engine's; a queue's duty is that each change of state is atomic and that time is
 * the queue's own, not the caller's.
 *
 * <p>Methods may block until the deadline, and throw {@link QueueUnavailableException} when the queue cannot be reached by then.
 *
 * <p>The states of a task and everything that changes them; whatever else is asked of a task changes nothing:
 *
 * <pre>
 * submit         -> BLOCKED     it is to run after tasks that are not over
 *                -> SCHEDULED   its time has not come
 *                -> READY       else
 *                -> CANCELLED   a task that it is to run after is not known or ended without success
 *                -> EXPIRED     its deadline is over
 * BLOCKED        -> SCHEDULED, READY   all that it is to run after have succeeded
 *                -> CANCELLED          one of them ended otherwise
 * SCHEDULED      -> READY       its time has come
 * READY          -> RUNNING     claim: attempts + 1, fence grows
 * RUNNING        -> SUCCEEDED   complete with Success, also when it was to be cancelled or its deadline is over
 *                -> SCHEDULED   complete with Failure and a pause: failures + 1
 *                -> READY       complete with Failure and a pause of zero: failures + 1; with Release: nothing is counted;
 *                               the lease is over: losses + 1
 *                -> DEAD        complete with Failure without a pause; the lease is over and losses reach the policy's limit
 *                -> CANCELLED   complete with Stopped(USER); it was to be cancelled, and its attempt ends without success
 *                -> EXPIRED     complete with Stopped(DEADLINE); its deadline is over, and its attempt ends without success,
 *                               unless that makes it DEAD
 * BLOCKED, SCHEDULED, READY -> CANCELLED by cancel, -> EXPIRED when the deadline is over
 * DEAD           -> READY       replay; -> forgotten by purge
 * SUCCEEDED, CANCELLED, EXPIRED -> forgotten after the retention
 * </pre>
 *
 * <p>A task that was to be cancelled and whose attempt ends without success is cancelled before it is anything else.
 *
 * <p>Rules that {@code TaskQueueContract} in the testkit checks:
 *
 * <ul>
 *   <li>TASK-01 A submitted task is claimed until it ends; none is lost, however agents come and go. With
 *       {@link Traits#durable()} that holds across kill and restart of the queue.
 *   <li>TASK-02 Submitting an id again changes nothing, nor does an idempotency key that the queue remembers.
 *   <li>TASK-03 A task is under one lease at a time; fences of a task strictly increase.
 *   <li>TASK-04 A lease that is over, or has a smaller fence, changes nothing: {@link #complete} and {@link #save} are refused.
 *   <li>TASK-05 Exactly one completion of a task is accepted, and a final state never changes except by {@link #replay}.
 *   <li>TASK-06 Claims take tasks in the order of place minus head start, in the lanes asked for and no other. A task's place is
 *       when it became ready first, except that tasks of one submitter stand {@link #SPACING} apart, and at most
 *       {@link #LATEST_PLACE} late: so a submitter's flood does not keep others waiting behind all of it, and every task's
 *       turn comes.
 *   <li>TASK-07 A claim repeated with its request id gives the same leases again while they last.
 *   <li>TASK-08 A cancelled task that was not running never starts; one that is running is told with its next beat.
 *   <li>TASK-09 A task whose deadline is over is not claimed, and ends as expired.
 *   <li>TASK-10 {@link #awaitWork} wakes up for new work within 100 ms and does not poll.
 *   <li>TASK-11 A full queue refuses submissions and still accepts completions.
 *   <li>TASK-12 After {@link #close()}, every method fails with an {@link QueueUnavailableException}; closing twice is harmless.
 *   <li>TASK-13 A claim's limits by type hold over all agents that ask with them.
 *   <li>TASK-14 A task waits until all that it is to run after have succeeded, and is cancelled when one of them ends otherwise or
 *       is not known.
 *   <li>TASK-15 All error texts of a task's attempts are kept, the last 16 at least; one whose leases were lost as often as its
 *       policy allows is dead, and no other task is.
 * </ul>
 */
public interface TaskQueue extends SparkComponent {

    /** How far apart tasks of one submitter stand in line. */
    Duration SPACING = Duration.ofMillis(1);

    /** How much later than it became ready a task may stand in line. */
    Duration LATEST_PLACE = Duration.ofMinutes(10);

    /**
     * What the queue can do.
     *
     * @return constant
     */
    Traits traits();

    /**
     * Takes tasks, all or none.
     *
     * @param batch the tasks
     * @param deadline by when; they may have been taken all the same
     * @return one answer a task, in their order; with a conflict among them, no task of the batch was taken
     * @throws QueueFullException when there is no room; no task was taken
     * @throws ai.primespark.agent.TaskException that is not retryable and names the limit, when a payload is larger than
     *     {@link Traits#maxPayloadBytes()}; no task was taken
     */
    List<Submitted> submit(List<TaskEnvelope> batch, Deadline deadline);

    /**
     * Leases tasks to an agent. Does not wait for work.
     *
     * @param claim who, which and how many
     * @param deadline when the answer is of no more use
     * @return at most as many as asked for; may be empty
     */
    List<TaskLease> claim(TaskClaim claim, Deadline deadline);

    /**
     * The lanes that hold tasks which are not over, so that agents can choose among them; perhaps also some that did a moment ago.
     *
     * @param deadline when the answer is of no more use
     * @return unmodifiable
     */
    Set<TaskLane> lanes(Deadline deadline);

    /**
     * Waits until there may be work in one of the lanes, or a lane that was not there before.
     *
     * @param known the lanes that the agent knows and would claim from
     * @param max how long to wait
     * @return false when the time was over first; true may be a false alarm
     * @throws InterruptedException when the thread is interrupted
     */
    boolean awaitWork(Set<TaskLane> known, Duration max) throws InterruptedException;

    /**
     * Extends leases and reports progress.
     *
     * @param leases what the agent thinks it holds
     * @param life how long they hold from now on; positive
     * @param deadline when the answer is of no more use
     * @return one answer a lease, in their order
     */
    List<Beat> beat(List<TaskLease.Progress> leases, Duration life, Deadline deadline);

    /**
     * Saves a checkpoint.
     *
     * @param lease the lease
     * @param checkpoint replaces the earlier one; not modified by either side
     * @param deadline by when
     * @return false when the lease is over
     * @throws ai.primespark.agent.TaskException that is not retryable and names the limit, when the checkpoint is larger than
     *     {@link Traits#maxPayloadBytes()}; the earlier one stays
     */
    boolean save(TaskLease.Ref lease, byte[] checkpoint, Deadline deadline);

    /**
     * Sends a piece of what an attempt produces to those who {@linkplain #subscribe follow}, as
     * {@link TaskEvent.Kind#OUTPUT}. Kept nowhere.
     *
     * @param lease the lease
     * @param piece at most 64 KiB of UTF-8
     * @param deadline when it is of no more use
     * @return false when the lease is over
     * @throws IllegalArgumentException when the piece is larger
     */
    boolean emit(TaskLease.Ref lease, String piece, Deadline deadline);

    /**
     * Ends a lease with the outcome of its attempt.
     *
     * @param lease the lease
     * @param completion the outcome
     * @param deadline by when; it may have been accepted all the same
     * @return false when the lease is over: the outcome is refused. True again when the same outcome is repeated
     * @throws ai.primespark.agent.TaskException that is not retryable and names the limit, when a result or checkpoint is larger
     *     than {@link Traits#maxPayloadBytes()}; the lease holds on
     */
    boolean complete(TaskLease.Ref lease, TaskCompletion completion, Deadline deadline);

    /**
     * Ends many leases in one go, as {@link #complete} ends each. Agents whose tasks are short hand in their outcomes like this.
     *
     * @param endings the leases and their outcomes; not modified
     * @param deadline by when; any of them may have been accepted all the same
     * @return one answer a lease, in their order, as {@link #complete} gives it
     */
    default List<Boolean> completeAll(List<Ending> endings, Deadline deadline) {
        return endings.stream()
                .map(ending -> complete(ending.lease(), ending.completion(), deadline))
                .toList();
    }

    /**
     * Cancels a task.
     *
     * @param taskId the task
     * @param reason for people
     * @param deadline by when
     * @return what it achieved
     */
    CancelOutcome cancel(String taskId, String reason, Deadline deadline);

    /**
     * Finds a task.
     *
     * @param taskId the task
     * @param deadline when the answer is of no more use
     * @return empty when it is not known (any more)
     */
    Optional<TaskSnapshot> find(String taskId, Deadline deadline);

    /**
     * The result of a task that succeeded.
     *
     * @param taskId the task
     * @param deadline when the answer is of no more use
     * @return empty when there is none (any more)
     */
    Optional<byte[]> result(String taskId, Deadline deadline);

    /**
     * Lists tasks, newest first.
     *
     * @param filter which
     * @param cursor the cursor of the page before, or null for the first page
     * @param limit at least 1
     * @param deadline when the answer is of no more use
     * @return a page
     */
    TaskPage list(TaskFilter filter, @Nullable String cursor, int limit, Deadline deadline);

    /**
     * Puts dead tasks back, with their counts of failures and losses at zero.
     *
     * @param filter which; tasks that are not dead are left alone
     * @param deadline by when; the rest may be left
     * @return how many
     */
    int replay(TaskFilter filter, Deadline deadline);

    /**
     * Forgets dead tasks.
     *
     * @param filter which; tasks that are not dead are left alone
     * @param deadline by when; the rest may be left
     * @return how many
     */
    int purge(TaskFilter filter, Deadline deadline);

    /**
     * Makes known how an agent is doing.
     *
     * @param agent its status; the queue sets the time
     * @param life after which it counts as offline, if not heard of again
     * @param deadline by when
     */
    void heartbeat(AgentStatus agent, Duration life, Deadline deadline);

    /**
     * The agents that were heard of lately.
     *
     * @param deadline when the answer is of no more use
     * @return offline ones included, until forgotten
     */
    List<AgentStatus> agents(Deadline deadline);

    /**
     * Pauses or resumes a scope for all agents; they heed it when they claim.
     *
     * @param scope the scope
     * @param paused whether it is paused
     * @param deadline by when
     */
    void setPaused(TaskScope scope, boolean paused, Deadline deadline);

    /**
     * What is paused.
     *
     * @param deadline when the answer is of no more use
     * @return unmodifiable
     */
    Set<TaskScope> paused(Deadline deadline);

    /**
     * Does what is due: ends leases that are over, makes scheduled tasks ready, expires and forgets. Any number of processes may
     * call it at once.
     *
     * @param deadline by when; the rest may be left
     * @return how long until something is due again, at most a minute
     */
    Duration sweep(Deadline deadline);

    /**
     * Counts.
     *
     * @param deadline when the answer is of no more use
     * @return exact or nearly so
     */
    TaskStats stats(Deadline deadline);

    /**
     * Follows what happens to tasks. Events may be lost when the queue was away; they are for people and for waking up, and nothing
     * is decided by them.
     *
     * @param listener fast, on a thread of the queue's
     * @return ends the subscription
     */
    AutoCloseable subscribe(Consumer<TaskEvent> listener);

    /**
     * The end of a lease.
     *
     * @param lease the lease
     * @param completion the outcome of its attempt
     */
    record Ending(TaskLease.Ref lease, TaskCompletion completion) {

        /** Refuses nulls. */
        public Ending {
            Objects.requireNonNull(lease, "lease");
            Objects.requireNonNull(completion, "completion");
        }
    }

    /**
     * What a queue can do.
     *
     * @param durable whether what was taken survives a crash of the queue
     * @param shared whether other processes see the same tasks
     * @param maxPayloadBytes the largest payload, result or checkpoint
     */
    record Traits(boolean durable, boolean shared, int maxPayloadBytes) {}

    /**
     * What became of a submission.
     *
     * @param taskId the new task, or the one that was there
     * @param outcome what happened
     */
    record Submitted(String taskId, Outcome outcome) {

        /** Refuses nulls. */
        public Submitted {
            Objects.requireNonNull(taskId, "taskId");
            Objects.requireNonNull(outcome, "outcome");
        }

        /** What can happen to a submission. */
        public enum Outcome {
            /** It is new, and was taken unless another task of the batch is in conflict. */
            CREATED,
            /** It was there already, by its id or idempotency key. */
            EXISTING,
            /** Its idempotency key belongs to a task of another type or payload. */
            CONFLICT
        }
    }

    /**
     * The queue's answer to a heartbeat for a lease.
     *
     * @param held whether the lease still holds
     * @param cancel why the attempt is to stop, or null when it is to go on
     */
    record Beat(boolean held, @Nullable CancelReason cancel) {}
}
