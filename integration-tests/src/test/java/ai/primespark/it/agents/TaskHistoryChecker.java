package ai.primespark.it.agents;

import ai.primespark.agent.TaskStatus;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Holds what processes did against what the queue says in the end: no task that was taken is lost, each ends once, no two attempts
 * hold one lease, nothing begins after its end or a cancellation, and what was written under a fence is never undone by an older
 * one. {@link TaskHistoryCheckerTest} shows that it finds each of these.
 */
final class TaskHistoryChecker {

    private final TaskHistory history;
    private final Set<TaskStatus> allowed;
    private final List<String> violations = new ArrayList<>();

    /**
     * @param allowed in which states a task may have ended that nobody cancelled
     */
    TaskHistoryChecker(TaskHistory history, Set<TaskStatus> allowed) {
        this.history = history;
        this.allowed = Set.copyOf(allowed);
    }

    /**
     * What the queue says of a task in the end.
     *
     * @param status its state
     * @param result what its handler returned: the fence
     */
    record End(TaskStatus status, @Nullable String result) {}

    /** Checks all tasks. */
    List<String> check(Function<String, Optional<End>> queue) {
        Map<String, List<TaskEvidence>> all = history.byTask();
        all.forEach((task, evidence) -> {
            checkOrder(task, evidence);
            if (evidence.stream().anyMatch(each -> each.kind() == TaskEvidence.Kind.ACKED)) {
                Optional<End> end = queue.apply(task);
                checkEnd(task, evidence, end);
                evidence.stream()
                        .filter(each -> each.kind() == TaskEvidence.Kind.AFTER)
                        .forEach(each -> checkAfter(
                                each,
                                evidence,
                                all.getOrDefault(each.word(), List.of()),
                                end,
                                queue.apply(each.word())));
            }
        });
        return List.copyOf(violations);
    }

    /** A task that waits for another begins after that one's handler has returned, and ends with it if it fails. */
    private void checkAfter(
            TaskEvidence after,
            List<TaskEvidence> evidence,
            List<TaskEvidence> before,
            Optional<End> end,
            Optional<End> endBefore) {
        long returned = before.stream()
                .filter(each -> each.kind() == TaskEvidence.Kind.RETURN)
                .mapToLong(TaskEvidence::at)
                .min()
                .orElse(Long.MAX_VALUE);
        evidence.stream()
                .filter(each -> each.kind() == TaskEvidence.Kind.START && each.at() < returned)
                .forEach(each -> violate(after.task(), each, "began before " + after.word() + " had returned"));
        boolean asked = evidence.stream().anyMatch(each -> each.kind() == TaskEvidence.Kind.ASKED);
        boolean followedWell = endBefore.map(End::status).equals(Optional.of(TaskStatus.SUCCEEDED));
        if (followedWell && !asked && end.map(End::status).equals(Optional.of(TaskStatus.CANCELLED))) {
            violate(after.task(), after, "was cancelled though what it waits for succeeded and nobody asked for it");
        }
    }

    private void checkOrder(String task, List<TaskEvidence> evidence) {
        long started = 0;
        Set<Long> fences = new HashSet<>();
        long written = 0;
        String over = null;
        Set<Long> told = new HashSet<>();
        for (TaskEvidence each : evidence) {
            switch (each.kind()) {
                case START -> {
                    if (!fences.add(each.fence())) {
                        violate(task, each, "began twice under one lease");
                    }
                    // a process that stood still between its claim and this line may come late; then its fence is an
                    // old one
                    if (over != null && each.fence() > started) {
                        violate(task, each, "began though it was over: " + over);
                    }
                    started = Math.max(started, each.fence());
                }
                case EFFECT -> {
                    boolean letIn = Boolean.parseBoolean(each.word());
                    if (letIn && each.fence() < written) {
                        violate(task, each, "undid what fence " + written + " had written");
                    }
                    written = letIn ? Math.max(written, each.fence()) : written;
                }
                case CANCELLED -> over = each.word().equals("CANCELLED") ? "cancelled at " + each.at() : over;
                case ENDED -> {
                    over = each.word() + " at " + each.at();
                    if (!told.add(each.fence())) {
                        violate(task, each, "ended twice");
                    }
                }
                default -> {}
            }
        }
    }

    private void checkEnd(String task, List<TaskEvidence> evidence, Optional<End> known) {
        TaskEvidence first = evidence.get(0);
        if (known.isEmpty()) {
            violate(task, first, "is lost");
            return;
        }
        End end = known.get();
        boolean asked = evidence.stream()
                .anyMatch(each -> each.kind() == TaskEvidence.Kind.ASKED || each.kind() == TaskEvidence.Kind.AFTER);
        boolean promised = evidence.stream()
                .anyMatch(each -> each.kind() == TaskEvidence.Kind.CANCELLED
                        && each.word().equals("CANCELLED"));
        if (promised && end.status() != TaskStatus.CANCELLED) {
            violate(task, first, "was cancelled and ended as " + end.status());
        } else if (!allowed.contains(end.status()) && !(asked && end.status() == TaskStatus.CANCELLED)) {
            violate(task, first, "ended as " + end.status());
        }
        evidence.stream()
                .filter(each -> each.kind() == TaskEvidence.Kind.ENDED)
                .filter(each -> !each.word().equals(end.status().name()))
                .forEach(each -> violate(task, each, "was told as " + each.word() + " and is " + end.status()));
        if (end.status() == TaskStatus.SUCCEEDED) {
            checkResult(task, evidence, end);
        }
    }

    /** The attempt whose result was taken is the last that began: a later one would have taken its lease away before. */
    private void checkResult(String task, List<TaskEvidence> evidence, End end) {
        long last = evidence.stream()
                .filter(each -> each.kind() == TaskEvidence.Kind.START)
                .mapToLong(TaskEvidence::fence)
                .max()
                .orElse(-1);
        if (!String.valueOf(last).equals(end.result())) {
            violate(task, evidence.get(0), "has the result of fence " + end.result() + ", but the last was " + last);
        }
    }

    private void violate(String task, TaskEvidence evidence, String what) {
        violations.add(task + ": " + evidence + " " + what);
    }
}
