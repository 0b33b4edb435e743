package ai.primespark.benchmarks.memory;

import ai.primespark.benchmarks.Table;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** One of the workloads W1 to W12. Each contender runs in a JVM of its own, one after the other. */
interface Workload {

    /** For the command line and the heading. */
    String title();

    /** Who takes part; ours is {@code spark…}. */
    List<String> contenders();

    /** Options of the contenders' JVMs. */
    default List<String> jvmOptions(String contender) {
        return List.of("-Xms1g", "-Xmx1g");
    }

    /** Runs in the contender's JVM. */
    void run(String contender, Course course) throws Exception;

    /** Runs in the first JVM, with what the contenders measured. */
    Table report(Map<String, Figures> figures) throws IOException;
}
