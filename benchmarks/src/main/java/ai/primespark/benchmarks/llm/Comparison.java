package ai.primespark.benchmarks.llm;

import ai.primespark.benchmarks.Table;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Runs the comparison's parts and prints their tables. */
public final class Comparison {

    private static final List<String> PARTS =
            List.of("conformance", "calls", "tokens", "ways", "cancels", "connections", "streams");

    private Comparison() {}

    /** The names of all parts. */
    public static List<String> names() {
        return PARTS;
    }

    /**
     * Runs parts and prints their tables.
     *
     * @param names of the parts; all when empty
     */
    public static void run(List<String> names) throws Exception {
        Logger.getLogger("").setLevel(Level.OFF); // what the libraries log about the faults
        for (String name : names.isEmpty() ? PARTS : names) {
            System.err.println("Running " + name + " …");
            switch (name) {
                case "conformance" -> Conformance.run();
                case "cancels" -> print(Ways.cancels());
                case "connections" -> print(Ways.connections());
                case "streams" -> print(ManyStreams.run());
                case "calls", "tokens", "ways" -> beside(name);
                default -> throw new IllegalArgumentException("there is no part '" + name + "'");
            }
        }
    }

    private static void beside(String name) throws Exception {
        try (ServerProcess server = ServerProcess.start()) {
            switch (name) {
                case "calls" -> print(Speed.calls(server.uri()));
                case "tokens" -> print(Speed.tokens(server.uri()));
                default -> {
                    Table table = new Table("Prime Spark's ways", "Median", "p99", "Goal", "");
                    Ways.decision(table, server);
                    Ways.cacheHit(table, server);
                    Ways.failover(table, server);
                    print(table);
                }
            }
        }
    }

    private static void print(Table table) {
        System.out.println("\n" + table);
    }
}
