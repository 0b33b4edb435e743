package ai.primespark.benchmarks.memory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** Makes keys, values and load. */
final class Load {

    private Load() {}

    /** What a thread does once; given a number that grows. */
    interface Operation {
        void run(int number) throws Exception;
    }

    static String[] keys(int count) {
        String[] keys = new String[count];
        for (int i = 0; i < count; i++) {
            keys[i] = "user:" + i;
        }
        return keys;
    }

    /** Text that does not compress to nothing. */
    static String value(int number, int bytes) {
        SplittableRandom random = new SplittableRandom(number);
        char[] text = new char[bytes];
        for (int i = 0; i < bytes; i++) {
            text[i] = (char) ('a' + random.nextInt(26));
        }
        return new String(text);
    }

    /** Numbers below {@code items}, the first ones far more often: P(k) ~ 1 / (k + 1)^0.99. */
    static int[] zipf(int items, int length, long seed) {
        double[] sums = new double[items];
        double sum = 0;
        for (int i = 0; i < items; i++) {
            sum += 1 / Math.pow(i + 1, 0.99);
            sums[i] = sum;
        }
        SplittableRandom random = new SplittableRandom(seed);
        int[] sequence = new int[length];
        for (int i = 0; i < length; i++) {
            int at = Arrays.binarySearch(sums, random.nextDouble() * sum);
            sequence[i] = at < 0 ? Math.min(items - 1, -at - 1) : at;
        }
        return sequence;
    }

    /** Runs numbers 0 to count-1 on several threads. */
    static void each(int threads, int count, Operation operation) throws Exception {
        parallel(threads, thread -> {
            for (int i = thread; i < count; i += threads) {
                operation.run(i);
            }
        });
    }

    /** Operations a second over some time, after the same time of warming up. */
    static double throughput(int threads, long millis, Operation operation) throws Exception {
        double unused = rate(threads, millis, operation);
        return rate(threads, millis, operation);
    }

    private static double rate(int threads, long millis, Operation operation) throws Exception {
        LongAdder done = new LongAdder();
        long begin = System.nanoTime();
        long end = begin + TimeUnit.MILLISECONDS.toNanos(millis);
        parallel(threads, thread -> {
            int number = thread * 7919;
            long count = 0;
            while ((count & 63) != 0 || System.nanoTime() < end) {
                operation.run(number++ & Integer.MAX_VALUE);
                count++;
            }
            done.add(count);
        });
        return done.sum() * 1e9 / (System.nanoTime() - begin);
    }

    /** Times single operations on this thread; sorted, in nanoseconds. */
    static long[] times(int count, Operation operation) throws Exception {
        long[] times = new long[count];
        for (int i = 0; i < count; i++) {
            long begin = System.nanoTime();
            operation.run(i);
            times[i] = System.nanoTime() - begin;
        }
        Arrays.sort(times);
        return times;
    }

    static double micros(long[] sorted, double rank) {
        return sorted[(int) Math.min(sorted.length - 1, Math.ceil(sorted.length * rank) - 1)] / 1e3;
    }

    /** Runs the same on several threads that begin together; gives the moment at which they did, in nanoseconds. */
    static long parallel(int threads, Operation operation) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        CountDownLatch ready = new CountDownLatch(threads);
        CountDownLatch go = new CountDownLatch(1);
        List<Future<?>> all = new ArrayList<>();
        try {
            for (int i = 0; i < threads; i++) {
                int thread = i;
                all.add(pool.submit(() -> {
                    ready.countDown();
                    go.await();
                    operation.run(thread);
                    return null;
                }));
            }
            ready.await();
            long begin = System.nanoTime();
            go.countDown();
            for (Future<?> one : all) {
                Object unused = one.get();
            }
            return begin;
        } finally {
            pool.shutdownNow();
        }
    }
}
