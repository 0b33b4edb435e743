package ai.primespark.examples.worker;

import ai.primespark.PrimeSpark;
import ai.primespark.agent.AgentStatus;
import ai.primespark.agent.TaskStats;
import ai.primespark.agent.TaskStatus;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Shows the agents and the tasks. */
@Command(
        name = "status",
        description = "Shows the agents of the queue, and how many tasks there are.",
        mixinStandardHelpOptions = true)
final class Status implements Callable<Integer> {

    @Mixin
    private final Configuration configuration = new Configuration();

    @Override
    public Integer call() {
        try (PrimeSpark spark = configuration.open()) {
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("AGENT", "STATE", "RUNNING", "CAPABILITIES", "LABELS"));
            spark.agents().agents().stream()
                    .sorted(Comparator.comparing(
                            (AgentStatus agent) -> agent.profile().id()))
                    .forEach(agent -> rows.add(List.of(
                            agent.profile().id(),
                            agent.state().name().toLowerCase(Locale.ROOT),
                            agent.running() + "/" + agent.profile().slots(),
                            String.join(",", agent.profile().capabilities()),
                            agent.profile().labels().toString())));
            Tables.lines(rows).forEach(System.out::println);
            System.out.println();
            TaskStats stats = spark.agents().stats();
            for (TaskStatus status : TaskStatus.values()) {
                System.out.println(status.name().toLowerCase(Locale.ROOT) + ": " + stats.count(status)
                        + (status == TaskStatus.READY ? " (" + stats.parked() + " parked)" : ""));
            }
            return 0;
        }
    }
}
