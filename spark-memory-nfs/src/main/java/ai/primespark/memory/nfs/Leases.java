package ai.primespark.memory.nfs;

import ai.primespark.spi.Deadline;
import ai.primespark.spi.LeaseTier;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierException.Kind;
import ai.primespark.spi.TierKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Leases in files of two lines: the fence, and how many milliseconds the lease holds from the file's time of change on. All times
 * are the file server's: "now" is the time of change of a file made this moment. Fences begin at that clock, too, so that they
 * keep growing after a lease's file was swept. Thread-safe.
 */
final class Leases implements LeaseTier {

    private final String who;
    private final Layout layout;
    private final MountGuard guard;
    private final MountThreads threads;
    private final WriteTicket.Dir tickets;
    private final Supplier<@Nullable TierException> unusable;

    Leases(
            String who,
            Layout layout,
            MountGuard guard,
            MountThreads threads,
            WriteTicket.Dir tickets,
            Supplier<@Nullable TierException> unusable) {
        this.who = who;
        this.layout = layout;
        this.guard = guard;
        this.threads = threads;
        this.tickets = tickets;
        this.unusable = unusable;
    }

    /** What a lease's file says. */
    record State(long fence, long lifeMillis, long sinceMillis) {

        boolean isOver(long nowMillis) {
            return nowMillis - sinceMillis >= lifeMillis;
        }
    }

    @Override
    public CompletionStage<Optional<Lease>> acquire(TierKey key, Duration life, Deadline deadline) {
        if (life.isNegative() || life.isZero()) {
            return CompletableFuture.failedFuture(
                    new TierException(Kind.PERMANENT, who + ": a lease's life is positive", null));
        }
        return changed(key, deadline, (held, now) -> {
            if (held != null && !held.isOver(now)) {
                return null;
            }
            long fence = Math.max(held == null ? 0 : held.fence() + 1, now);
            return new State(fence, Math.max(1, life.toMillis()), now);
        });
    }

    @Override
    public CompletionStage<Void> release(Lease lease, Deadline deadline) {
        return changed(
                        lease.key(),
                        deadline,
                        (held, now) -> held == null || held.fence() != lease.fence() || held.isOver(now)
                                ? null
                                : new State(held.fence(), 0, now))
                .thenAccept(done -> {});
    }

    /** Decides what the file is to say; null for what it says already. */
    @FunctionalInterface
    private interface Change {
        @Nullable
        State of(@Nullable State held, long now);
    }

    private CompletableFuture<Optional<Lease>> changed(TierKey key, Deadline deadline, Change change) {
        TierException why = unusable.get();
        if (why != null) {
            return CompletableFuture.failedFuture(why);
        }
        return threads.call(deadline, d -> {
            MountGuard.Checked mount = guard.check();
            String hash = layout.hash(key);
            Path file = layout.lease(hash);
            while (true) {
                try (WriteTicket ticket = WriteTicket.prepare(tickets, null)) {
                    if (ticket.claim(layout.leaseLock(hash), d)) {
                        State next = change.of(read(file), ticket.serverMillis());
                        if (next == null) {
                            return Optional.empty();
                        }
                        ticket.write(("fence=" + next.fence() + "\nlife=" + next.lifeMillis() + "\n")
                                .getBytes(StandardCharsets.US_ASCII));
                        if (ticket.publish(file, mount.isSmb(), d)) {
                            return Optional.of(new Lease(key, next.fence()));
                        }
                    }
                }
                if (d.isOver()) {
                    throw new TierException(
                            Kind.TRANSIENT, who + ": the lease was contended until the time limit", null);
                }
            }
        });
    }

    /** A lease's file; null when there is none. A damaged one counts as ended this moment. */
    static @Nullable State read(Path file) throws IOException {
        try {
            String[] lines = new String(NasFiles.readSmall(file), StandardCharsets.US_ASCII).split("\n", -1);
            long since = Files.getLastModifiedTime(file).toMillis();
            try {
                return new State(value(lines[0], "fence="), value(lines[1], "life="), since);
            } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
                return new State(since, 0, since);
            }
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    private static long value(String line, String name) {
        if (!line.startsWith(name)) {
            throw new IllegalArgumentException(line);
        }
        return Long.parseLong(line.substring(name.length()));
    }
}
