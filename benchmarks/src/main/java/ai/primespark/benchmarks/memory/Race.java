package ai.primespark.benchmarks.memory;

import ai.primespark.benchmarks.Table;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** W3: one node overwrites or deletes while the other reads; long after the last message, what does the other say? */
final class Race implements Workload {

    private static final int BATCH = 20_000;

    @Override
    public String title() {
        return "overwrite or delete on one node, read on another; what the other says 2 s after the last write";
    }

    @Override
    public List<String> contenders() {
        return Nodes.coherent().stream().map(Enum::name).toList();
    }

    @Override
    public void run(String contender, Course course) throws Exception {
        Nodes library = Nodes.valueOf(contender);
        boolean ours = library == Nodes.SPARK;
        int rounds = ours ? 1_000_000 : 40_000;
        AtomicBoolean racing = new AtomicBoolean(true);
        try (Node writer = library.open(course.redis.port, 2 * BATCH, 100, course.directory.resolve("a"));
                Node reader = library.open(course.redis.port, 2 * BATCH, 100, course.directory.resolve("b"))) {
            AtomicInteger cuts = new AtomicInteger();
            Thread cutter = new Thread(() -> {
                while (racing.get()) {
                    try {
                        TimeUnit.MILLISECONDS.sleep(700);
                        course.redis.cutConnections();
                        cuts.incrementAndGet();
                    } catch (Exception e) {
                        return;
                    }
                }
            });
            cutter.setDaemon(true);
            if (ours) {
                cutter.start(); // the others run undisturbed
            }
            AtomicInteger stale = new AtomicInteger();
            AtomicInteger resurrected = new AtomicInteger();
            for (int batch = 0; batch < rounds / BATCH; batch++) {
                race(writer, reader, batch, batch % 2 == 0, stale, resurrected);
            }
            racing.set(false);
            course.figure("rounds", rounds);
            course.figure("cuts", cuts.get());
            course.figure("stale", stale.get());
            course.figure("resurrected", resurrected.get());
        }
    }

    private static void race(
            Node writer, Node reader, int batch, boolean overwrite, AtomicInteger stale, AtomicInteger resurrected)
            throws Exception {
        String[] keys = new String[BATCH];
        for (int i = 0; i < BATCH; i++) {
            keys[i] = "race:" + batch + ":" + i;
        }
        Load.each(8, BATCH, i -> insist(() -> writer.put(keys[i], "old")));
        Load.parallel(8, thread -> {
            for (int i = thread / 2; i < BATCH; i += 4) {
                String key = keys[i];
                if (thread % 2 == 1) {
                    try {
                        String unused = reader.get(key);
                        unused = reader.get(key);
                    } catch (RuntimeException e) { // the connection was just cut
                    }
                } else if (overwrite) {
                    insist(() -> writer.put(key, "new"));
                } else {
                    insist(() -> writer.remove(key));
                }
            }
        });
        TimeUnit.SECONDS.sleep(2);
        Load.each(4, BATCH, i -> {
            String[] seen = new String[1];
            insist(() -> seen[0] = reader.get(keys[i]));
            if (overwrite && !"new".equals(seen[0])) {
                stale.incrementAndGet();
            } else if (!overwrite && seen[0] != null) {
                resurrected.incrementAndGet();
            }
        });
    }

    private static void insist(Runnable operation) throws InterruptedException {
        for (int attempt = 0; ; attempt++) {
            try {
                operation.run();
                return;
            } catch (RuntimeException e) {
                if (attempt > 2000) {
                    throw e;
                }
                TimeUnit.MILLISECONDS.sleep(5);
            }
        }
    }

    @Override
    public Table report(Map<String, Figures> figures) {
        Table table = new Table("Library", "Rounds", "Connections cut", "Stale", "Resurrected", "Goal", "");
        figures.forEach((name, its) -> {
            boolean ours = name.equals("SPARK");
            table.row(
                    Nodes.valueOf(name).title + its.failure(),
                    Table.count(its.get("rounds")),
                    Table.count(its.get("cuts")) + (ours ? " times all" : ""),
                    Table.count(its.get("stale")),
                    Table.count(its.get("resurrected")),
                    ours ? "0 and 0 of 1,000,000" : "",
                    ours
                            ? Table.reached(its.get("rounds") >= 1e6 && its.get("stale") + its.get("resurrected") == 0)
                            : "");
        });
        return table;
    }
}
