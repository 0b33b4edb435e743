package ai.primespark.benchmarks.memory;

import ai.primespark.benchmarks.Table;
import java.util.List;
import java.util.Map;

/** W2: reads of what is in the heap. */
final class NearHits implements Workload {

    private static final int KEYS = 1000;

    @Override
    public String title() {
        return "all near hits, 1,000 keys of 1 KiB, decoded values";
    }

    @Override
    public List<String> contenders() {
        return List.of("SPARK", "JETCACHE", "REDISSON", "REDISSON_CAFFEINE", "CAFFEINE");
    }

    @Override
    public void run(String contender, Course course) throws Exception {
        String[] keys = Load.keys(KEYS);
        try (Node node = Nodes.valueOf(contender).open(course.redis.port, 10 * KEYS, 1024, course.directory)) {
            for (int i = 0; i < KEYS; i++) {
                node.put(keys[i], Load.value(i, 1024));
            }
            Load.Operation read = i -> {
                if (node.get(keys[i % KEYS]) == null) {
                    throw new IllegalStateException("a key is missing");
                }
            };
            course.figure("one", Load.throughput(1, 3000L * course.effort, read));
            course.figure("four", Load.throughput(4, 3000L * course.effort, read));
        }
    }

    @Override
    public Table report(Map<String, Figures> figures) {
        Table table = new Table(
                "Library", "1 thread ops/s", "4 threads ops/s", "Ours / theirs, 1", "Ours / theirs, 4", "Goal", "");
        Figures ours = figures.get("SPARK");
        figures.forEach((name, its) -> {
            boolean judged = name.equals("JETCACHE") || name.startsWith("REDISSON");
            double one = ours.get("one") / its.get("one");
            double four = ours.get("four") / its.get("four");
            table.row(
                    Nodes.valueOf(name).title + its.failure(),
                    Table.count(its.get("one")),
                    Table.count(its.get("four")),
                    name.equals("SPARK") ? "" : Table.times(one),
                    name.equals("SPARK") ? "" : Table.times(four),
                    judged ? "≥ 3.00×" : "",
                    judged ? Table.reached(Math.min(one, four) >= 3) : "");
        });
        return table;
    }
}
