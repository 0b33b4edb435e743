package ai.primespark.agent;

import java.util.EnumSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which tasks are meant. Immutable and thread-safe. */
public final class TaskFilter {

    /** Every task that the queue knows. */
    public static final TaskFilter ALL = new TaskFilter(EnumSet.allOf(TaskStatus.class), null, null, null);

    /** Dead letters. */
    public static final TaskFilter DEAD = ALL.withStatus(TaskStatus.DEAD);

    private final Set<TaskStatus> statuses;
    private final @Nullable String type;
    private final @Nullable String id;
    private final @Nullable String submitter;

    private TaskFilter(
            Set<TaskStatus> statuses, @Nullable String type, @Nullable String id, @Nullable String submitter) {
        this.statuses = Set.copyOf(statuses);
        this.type = type;
        this.id = id;
        this.submitter = submitter;
    }

    /**
     * Keeps only tasks in these states.
     *
     * @param first a state
     * @param more further states
     * @return a new filter
     */
    public TaskFilter withStatus(TaskStatus first, TaskStatus... more) {
        return new TaskFilter(EnumSet.of(first, more), type, id, submitter);
    }

    /**
     * Keeps only tasks of a type.
     *
     * @param onlyType the type
     * @return a new filter
     */
    public TaskFilter withType(String onlyType) {
        return new TaskFilter(statuses, Objects.requireNonNull(onlyType, "onlyType"), id, submitter);
    }

    /**
     * Keeps only one task.
     *
     * @param onlyId its id
     * @return a new filter
     */
    public TaskFilter withId(String onlyId) {
        return new TaskFilter(statuses, type, Objects.requireNonNull(onlyId, "onlyId"), submitter);
    }

    /**
     * Keeps only tasks of a submitter.
     *
     * @param onlySubmitter for whom they are done
     * @return a new filter
     */
    public TaskFilter withSubmitter(String onlySubmitter) {
        return new TaskFilter(statuses, type, id, Objects.requireNonNull(onlySubmitter, "onlySubmitter"));
    }

    /**
     * The states that are kept.
     *
     * @return unmodifiable, never empty
     */
    public Set<TaskStatus> statuses() {
        return statuses;
    }

    /**
     * The one type that is kept.
     *
     * @return empty for all
     */
    public Optional<String> type() {
        return Optional.ofNullable(type);
    }

    /**
     * The one task that is kept.
     *
     * @return empty for all
     */
    public Optional<String> id() {
        return Optional.ofNullable(id);
    }

    /**
     * The one submitter whose tasks are kept.
     *
     * @return empty when every submitter's are
     */
    public Optional<String> submitter() {
        return Optional.ofNullable(submitter);
    }

    /**
     * Whether a task is kept.
     *
     * @param task the task
     * @return true when all conditions hold
     */
    public boolean matches(TaskSnapshot task) {
        return statuses.contains(task.status())
                && (type == null || type.equals(task.type()))
                && (id == null || id.equals(task.id()))
                && (submitter == null || submitter.equals(task.submitter()));
    }
}
