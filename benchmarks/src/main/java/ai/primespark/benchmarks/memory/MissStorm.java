package ai.primespark.benchmarks.memory;

import ai.primespark.benchmarks.Table;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** W4: two nodes with a hundred threads each want one value that takes 50 ms to make. */
final class MissStorm implements Workload {

    private static final int THREADS = 100;
    private static final int STORMS = 10;

    @Override
    public String title() {
        return "miss storm: 2 nodes × 100 threads ask for one missing value, loader takes 50 ms";
    }

    @Override
    public List<String> contenders() {
        return List.of("SPARK", "JETCACHE", "REDISSON");
    }

    @Override
    public void run(String contender, Course course) throws Exception {
        Nodes library = Nodes.valueOf(contender);
        try (Node a = library.open(course.redis.port, 1000, 100, course.directory.resolve("a"));
                Node b = library.open(course.redis.port, 1000, 100, course.directory.resolve("b"))) {
            storm(a, b, "warm-up", new AtomicInteger());
            AtomicInteger loads = new AtomicInteger();
            double slowest = 0;
            double sum = 0;
            for (int i = 0; i < STORMS; i++) {
                double wall = storm(a, b, "storm:" + i, loads);
                slowest = Math.max(slowest, wall);
                sum += wall;
            }
            course.figure("loads", (double) loads.get() / STORMS);
            course.figure("wall", sum / STORMS);
            course.figure("slowest", slowest);
        }
    }

    private static double storm(Node a, Node b, String key, AtomicInteger loads) throws Exception {
        long[] ends = new long[2 * THREADS];
        long begin = Load.parallel(2 * THREADS, thread -> {
            String value = (thread % 2 == 0 ? a : b).getOrLoad(key, () -> {
                loads.incrementAndGet();
                TimeUnit.MILLISECONDS.sleep(50);
                return "loaded";
            });
            if (!"loaded".equals(value)) {
                throw new IllegalStateException("got " + value);
            }
            ends[thread] = System.nanoTime();
        });
        long last = begin;
        for (long end : ends) {
            last = Math.max(last, end);
        }
        return (last - begin) / 1e6;
    }

    @Override
    public Table report(Map<String, Figures> figures) {
        Table table = new Table("Library", "Loads a storm", "Wall ms, mean", "Wall ms, slowest", "Goal", "");
        figures.forEach((name, its) -> {
            boolean ours = name.equals("SPARK");
            table.row(
                    Nodes.valueOf(name).title + its.failure(),
                    Table.number(its.get("loads")),
                    Table.number(its.get("wall")),
                    Table.number(its.get("slowest")),
                    ours ? "1 load, ≤ 80 ms" : "",
                    ours ? Table.reached(its.get("loads") == 1 && its.get("wall") <= 80) : "");
        });
        return table;
    }
}
