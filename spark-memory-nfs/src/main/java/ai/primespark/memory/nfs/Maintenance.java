package ai.primespark.memory.nfs;

import ai.primespark.spi.Deadline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Once an hour goes through the storage: counts it, and removes what dead processes left: files that were being written, locks,
 * ended leases, a day old each, and damaged records after 30 days. One shard at a time, with pauses, on one of the tier's
 * threads; a failure postpones it. Age is measured by the file server's clock.
 */
final class Maintenance implements AutoCloseable {

    static final Duration ORPHAN_AGE = Duration.ofHours(24);
    static final Duration DAMAGED_AGE = Duration.ofDays(30);

    private static final Logger LOG = LoggerFactory.getLogger(Maintenance.class);
    private static final Duration FIRST = Duration.ofMinutes(1);
    private static final Duration PAUSE = Duration.ofMillis(100);
    private static final Duration CYCLE = Duration.ofHours(1);
    private static final Duration STEP_LIMIT = Duration.ofMinutes(2);

    private final String who;
    private final Layout layout;
    private final MountGuard guard;
    private final Usage usage;
    private final MountThreads threads;
    private final ScheduledExecutorService timer;
    private volatile @Nullable Future<?> next;
    private volatile boolean closed;

    Maintenance(
            String who,
            Layout layout,
            MountGuard guard,
            Usage usage,
            MountThreads threads,
            ScheduledExecutorService timer) {
        this.who = who;
        this.layout = layout;
        this.guard = guard;
        this.usage = usage;
        this.threads = threads;
        this.timer = timer;
    }

    void start() {
        later(0, FIRST);
    }

    private void later(int step, Duration delay) {
        if (closed) {
            return;
        }
        try {
            next = timer.schedule(() -> step(step), delay.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            return; // the engine is ending
        }
        Future<?> scheduled = next;
        if (closed && scheduled != null) {
            scheduled.cancel(false);
        }
    }

    private void step(int step) {
        var unused = threads.call(Deadline.in(STEP_LIMIT), deadline -> {
                    run(step);
                    return true;
                })
                .whenComplete((done, failure) -> {
                    if (failure != null) {
                        LOG.debug("{}: maintenance is postponed: {}", who, failure.toString());
                        later(step, FIRST);
                    } else {
                        later((step + 1) % (Layout.SHARDS + 1), step == Layout.SHARDS ? CYCLE : PAUSE);
                    }
                });
    }

    /** Does one of 257 steps: the shards, then the rest. */
    void run(int step) throws IOException {
        guard.check();
        long now = serverMillis();
        if (step < Layout.SHARDS) {
            String shard = Layout.shard(step);
            usage.count(step);
            sweep(layout.data().resolve(shard), Layout.LOCK, now - ORPHAN_AGE.toMillis());
            sweep(layout.leases().resolve(shard), Layout.LOCK, now - ORPHAN_AGE.toMillis());
            sweepLeases(layout.leases().resolve(shard), now);
        } else {
            sweep(layout.tmp(), "", now - ORPHAN_AGE.toMillis());
            sweep(layout.damaged(), Layout.RECORD, now - DAMAGED_AGE.toMillis());
        }
    }

    private long serverMillis() throws IOException {
        Path clock = layout.tmp().resolve("clock-" + UUID.randomUUID());
        Files.createFile(clock);
        try {
            return Files.getLastModifiedTime(clock).toMillis();
        } finally {
            NasFiles.delete(clock);
        }
    }

    private void sweepLeases(Path directory, long now) throws IOException {
        NasFiles.each(directory, file -> {
            if (NasFiles.name(file).endsWith(Layout.LEASE)) {
                Leases.State state = Leases.read(file);
                if (state != null && now - state.sinceMillis() > ORPHAN_AGE.toMillis() + state.lifeMillis()) {
                    NasFiles.delete(file);
                }
            }
            return !closed;
        });
    }

    private void sweep(Path directory, String suffix, long before) throws IOException {
        int[] swept = {0};
        NasFiles.each(directory, file -> {
            String name = NasFiles.name(file);
            if (name.endsWith(suffix) && !name.startsWith(".nfs") && remove(file, before)) {
                swept[0]++;
            }
            return !closed;
        });
        if (swept[0] > 0) {
            LOG.info("{}: removed {} old leftovers from {}", who, swept[0], directory);
        }
    }

    /** Removes a file, or a directory of files two levels deep, if nothing in it is younger. */
    private static boolean remove(Path file, long before) throws IOException {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            boolean[] old = {attributes.lastModifiedTime().toMillis() < before};
            if (old[0] && attributes.isDirectory()) {
                NasFiles.each(file, inner -> {
                    old[0] &= remove(inner, before);
                    return old[0];
                });
            }
            return old[0] && NasFiles.delete(file);
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            if (Faults.isThere(e)) { // filled meanwhile, or a file that the server keeps for somebody
                return false;
            }
            throw e;
        }
    }

    @Override
    public void close() {
        closed = true;
        Future<?> scheduled = next;
        if (scheduled != null) {
            scheduled.cancel(false);
        }
    }
}
