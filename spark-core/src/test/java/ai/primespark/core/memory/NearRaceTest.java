package ai.primespark.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.memory.Lookup;
import ai.primespark.memory.Memory;
import ai.primespark.memory.Stored;
import ai.primespark.memory.Version;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/**
 * One machine overwrites and deletes what another one reads at the same time and keeps in its near tier, while the connection
 * that brings the news is cut now and then. The clock stands still, so nothing is ever compared because of its age. Whenever the
 * writer pauses and everything has been heard, what the reader calls confirmed must be the last that was written.
 */
class NearRaceTest {

    private static final int KEYS = 8;
    private static final int ROUNDS = Boolean.getBoolean("spark.exhaustive") ? 1_000_000 : 8_000;
    private static final int ROUNDS_TO_A_PAUSE = 100;

    private final Queue<String> faults = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicLong reads = new AtomicLong();
    private final AtomicLong nearReads = new AtomicLong();

    @Test
    void nothingThatWasOverwrittenOrDeletedIsSeenAgain() throws Exception {
        long seed = System.nanoTime();
        System.out.println("NearRaceTest seed " + seed);
        Random random = new Random(seed);
        try (TwoNodes nodes = new TwoNodes()) {
            Memory a = nodes.a();
            Memory b = nodes.b();
            List<Thread> readers = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                Random own = new Random(seed + 1 + i);
                Thread reader = new Thread(() -> read(b, own));
                reader.start();
                readers.add(reader);
            }
            Stored[] last = new Stored[KEYS];
            boolean[] there = new boolean[KEYS];
            int cuts = 0;
            int checked = 0;
            for (int round = 0; round < ROUNDS && faults.isEmpty(); round++) {
                int key = random.nextInt(KEYS);
                there[key] = random.nextInt(3) != 0;
                last[key] = there[key] ? a.put("k" + key, "v" + round) : a.delete("k" + key);
                if (random.nextInt(2_000) == 0) {
                    nodes.lineB.disconnect();
                    cuts++;
                    a.put("k" + key, "unheard");
                    last[key] = a.put("k" + key, "unheard " + round);
                    there[key] = true;
                    nodes.lineB.reconnect();
                }
                if (round % ROUNDS_TO_A_PAUSE == 0) {
                    await().pollInterval(Duration.ofMillis(1)).until(nodes::isQuiet);
                    for (int each = 0; each < KEYS; each++) {
                        if (last[each] != null) {
                            check(b, "k" + each, last[each].version(), there[each]);
                            check(a, "k" + each, last[each].version(), there[each]);
                            checked++;
                        }
                    }
                }
            }
            over.set(true);
            for (Thread reader : readers) {
                reader.join();
            }
            System.out.println("NearRaceTest: " + ROUNDS + " writes, " + cuts + " cuts, " + reads + " reads, "
                    + nearReads + " of them near, " + checked + " checks, " + faults.size() + " stale");
            assertThat(faults).as("seed %s", seed).isEmpty();
            assertThat(nearReads).as("the near tier took part").hasPositiveValue();
        }
    }

    /** An answer that is not confirmed, because the connection has just been cut, is asked for again. */
    private void check(Memory memory, String key, Version expected, boolean there) {
        await().atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(5))
                .until(() -> {
                    Lookup<String> answer = memory.get(key, String.class);
                    if (answer instanceof Lookup.Found<String> found
                            && found.freshness() == Lookup.Freshness.CONFIRMED
                            && !(there && found.version().equals(expected))) {
                        faults.add(key + ": " + expected + (there ? " was written" : " was deleted") + ", but read was "
                                + found);
                    }
                    if (answer instanceof Lookup.Absent<String> && there) {
                        faults.add(key + ": absent, but " + expected + " was written");
                    }
                    boolean sure = answer instanceof Lookup.Absent<String>
                            || answer instanceof Lookup.Found<String> found
                                    && found.freshness() == Lookup.Freshness.CONFIRMED;
                    return sure || !faults.isEmpty();
                });
    }

    private void read(Memory memory, Random random) {
        Version[] seen = new Version[KEYS];
        while (!over.get()) {
            int key = random.nextInt(KEYS);
            if (memory.get("k" + key, String.class) instanceof Lookup.Found<String> found) {
                if (seen[key] != null && seen[key].isNewerThan(found.version())) {
                    faults.add("k" + key + ": " + seen[key] + " was read before, then " + found);
                }
                seen[key] = found.version();
                if (found.tier().equals("near")) {
                    nearReads.incrementAndGet();
                }
            }
            if (reads.incrementAndGet() % 16 == 0) {
                LockSupport.parkNanos(20_000); // the writer needs a processor, too
            }
        }
    }
}
