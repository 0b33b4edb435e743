package ai.primespark.memory.nfs;

import ai.primespark.memory.Version;
import ai.primespark.spi.Applied;
import ai.primespark.spi.Condition;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.RecordFormat;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierException.Kind;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads, replaces and removes records. Runs on the tier's threads. Thread-safe. */
final class Records {

    private static final Logger LOG = LoggerFactory.getLogger(Records.class);
    private static final int STRIPES = 1_024;

    private final String who;
    private final Layout layout;
    private final MountGuard guard;
    private final Usage usage;
    private final InstantSource clock;
    private final WriteTicket.Dir tickets;
    private final boolean shared;
    private final Runnable damageSeen;
    private final ReentrantLock[] locks = new ReentrantLock[STRIPES];

    Records(
            String who,
            Layout layout,
            MountGuard guard,
            Usage usage,
            InstantSource clock,
            WriteTicket.Dir tickets,
            boolean shared,
            Runnable damageSeen) {
        this.who = who;
        this.layout = layout;
        this.guard = guard;
        this.usage = usage;
        this.clock = clock;
        this.tickets = tickets;
        this.shared = shared;
        this.damageSeen = damageSeen;
        for (int i = 0; i < STRIPES; i++) {
            locks[i] = new ReentrantLock();
        }
    }

    /**
     * A record's file.
     *
     * @param record null when there is none, or a damaged one
     * @param damage what is wrong with it, or null
     * @param size of the file
     */
    private record Held(
            @Nullable TierRecord record, @Nullable TierException damage, long size) {

        static final Held NOTHING = new Held(null, null, 0);

        boolean isThere() {
            return record != null || damage != null;
        }
    }

    @Nullable
    TierRecord get(TierKey key) throws IOException {
        guard.check();
        String path = layout.record(layout.hash(key));
        Held held = held(path, key);
        if (!held.isThere()) {
            // an unmounted directory has no files either; and a file may have been replaced in that moment
            guard.confirm();
            held = held(path, key);
        }
        if (held.damage() != null) {
            damageSeen.run();
            throw held.damage();
        }
        return held.record();
    }

    private Held held(String path, TierKey key) throws IOException {
        NasFiles.Content content = NasFiles.read(path);
        if (content == null) {
            return Held.NOTHING;
        }
        try {
            TierRecord record = RecordFormat.read(content.bytes(), content.length());
            if (!record.key().equals(key)) {
                return new Held(null, damage(path, "another key's record", null), content.length());
            }
            return new Held(record, null, content.length());
        } catch (TierException e) {
            return new Held(null, damage(path, String.valueOf(e.getMessage()), e), content.length());
        }
    }

    private TierException damage(String path, String what, @Nullable TierException cause) {
        return new TierException(
                Kind.CORRUPT,
                who + ": " + what + " in " + path + "; a newer value replaces it and keeps it aside in damaged/",
                cause);
    }

    Applied apply(TierRecord record, Condition condition, Deadline deadline) throws IOException {
        MountGuard.Checked mount = guard.check();
        String hash = layout.hash(record.key());
        return locked(hash, deadline, () -> {
            String path = layout.record(hash);
            Held held = held(path, record.key());
            Applied expected = decide(held, record, condition);
            if (!shared) {
                if (expected instanceof Applied.Done) {
                    storeAlone(hash, record, held, mount, deadline);
                }
                return expected;
            }
            // versions only grow, so this holds even if what was read was not the latest
            if (expected instanceof Applied.Older && condition instanceof Condition.IfNewer) {
                return expected;
            }
            return store(hash, record, condition, expected, mount, deadline);
        });
    }

    private Applied decide(Held held, TierRecord record, Condition condition) {
        if (held.damage() != null && !(condition instanceof Condition.IfNewer)) {
            throw held.damage(); // it decides no condition
        }
        return condition.decide(held.record(), record, clock.millis());
    }

    private Applied store(
            String hash,
            TierRecord record,
            Condition condition,
            Applied expected,
            MountGuard.Checked mount,
            Deadline deadline)
            throws IOException {
        Path target = Path.of(layout.record(hash));
        byte[] content = RecordFormat.write(record);
        boolean early = expected instanceof Applied.Done;
        while (true) {
            try (WriteTicket ticket = WriteTicket.prepare(tickets, early ? content : null)) {
                if (ticket.claim(layout.lock(hash), deadline)) {
                    Held held = held(target.toString(), record.key());
                    Applied outcome = decide(held, record, condition);
                    if (!(outcome instanceof Applied.Done)) {
                        return outcome;
                    }
                    makeRoom(record, held, content.length);
                    if (!early) {
                        ticket.write(content);
                    }
                    keepDamaged(hash, target, held);
                    if (ticket.publish(target, mount.isSmb(), deadline) || isPublished(target, record)) {
                        stored(target, held, content.length, mount);
                        return outcome;
                    }
                }
            }
            if (deadline.isOver()) {
                throw new TierException(
                        Kind.TRANSIENT, who + ": the right to write was lost until the time limit", null);
            }
        }
    }

