package ai.primespark.benchmarks.agents;

import ai.primespark.benchmarks.Table;
import java.nio.file.Path;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Runs the parts of the comparison of task queues and prints their tables. */
public final class AgentsContest {

    private static final List<String> PARTS = List.of(
            "redis",
            "pickup",
            "memory",
            "durable",
            "failover",
            "cancel",
            "idle",
            "restart",
            "crowded",
            "power",
            "footprint");

    private AgentsContest() {}

    /**
     * The names of all parts.
     *
     * @return in the order in which they run
     */
    public static List<String> names() {
        return PARTS;
    }

    /**
     * Runs parts and prints their tables.
     *
     * @param names of the parts; all when empty
     * @param root a directory for what the parts write
     */
    public static void run(List<String> names, Path root) throws Exception {
        Logger.getLogger("").setLevel(Level.OFF); // what the libraries log about their own start
        for (String name : names.isEmpty() ? PARTS : names) {
            System.err.println("Running " + name + " …");
            Table table = switch (name) {
                case "redis" -> SharedQueue.throughput(root);
                case "pickup" -> SharedQueue.pickup(root);
                case "memory" -> InProcess.run(root);
                case "durable" -> Durable.run(root);
                case "failover" -> Failover.run(root);
                case "cancel" -> Reactions.cancel(root);
                case "idle" -> Reactions.idle(root);
                case "restart" -> Reactions.restart(root);
                case "crowded" -> Crowded.run(root);
                case "power" -> Reactions.power(root);
                case "footprint" -> Footprint.run();
                default -> throw new IllegalArgumentException("there is no part '" + name + "'");
            };
            System.out.println("\n" + table);
        }
    }
}
