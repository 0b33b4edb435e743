package ai.primespark.benchmarks.memory;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.benchmarks.Table;
import ai.primespark.memory.Memory;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.memory.PutOptions;
import ai.primespark.memory.ScanPage;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** W10: a listing of a million keys. */
final class LongScan implements Workload {

    private static final int KEYS = 1_000_000;
    private static final int BATCH = 1000;

    @Override
    public String title() {
        return "scan of 1,000,000 keys in pages of 1,000, near tier and Redis";
    }

    @Override
    public List<String> contenders() {
        return List.of("SPARK");
    }

    @Override
    public List<String> jvmOptions(String contender) {
        return List.of("-Xms256m", "-Xmx256m");
    }

    @Override
    public void run(String contender, Course course) throws Exception {
        String config = "primespark { data-dir = \"" + course.directory
                + "\", memory { timeout = 30s, ack = \"tier(2)\", tiers = [{type = caffeine, max-bytes = 1MiB},"
                + " {type = redis, url = \"redis://127.0.0.1:" + course.redis.port + "\"}] } }";
        try (PrimeSpark spark = PrimeSpark.builder()
                .config(SparkConfig.empty().withText(config, "the benchmark"))
                .build()) {
            Memory memory = spark.memory().namespace("bench", NamespaceOptions.DEFAULT.withCodec("text"));
            Load.each(4, KEYS / BATCH, batch -> {
                Map<String, String> values = new HashMap<>();
                for (int i = 0; i < BATCH; i++) {
                    values.put("item:" + (batch * BATCH + i), "a small value");
                }
                var unused = memory.putAll(values, PutOptions.DEFAULT);
            });
            long before = heap();
            long most = before;
            BitSet seen = new BitSet(KEYS);
            long twice = 0;
            long begin = System.nanoTime();
            String cursor = null;
            int pages = 0;
            do {
                ScanPage page = memory.scan("item:", cursor, 1000);
                for (ScanPage.Entry entry : page.entries()) {
                    int number = Integer.parseInt(entry.key().substring(5));
                    twice += seen.get(number) ? 1 : 0;
                    seen.set(number);
                }
                cursor = page.next();
                if (++pages % 200 == 0) {
                    most = Math.max(most, heap());
                }
            } while (cursor != null);
            course.figure("rate", seen.cardinality() * 1e9 / (System.nanoTime() - begin));
            course.figure("seen", seen.cardinality());
            course.figure("twice", twice);
            course.figure("grown", (most - before) / 1048576.0);
        }
    }

    private static long heap() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    @Override
    public Table report(Map<String, Figures> figures) {
        Figures its = figures.get("SPARK");
        return new Table("Library", "Keys/s", "Keys seen", "Seen twice", "Live heap grown by MiB", "Goal", "")
                .row(
                        "Prime Spark" + its.failure(),
                        Table.count(its.get("rate")),
                        Table.count(its.get("seen")),
                        Table.count(its.get("twice")),
                        Table.number(its.get("grown")),
                        "≥ 100,000/s, all once, constant heap",
                        Table.reached(its.get("rate") >= 100_000
                                && its.get("seen") == KEYS
                                && its.get("twice") == 0
                                && its.get("grown") < 16));
    }
}
