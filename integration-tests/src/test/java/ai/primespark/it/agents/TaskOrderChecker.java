package ai.primespark.it.agents;

import ai.primespark.agent.Priority;
import ai.primespark.it.agents.TaskEvidence.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Holds the order in which tasks began, over all processes, against their places: when a task begins, at most so many may still wait
 * that stand before it. A place is the time at which a task became ready less its priority's head start (docs/agents.md, "who gets
 * what"), so this is both bounds in one: the urgent first, and what waited for long before all that came much later.
 */
final class TaskOrderChecker {

    private static final Map<Priority, Duration> HEAD_STARTS = Map.of(
            Priority.URGENT, Duration.ofMinutes(10),
            Priority.HIGH, Duration.ofMinutes(2),
            Priority.NORMAL, Duration.ZERO,
            Priority.LOW, Duration.ofMinutes(-10));

    /** Tasks of one submitter stand a millisecond apart, and an acknowledgement is seen later than the task was ready. */
    private static final long BLUR = Duration.ofSeconds(10).toNanos();

    private final int ahead;

    /**
     * @param ahead how many tasks may be claimed and not begun, or begun and not said, at any time: all slots of all processes
     */
    TaskOrderChecker(int ahead) {
        this.ahead = ahead;
    }

    private record Ready(String task, long at, long place, long began) {}

    /** What began too early. */
    List<String> check(TaskHistory history) {
        List<Ready> all = new ArrayList<>();
        Map<String, List<TaskEvidence>> byTask = new HashMap<>(history.byTask());
        byTask.forEach((task, evidence) -> evidence.stream()
                .filter(each -> each.kind() == Kind.ACKED && !each.word().equals("-"))
                .findFirst()
                .ifPresent(acked -> all.add(ready(acked, evidence))));
        all.sort(Comparator.comparingLong(Ready::began));
        List<String> violations = new ArrayList<>();
        for (Ready task : all) {
            long passed = all.stream().filter(other -> isPassed(other, task)).count();
            if (passed > ahead) {
                violations.add(task + " began before " + passed + " tasks that stand before it");
            }
        }
        return violations;
    }

    private static Ready ready(TaskEvidence acked, List<TaskEvidence> evidence) {
        long began = evidence.stream()
                .filter(each -> each.kind() == Kind.START)
                .mapToLong(TaskEvidence::at)
                .min()
                .orElse(Long.MAX_VALUE);
        boolean cancelled = began == Long.MAX_VALUE; // it left the line before its turn
        long place =
                acked.at() - HEAD_STARTS.get(Priority.valueOf(acked.word())).toNanos();
        return new Ready(acked.task(), acked.at(), place, cancelled ? Long.MIN_VALUE : began);
    }

    private static boolean isPassed(Ready other, Ready begun) {
        return begun.began() != Long.MIN_VALUE
                && other.at() < begun.began()
                && other.began() > begun.began()
                && other.place() < begun.place() - BLUR;
    }
}
