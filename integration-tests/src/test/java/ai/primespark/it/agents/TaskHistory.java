package ai.primespark.it.agents;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Everything that processes did with tasks, read from what they printed. */
final class TaskHistory {

    private final List<TaskEvidence> all = new ArrayList<>();
    private final List<String> remarks = new ArrayList<>();
    private int processes;

    /** Adds what one process printed. */
    void add(Collection<String> lines) {
        int process = processes++;
        for (String line : lines) {
            TaskEvidence evidence = TaskEvidence.parse(line);
            if (evidence != null) {
                all.add(evidence);
            } else {
                remarks.add(process + ": " + line);
            }
        }
    }

    void add(TaskEvidence evidence) {
        all.add(evidence);
    }

    /** What is known of each task, in the order of time. */
    Map<String, List<TaskEvidence>> byTask() {
        return all.stream()
                .sorted(Comparator.comparingLong(TaskEvidence::at))
                .collect(Collectors.groupingBy(TaskEvidence::task, TreeMap::new, Collectors.toList()));
    }

    long count(TaskEvidence.Kind kind) {
        return all.stream().filter(evidence -> evidence.kind() == kind).count();
    }

    /** Tasks that were taken by the queue. */
    List<String> acknowledged() {
        return all.stream()
                .filter(evidence -> evidence.kind() == TaskEvidence.Kind.ACKED)
                .map(TaskEvidence::task)
                .distinct()
                .toList();
    }

    /** How many handlers began more often than once for a task: the price of at-least-once. */
    long repeats() {
        return count(TaskEvidence.Kind.START)
                - all.stream()
                        .filter(evidence -> evidence.kind() == TaskEvidence.Kind.START)
                        .map(TaskEvidence::task)
                        .distinct()
                        .count();
    }

    /** Whatever else the processes printed: failures and logs; the last of it. */
    String remarks() {
        return String.join("\n", remarks.subList(Math.max(0, remarks.size() - 60), remarks.size()));
    }
}
