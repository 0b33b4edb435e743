package ai.primespark.benchmarks.memory;

import ai.primespark.benchmarks.Table;
import java.util.List;
import java.util.Map;

/** W6: puts that are on the disk when they return, and puts that need not be. */
final class DurablePuts implements Workload {

    private static final int KEYS = 10_000;

    @Override
    public String title() {
        return "puts of 1 KiB over 10,000 keys, acknowledged on the disk unless it says otherwise";
    }

    @Override
    public List<String> contenders() {
        return List.of("SPARK", "FILES", "INFINISPAN_SYNC", "SPARK_MEMORY", "EHCACHE");
    }

    @Override
    public void run(String contender, Course course) throws Exception {
        String[] keys = Load.keys(KEYS);
        String[] values = new String[64];
        for (int i = 0; i < values.length; i++) {
            values[i] = Load.value(i, 1024);
        }
        try (DiskStore store = DiskStores.valueOf(contender).open(course.directory, KEYS)) {
            Load.Operation put = i -> store.put(keys[Math.floorMod(i * 31, KEYS)], values[i & 63]);
            course.figure("one", Load.throughput(1, 3000L * course.effort, put));
            course.figure("sixteen", Load.throughput(16, 3000L * course.effort, put));
        }
    }

    @Override
    public Table report(Map<String, Figures> figures) {
        Table table = new Table("Store", "1 writer puts/s", "16 writers puts/s", "of files", "Goal", "");
        double files = figures.get("FILES").get("sixteen");
        figures.forEach((name, its) -> {
            double rate = its.get("sixteen");
            boolean durable = name.equals("SPARK");
            boolean memory = name.equals("SPARK_MEMORY");
            table.row(
                    DiskStores.valueOf(name).title + its.failure(),
                    Table.count(its.get("one")),
                    Table.count(rate),
                    name.equals("FILES") ? "" : Table.times(rate / files),
                    durable ? "≥ 15,000 and ≥ 9×" : memory ? "≥ 200,000" : "",
                    durable
                            ? Table.reached(rate >= 15_000 && rate >= 9 * files)
                            : memory ? Table.reached(rate >= 200_000) : "");
        });
        return table;
    }
}
