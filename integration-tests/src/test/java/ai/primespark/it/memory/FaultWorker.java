package ai.primespark.it.memory;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.memory.Lookup;
import ai.primespark.memory.Memory;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.Stored;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Random;

/**
 * A process that puts, deletes and reads for ever, or as often as it is told, and prints a {@link History}. Arguments: the
 * configuration's file, a seed, the first number of its writes, how many keys, how many threads, how many operations a thread
 * (0 for ever), by how many milliseconds its clock is wrong, the namespace.
 */
final class FaultWorker {

    private static final String MARK = "in-plain-sight-";

    private FaultWorker() {}

    /** The value that carries a number. */
    static String value(long number) {
        return MARK + number;
    }

    /** The number that a value carries. */
    static long number(String value) {
        return Long.parseLong(value.substring(MARK.length()));
    }

    /** Whether bytes show one of the values, or of the keys. */
    static boolean isIn(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        return text.contains(MARK) || text.matches("(?s).*key-\\d.*");
    }

    public static void main(String[] args) throws InterruptedException {
        long seed = Long.parseLong(args[1]);
        long first = Long.parseLong(args[2]);
        int keys = Integer.parseInt(args[3]);
        int threads = Integer.parseInt(args[4]);
        long operations = Long.parseLong(args[5]);
        InstantSource clock = Clock.offset(Clock.systemUTC(), Duration.ofMillis(Long.parseLong(args[6])));
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        PrimeSpark spark = PrimeSpark.builder()
                .config(SparkConfig.empty().withFile(Path.of(args[0])))
                .clock(clock)
                .build();
        say(out, "started at " + Instant.now());
        Thread[] all = new Thread[threads];
        for (int i = 0; i < threads; i++) {
            int thread = i;
            all[i] = new Thread(() -> work(
                    spark.memory().namespace(args[7]),
                    out,
                    new Random(seed * 31 + thread),
                    first + thread,
                    threads,
                    keys,
                    operations));
            all[i].start();
        }
        for (Thread thread : all) {
            thread.join();
        }
        spark.close();
        say(out, "closed");
    }

    private static void work(
            Memory memory, PrintStream out, Random random, long first, int step, int keys, long operations) {
        long number = first;
        for (long i = 0; operations == 0 || i < operations; i++) {
            String key = "key-" + random.nextInt(keys);
            int dice = random.nextInt(10);
            if (dice < 4) {
                read(memory, out, key);
            } else {
                write(memory, out, dice == 9 ? Event.Kind.DELETE : Event.Kind.PUT, key, number);
                number += step;
            }
        }
    }

    private static void write(Memory memory, PrintStream out, Event.Kind kind, String key, long number) {
        say(out, History.begin(kind, key, number, System.nanoTime()));
        try {
            Stored stored = kind == Event.Kind.PUT ? memory.put(key, value(number)) : memory.delete(key);
            say(out, History.end(number, System.nanoTime(), stored.version()));
        } catch (MemoryException e) {
            say(out, "failed " + number + " " + e.getMessage());
        }
    }

    private static void read(Memory memory, PrintStream out, String key) {
        long began = System.nanoTime();
        try {
            Lookup<String> answer = memory.get(key, String.class);
            long ended = System.nanoTime();
            if (answer instanceof Lookup.Found<String> found) {
                say(
                        out,
                        History.read(
                                found.freshness() == Lookup.Freshness.CONFIRMED ? Event.Kind.FOUND : Event.Kind.UNKNOWN,
                                key,
                                number(found.value()),
                                began,
                                ended,
                                found.version().toString()));
            } else {
                Event.Kind kind = answer instanceof Lookup.Absent ? Event.Kind.ABSENT : Event.Kind.UNKNOWN;
                say(out, History.read(kind, key, 0, began, ended, "-"));
            }
        } catch (MemoryException e) {
            say(out, "failed read of " + key + " " + e.getMessage());
        }
    }

    private static void say(PrintStream out, String line) {
        synchronized (out) {
            out.println(line);
            if (out.checkError()) { // flushes; nobody reads any more, so the test that started this process is gone
                Runtime.getRuntime().halt(3);
            }
        }
    }
}
