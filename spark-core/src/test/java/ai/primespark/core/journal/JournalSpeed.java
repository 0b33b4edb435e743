package ai.primespark.core.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** Prints how many entries of 1 KiB a second are on the disk, with 1, 16 and 64 writers, beside a bare write and fsync. */
public final class JournalSpeed {

    private static final long NANOS = Duration.ofSeconds(3).toNanos();

    private JournalSpeed() {}

    /**
     * Measures.
     *
     * @param args a directory on the disk to measure
     */
    public static void main(String[] args) throws Exception {
        Path directory = Files.createTempDirectory(Path.of(args.length > 0 ? args[0] : "."), "journal-speed");
        for (int round = 0; round < 2; round++) {
            System.out.printf("bare write+fsync: %d/s%n", bare(directory.resolve("bare" + round)));
            for (int writers : new int[] {1, 16, 64}) {
                measure(directory.resolve("j" + round + "-" + writers), writers);
            }
        }
    }

    private static long bare(Path file) throws IOException {
        long count = 0;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.allocateDirect(1_024);
            long began = System.nanoTime();
            while (System.nanoTime() - began < NANOS) {
                bytes.clear();
                channel.write(bytes);
                channel.force(false);
                count++;
            }
        }
        return count * 1_000_000_000L / NANOS;
    }

    private static void measure(Path directory, int writers) throws InterruptedException {
        try (DiskJournal journal = DiskJournal.open(
                directory, JournalOptions.of(1L << 30, 1_000_000, Duration.ZERO), InstantSource.system())) {
            LongAdder count = new LongAdder();
            List<Thread> threads = new ArrayList<>();
            long began = System.nanoTime();
            for (int i = 0; i < writers; i++) {
                Thread thread = new Thread(() -> {
                    byte[] payload = new byte[1_024];
                    while (System.nanoTime() - began < NANOS) {
                        journal.release(journal.append(1, payload, JournalFixture.soon()));
                        count.increment();
                    }
                });
                thread.start();
                threads.add(thread);
            }
            for (Thread thread : threads) {
                thread.join();
            }
            JournalStats stats = journal.stats();
            System.out.printf(
                    "journal, %d writers: %d/s, %d fsyncs/s, %d bytes of files at the end%n",
                    writers,
                    count.sum() * 1_000_000_000L / NANOS,
                    stats.syncs() * 1_000_000_000L / NANOS,
                    stats.fileBytes());
        }
    }
}
