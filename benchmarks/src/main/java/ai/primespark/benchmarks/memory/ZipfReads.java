package ai.primespark.benchmarks.memory;

import ai.primespark.benchmarks.Table;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** W1: reads of few hot and many cold keys, a tenth of which fit into the heap, the rest in Redis. */
final class ZipfReads implements Workload {

    private static final int KEYS = 100_000;
    private static final int NEAR = 10_000;
    private static final int BYTES = 1024;

    @Override
    public String title() {
        return "Zipf 0.99 reads of 100,000 keys of 1 KiB, 10,000 near, Redis on loopback";
    }

    @Override
    public List<String> contenders() {
        return Arrays.stream(Nodes.values()).map(Enum::name).toList();
    }

    @Override
    public void run(String contender, Course course) throws Exception {
        String[] keys = Load.keys(KEYS);
        int[] order = Load.zipf(KEYS, 1 << 20, 42);
        try (Node node = Nodes.valueOf(contender).open(course.redis.port, NEAR, BYTES, course.directory)) {
            Load.each(4, KEYS, i -> node.put(keys[i], Load.value(i, BYTES)));
            Load.each(
                    4,
                    KEYS,
                    i -> { // one library loses some when its connection is reset, and does not say so
                        if (node.get(keys[i]) == null) {
                            node.put(keys[i], Load.value(i, BYTES));
                        }
                    });
            Load.Operation read = i -> {
                if (node.get(keys[order[i & order.length - 1]]) == null) {
                    throw new IllegalStateException("a key is missing");
                }
            };
            long millis = 4000L * course.effort;
            course.figure("one", Load.throughput(1, millis, read));
            long[] times = Load.times(100_000, read);
            course.figure("p50", Load.micros(times, 0.5));
            course.figure("p99", Load.micros(times, 0.99));
            course.figure("four", Load.throughput(4, millis, read));
        }
    }

    @Override
    public Table report(Map<String, Figures> figures) {
        Table table = new Table(
                "Library", "1 thread ops/s", "p50 µs", "p99 µs", "4 threads ops/s", "Ours / theirs", "Goal", "");
        double ours = figures.get("SPARK").get("four");
        figures.forEach((name, its) -> {
            double goal = name.equals("JETCACHE") ? 1.75 : name.startsWith("REDISSON") ? 2 : 0;
            double ratio = ours / its.get("four");
            table.row(
                    Nodes.valueOf(name).title + its.failure(),
                    Table.count(its.get("one")),
                    Table.number(its.get("p50")),
                    Table.number(its.get("p99")),
                    Table.count(its.get("four")),
                    name.equals("SPARK") ? "" : Table.times(ratio),
                    goal == 0 ? "" : "≥ " + Table.times(goal),
                    goal == 0 ? "" : Table.reached(ratio >= goal));
        });
        return table;
    }
}
