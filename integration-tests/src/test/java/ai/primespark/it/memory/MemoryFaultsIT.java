package ai.primespark.it.memory;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.it.JavaProcess;
import ai.primespark.it.Share;
import ai.primespark.testkit.NeedsLoopDevice;
import ai.primespark.testkit.NeedsRedisServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Processes write, delete and read over a real Redis, a real file system and an S3 server while one of them fails, are killed
 * meanwhile, and start again. After everything is mended, {@link HistoryChecker} holds what they saw and what is there against
 * what they were told, and every tier must have all of it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@NeedsRedisServer
@NeedsLoopDevice
class MemoryFaultsIT {

    private static final int KEYS = 12;
    private static final boolean EXHAUSTIVE = Boolean.getBoolean("spark.exhaustive");

    @TempDir
    static Path directory;

    private Lab lab;
    private int node;

    @BeforeAll
    void start() throws IOException {
        lab = new Lab(directory);
    }

    @AfterAll
    void stop() {
        lab.close();
    }

    static Stream<Arguments> faults() {
        List<Arguments> all = new ArrayList<>();
        for (Fault fault : Fault.values()) {
            all.add(Arguments.argumentSet(fault + " while running", fault, false));
            if (fault.canBeThereAtTheStart()) {
                all.add(Arguments.argumentSet(fault + " at the start", fault, true));
            }
        }
        return Share.of(all);
    }

    @ParameterizedTest
    @MethodSource("faults")
    void nothingAcknowledgedIsLostAndNothingDeletedComesBack(Fault fault, boolean atStart) throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        String name = "n" + node++;
        Path configuration = lab.configuration(name);
        History history = new History();
        boolean broken = false;
        try {
            if (atStart) {
                fault.prepare(lab);
                fault.inflict(lab);
                broken = true;
            }
            try (JavaProcess first = lab.worker(configuration, seed, 1, KEYS, 2, 0)) {
                Settling.awaitLines(first, 60);
                if (!atStart) {
                    fault.prepare(lab);
                    fault.inflict(lab);
                    broken = true;
                }
                Settling.awaitLines(first, first.lines().size() + 100 + random.nextInt(200));
                fault.kill(lab, first);
                history.add(first.lines());
            }
            try (JavaProcess second = lab.worker(configuration, seed + 1, 1_000_000, KEYS, 2, 0)) {
                Settling.awaitLines(second, 60 + random.nextInt(60));
                fault.heal(lab);
                broken = false;
                Settling.awaitLines(second, second.lines().size() + 60);
                second.kill();
                history.add(second.lines());
            }
        } finally {
            if (broken) {
                fault.heal(lab); // the lab is the next fault's, too
            }
        }
        Settling.check(configuration, history, fault.needsRepair(), fault + ", seed " + seed);
    }

    @Test
    void twoProcessesThatWriteTheSameKeysAgreeInTheEnd() throws Exception {
        long seed = System.nanoTime();
        Path one = lab.configuration("pair-one");
        Path two = lab.configuration("pair-two");
        History history = new History();
        try (JavaProcess first = lab.worker(one, seed, 1, KEYS, 2, 300, 0, "default");
                JavaProcess second = lab.worker(two, seed + 1, 1_000_000, KEYS, 2, 300, 0, "default")) {
            assertThat(first.await()).as(first.output()).isZero();
            assertThat(second.await()).as(second.output()).isZero();
            history.add(first.lines());
            history.add(second.lines());
        }
        Settling.drain(two, "seed " + seed); // what its process had no time for when it closed
        Settling.check(one, history, false, "seed " + seed);
    }

    @Test
    void aClockThatJumpsBackAnHourLosesNothing() throws Exception {
        long seed = System.nanoTime();
        Path configuration = lab.configuration("clock");
        History history = new History();
        for (long offset : new long[] {0, -3_600_000, 0}) {
            long first = 1 + history.events().size() * 1000L;
            try (JavaProcess worker = lab.worker(configuration, seed + offset, first, KEYS, 2, offset)) {
                Settling.awaitLines(worker, 150);
                worker.kill();
                history.add(worker.lines());
            }
        }
        Settling.check(configuration, history, false, "seed " + seed);
    }

    @Test
    void processesThatAreKilledAtRandomLoseNothing() throws Exception {
        int rounds = EXHAUSTIVE ? 500 : 12;
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Path configuration = lab.configuration("killed");
        History history = new History();
        Fault[] faults = {
            Fault.REDIS_HUNG,
            Fault.REDIS_KILLED_AND_EMPTY,
            Fault.NAS_FROZEN,
            Fault.NAS_UNMOUNTED,
            Fault.S3_BLACK_HOLE,
            Fault.S3_BUSY
        };
        for (int round = 0; round < rounds; round++) {
            Fault fault = random.nextBoolean() ? faults[random.nextInt(faults.length)] : null;
            try (JavaProcess worker = lab.worker(configuration, seed + round, 1 + round * 100_000L, KEYS, 2, 0)) {
                if (fault != null) {
                    fault.prepare(lab);
                    fault.inflict(lab);
                }
                Settling.awaitLines(worker, 1 + random.nextInt(150));
                if (fault == null) {
                    worker.kill();
                } else {
                    fault.kill(lab, worker);
                }
                history.add(worker.lines());
            } finally {
                if (fault != null) {
                    fault.heal(lab);
                }
            }
        }
        Settling.check(configuration, history, false, rounds + " rounds, seed " + seed);
        System.out.println(rounds + " kills, seed " + seed + ": " + history.acknowledged() + " acknowledged writes, "
                + history.reads() + " reads, no violation");
    }
}
