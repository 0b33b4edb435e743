package ai.primespark.benchmarks.llm;

import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Runs the comparison's parts and prints their tables. */
public final class Comparison {

    private static final List<String> PARTS = List.of("conformance");

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
            switch (name) {
                case "conformance" -> Conformance.run();
                default -> throw new IllegalArgumentException("there is no part '" + name + "'");
            }
        }
    }
}
