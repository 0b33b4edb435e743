package ai.primespark.core.memory;

import ai.primespark.core.runtime.DurableFiles;
import ai.primespark.memory.Version;
import ai.primespark.spi.Applied;
import ai.primespark.spi.BlobTier;
import ai.primespark.spi.BlockingMemoryTier;
import ai.primespark.spi.Condition;
import ai.primespark.spi.RecordFormat;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierIdentity;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierLimits;
import ai.primespark.spi.TierPage;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import ai.primespark.spi.TierUsage;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Memory in a local directory, one file a record ({@link DirectoryRoot} has the layout). What was applied survives the process
 * and the machine: a record is written aside, synced, and renamed over the old one.
 *
 * <p>The directory itself is synced only when asked for, because that doubles the time of a write; {@link DirectoryRecovery} says
 * why nothing acknowledged is lost without it on the usual file systems of Linux.
 *
 * <p>A damaged file is reported as {@link TierException.Kind#CORRUPT} for its key until a write or a deletion replaces it, or a
 * purge removes it: a value that was there must not read as absent.
 */
final class DirectoryTier extends BlockingMemoryTier {

    private static final Set<TierTrait> TRAITS =
            Set.copyOf(EnumSet.of(TierTrait.LOCAL, TierTrait.PERSISTENT, TierTrait.ATOMIC_CAS));
    private static final int MAX_BODY_BYTES = 64 << 20;
    private static final int STRIPES = 256;
    private static final long CLOSE_SECONDS = 5;

    private final String id;
    private final Path path;
    private final InstantSource clock;
    private final boolean syncDirectory;
    private final long maxBytes;
    private final ReentrantLock[] locks = new ReentrantLock[STRIPES];
    private final AtomicLong sequence = new AtomicLong();
    private final MessageDigest sha256;
    private final DirectoryBlobs blobs;
    private volatile @Nullable Opened opened;

    /** What there is while the tier is open. */
    record Opened(DirectoryRoot root, DirectoryUsage usage) {}

    DirectoryTier(String id, Path path, InstantSource clock, boolean syncDirectory, long maxBytes) {
        super(Runnable::run); // a local disk answers, so no thread has to be risked for it
        this.id = id;
        this.path = path;
        this.clock = clock;
        this.syncDirectory = syncDirectory;
        this.maxBytes = maxBytes;
        this.blobs = new DirectoryBlobs(this, id);
        for (int i = 0; i < STRIPES; i++) {
            locks[i] = new ReentrantLock();
        }
        try {
            this.sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    @Override
    public void start() {
        try {
            DirectoryRoot root = DirectoryRoot.open(path);
            try {
                DirectoryRecovery.run(root, key -> file(root, key));
                DirectoryBlobs.sweep(root.blobs());
            } catch (IOException | RuntimeException e) {
                root.close();
                throw e;
            }
            opened = new Opened(root, new DirectoryUsage(root.data(), root.blobs(), maxBytes));
        } catch (IOException e) {
            throw classify(e);
        }
    }

    @Override
    public Set<TierTrait> traits() {
        return TRAITS;
    }

    @Override
    public TierLimits limits() {
        return new TierLimits(TierKey.MAX_KEY_BYTES, MAX_BODY_BYTES, 64);
    }

    @Override
    protected @Nullable TierRecord read(TierKey key) throws IOException {
        TierRecord record = RecordFiles.record(file(open().root(), key));
        if (record == null) {
            return null;
        }
        if (!record.key().equals(key)) {
            throw new TierException(TierException.Kind.CORRUPT, "damaged record: another key's file", null);
        }
        return record;
    }

    @Override
    protected Applied write(TierRecord record, Condition condition) throws IOException {
        return locked(record.key(), (root, file) -> {
            TierPage.Header held = held(file, condition);
            Applied outcome =
                    condition.decide(held == null ? null : RecordFiles.withoutBody(held), record, clock.millis());
            if (outcome instanceof Applied.Done) {
                store(root, file, record, held);
            }
            return outcome;
        });
    }

    /** What is there, for the law. A damaged record gives way to any write, but decides no condition. */
    private static TierPage.@Nullable Header held(File file, Condition condition) throws IOException {
        try {
            return RecordFiles.header(file);
        } catch (TierException e) {
            if (condition instanceof Condition.IfNewer) {
                return null;
            }
            throw e;
        }
    }

    private void store(Opened root, File file, TierRecord record, TierPage.@Nullable Header held) throws IOException {
        byte[] content = RecordFormat.write(record);
        long growth = content.length - (held == null ? 0 : file.length());
        if (!record.isTombstone() && growth > 0 && root.usage().isFullFor(growth)) {
            throw new TierException(
                    TierException.Kind.FULL,
                    "tier '" + id + "' has reached its max-bytes of " + maxBytes + "; raise it or delete something",
                    null);
        }
        File fresh = new File(
                root.root().tmp().toFile(), Long.toHexString(sequence.incrementAndGet()) + DirectoryScan.SUFFIX);
        try {
            RecordFiles.writeSynced(fresh, content);
            publish(root, fresh, file);
        } catch (IOException e) {
            Files.deleteIfExists(fresh.toPath()); // what failed must not appear at the next start
            throw e;
        }
        if (syncDirectory) {
            DurableFiles.syncDirectory(RecordFiles.directory(file));
        }
        root.usage().changed(held == null ? 1 : 0, growth);
    }

    private static void publish(Opened root, File fresh, File file) throws IOException {
        try {
            RecordFiles.move(fresh, file);
        } catch (NoSuchFileException e) { // somebody has removed the shard
            Files.createDirectories(RecordFiles.directory(file));
            DurableFiles.syncDirectory(root.root().data());
            RecordFiles.move(fresh, file);
        }
    }

    @Override
    protected boolean remove(TierKey key, Version atMost) throws IOException {
        return locked(key, (root, file) -> {
            try {
                TierPage.Header held = RecordFiles.header(file);
                if (held == null || held.version().isNewerThan(atMost)) {
                    return false;
                }
            } catch (TierException e) {
                if (e.kind() != TierException.Kind.CORRUPT) {
                    throw e;
                }
                // damaged: nobody can read it, so nobody can miss it
            }
            long size = file.length();
            Files.deleteIfExists(file.toPath());
            root.usage().changed(-1, -size);
            return true;
        });
    }

    @Override
    protected TierPage list(String namespace, String prefix, @Nullable String cursor, int limit) throws IOException {
        return DirectoryScan.page(open().root(), namespace, prefix, cursor, limit);
    }

    /** Reads the marker and makes a file, so that a disk that became read-only is noticed. */
    @Override
    protected TierIdentity identify() throws IOException {
        DirectoryRoot root = open().root();
        String storage = root.checkIdentity();
        File probe = new File(root.tmp().toFile(), "probe-" + Long.toHexString(sequence.incrementAndGet()));
        Files.createFile(probe.toPath());
        Files.delete(probe.toPath());
        long free = Files.getFileStore(root.path()).getUsableSpace();
        return new TierIdentity(storage, (free >> 20) + " MiB free");
    }

    @Override
    protected TierUsage measure() throws IOException {
        return open().usage().measure();
    }

    @Override
    protected TierException classify(IOException failure) {
        return DiskFaults.classify("tier '" + id + "' in " + path, failure);
    }

    @Override
    public Optional<BlobTier> blobs() {
        return Optional.of(blobs);
    }

    Opened open() {
        Opened now = opened;
        if (now == null) {
            throw new TierException(TierException.Kind.PERMANENT, "tier '" + id + "' is closed", null);
        }
        return now;
    }

    @FunctionalInterface
    private interface Change<R> {
        R make(Opened root, File file) throws IOException;
    }

    private <R> R locked(TierKey key, Change<R> change) throws IOException {
        ReentrantLock lock = locks[(key.hashCode() * 0x9E3779B9) >>> 24];
        lock.lock();
        try {
            Opened root = open(); // looked at under the lock: close() waits for whoever holds one
            return change.make(root, file(root.root(), key));
        } finally {
            lock.unlock();
        }
    }

    private File file(DirectoryRoot root, TierKey key) {
        String hex = HexFormat.of().formatHex(digest(key));
        String sep = File.separator;
        return new File(root.dataPrefix() + hex.substring(0, 2) + sep + hex.substring(2) + DirectoryScan.SUFFIX);
    }

    private byte[] digest(TierKey key) {
        MessageDigest digest;
        try {
            digest = (MessageDigest) sha256.clone(); // faster than asking the security providers each time
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("the platform's SHA-256 can be cloned", e);
        }
        digest.update(key.namespace().getBytes(StandardCharsets.US_ASCII));
        digest.update((byte) 0);
        return digest.digest(key.key().getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() throws IOException {
        Opened last = opened;
        opened = null;
        if (last == null) {
            return;
        }
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(CLOSE_SECONDS);
        for (ReentrantLock lock : locks) { // writes under way end before another process may take the directory
            try {
                if (lock.tryLock(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS)) {
                    lock.unlock();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        last.root().close();
    }
}
