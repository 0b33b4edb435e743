package ai.primespark.benchmarks.memory;

import ai.primespark.benchmarks.Table;
import java.util.List;
import java.util.Map;

/** W9: reads that the heap cannot answer but the disk's cache in memory can. */
final class SecondTierReads implements Workload {

    private static final int KEYS = 100_000;

    @Override
    public String title() {
        return "reads of 100,000 values of 1 KiB from the tier behind a tiny near one, files in the page cache";
    }

    @Override
    public List<String> contenders() {
        return List.of("SPARK", "FILES", "EHCACHE", "INFINISPAN");
    }

    @Override
    public void run(String contender, Course course) throws Exception {
        String[] keys = Load.keys(KEYS);
        try (DiskStore store = DiskStores.valueOf(contender).open(course.directory, 50)) {
            Load.each(16, KEYS, i -> store.put(keys[i], Load.value(i, 1024)));
            store.settle();
            Load.Operation read = i -> {
                String key = keys[Math.floorMod(i * 7919, KEYS)];
                if (store.get(key) == null) {
                    throw new IllegalStateException(key + " is missing");
                }
            };
            for (int i = 0; i < KEYS; i++) {
                read.run(i);
            }
            course.figure("one", Load.throughput(1, 3000L * course.effort, read));
            course.figure("four", Load.throughput(4, 3000L * course.effort, read));
        }
    }

    @Override
    public Table report(Map<String, Figures> figures) {
        Table table = new Table("Store", "1 thread ops/s", "4 threads ops/s", "Ours / theirs", "Goal", "");
        double ours = figures.get("SPARK").get("one");
        figures.forEach((name, its) -> table.row(
                DiskStores.valueOf(name).title + its.failure(),
                Table.count(its.get("one")),
                Table.count(its.get("four")),
                name.equals("SPARK") ? "" : Table.times(ours / its.get("one")),
                switch (name) {
                    case "SPARK" -> "≥ 175,000";
                    case "EHCACHE" -> "≥ 1.00×";
                    case "INFINISPAN" -> "≥ 2.50×";
                    default -> "";
                },
                switch (name) {
                    case "SPARK" -> Table.reached(ours >= 175_000);
                    case "EHCACHE" -> Table.reached(ours >= its.get("one"));
                    case "INFINISPAN" -> Table.reached(ours >= 2.5 * its.get("one"));
                    default -> "";
                }));
        return table;
    }
}