    /** Whether the answer "nothing to move" came because the request had been sent twice. */
    private boolean isPublished(Path target, TierRecord record) throws IOException {
        Held held = held(target.toString(), record.key());
        return held.record() != null && held.record().version().equals(record.version());
    }

    private void storeAlone(String hash, TierRecord record, Held held, MountGuard.Checked mount, Deadline deadline)
            throws IOException {
        Path target = Path.of(layout.record(hash));
        byte[] content = RecordFormat.write(record);
        makeRoom(record, held, content.length);
        keepDamaged(hash, target, held);
        try (WriteTicket ticket = WriteTicket.prepare(tickets, content)) {
            if (!ticket.publish(target, mount.isSmb(), deadline)) { // the shard is not there yet
                NasFiles.makeDirectory(NasFiles.directory(target));
                if (!ticket.publish(target, mount.isSmb(), deadline)) {
                    throw new NoSuchFileException(target.toString());
                }
            }
        }
        stored(target, held, content.length, mount);
    }

    private void makeRoom(TierRecord record, Held held, int length) {
        if (!record.isTombstone()) {
            usage.refuseIfFull(length - held.size());
        }
    }

    private void keepDamaged(String hash, Path target, Held held) throws IOException {
        if (held.damage() != null) {
            damageSeen.run();
            Path aside = layout.damaged().resolve(hash + "-" + clock.millis() + Layout.RECORD);
            NasFiles.makeDirectory(layout.damaged());
            try {
                NasFiles.keep(target, aside);
                LOG.warn("{}: a damaged record is replaced and kept as {}", who, aside);
            } catch (NoSuchFileException | java.nio.file.FileAlreadyExistsException e) {
                // gone meanwhile, or kept by the attempt before
            }
        }
    }

    private void stored(Path target, Held held, int length, MountGuard.Checked mount) throws IOException {
        if (!mount.isNetwork()) { // a file server has it when it answers; a local disk may forget the name
            NasFiles.syncDirectory(NasFiles.directory(target));
        }
        usage.record(target, held.isThere() ? 0 : 1, length - held.size());
    }

    boolean purge(TierKey key, Version atMost, Deadline deadline) throws IOException {
        guard.check();
        String hash = layout.hash(key);
        return locked(hash, deadline, () -> {
            Path target = Path.of(layout.record(hash));
            while (true) {
                Held seen = held(target.toString(), key);
                if (!seen.isThere()) {
                    guard.confirm();
                    return false;
                }
                if (isNewer(seen, atMost)) {
                    return false; // versions only grow
                }
                if (shared ? removeShared(hash, target, key, atMost, deadline) : removeAlone(hash, target, seen)) {
                    usage.record(target, -1, -seen.size());
                    return true;
                }
                if (deadline.isOver()) {
                    throw new TierException(Kind.TRANSIENT, who + ": the key was changed until the time limit", null);
                }
            }
        });
    }

    private boolean removeShared(String hash, Path target, TierKey key, Version atMost, Deadline deadline)
            throws IOException {
        try (WriteTicket ticket = WriteTicket.prepareRemoval(tickets)) {
            if (!ticket.claim(layout.lock(hash), deadline)) {
                return false;
            }
            Held held = held(target.toString(), key);
            if (!held.isThere() || isNewer(held, atMost)) {
                return false;
            }
            keepDamaged(hash, target, held);
            return ticket.remove(target);
        }
    }

    private boolean removeAlone(String hash, Path target, Held held) throws IOException {
        keepDamaged(hash, target, held);
        return NasFiles.delete(target);
    }

    /** A damaged record is not newer: nobody can read it, so nobody can miss it. */
    private static boolean isNewer(Held held, Version atMost) {
        return held.record() != null && held.record().version().isNewerThan(atMost);
    }

    @FunctionalInterface
    private interface Change<R> {
        R make() throws IOException;
    }

    /** One thread of this process at a time works on a key, so that they do not wait for each other on the server. */
    private <R> R locked(String hash, Deadline deadline, Change<R> change) throws IOException {
        ReentrantLock lock = locks[Integer.parseInt(hash.substring(0, 4), 16) % STRIPES];
        try {
            if (!lock.tryLock() && !lock.tryLock(Math.max(0, deadline.remainingNanos()), TimeUnit.NANOSECONDS)) {
                throw new TierException(
                        Kind.TRANSIENT,
                        who + ": another call on the same key has not ended within the time limit",
                        null);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TierException(Kind.TRANSIENT, who + ": interrupted", e);
        }
        try {
            return change.make();
        } finally {
            lock.unlock();
        }
    }
}
