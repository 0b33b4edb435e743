package ai.primespark.core.auth;

import ai.primespark.auth.AuthUnavailableException;
import ai.primespark.core.runtime.DurableFiles;
import com.nimbusds.jose.JOSEException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file of secret keys, readable by the owner alone, that several servers may share: one at a time makes what is in it. Where it is
 * and what is wrong with it stands in the log, and not in what clients may see. Thread-safe.
 */
final class KeyFile {

    private static final Logger LOG = LoggerFactory.getLogger(KeyFile.class);

    private static final long SILENCE_NANOS = 60_000_000_000L;

    /** The lock of the file is the process's, so those of one process wait for each other here. */
    private static final ReentrantLock OF_THIS_PROCESS = new ReentrantLock();

    private final Path path;
    private final int longest;
    private final String remedy;
    private final AtomicLong toldAt = new AtomicLong(System.nanoTime() - SILENCE_NANOS);

    /** Something that is done under the file's lock. */
    interface Work<T> {
        T run() throws IOException, JOSEException;
    }

    /**
     * Touches nothing yet.
     *
     * @param path the file
     * @param longest bytes that it may have
     * @param remedy what to do when it cannot be used
     */
    KeyFile(Path path, int longest, String remedy) {
        this.path = path.toAbsolutePath();
        this.longest = longest;
        this.remedy = remedy;
    }

    /** One that cannot be seen is there: new keys would end everything that the old ones have signed. */
    boolean isMissing() {
        return DurableFiles.isMissing(path);
    }

    String read() throws IOException {
        return new String(DurableFiles.readPrivately(path, longest), StandardCharsets.UTF_8);
    }

    /** To be called under the lock. */
    void write(String content) throws IOException {
        DurableFiles.removeLeftovers(path);
        DurableFiles.replacePrivately(path, content.getBytes(StandardCharsets.UTF_8));
    }

    /** Does something while nobody else does, in this process or another. */
    <T> T alone(Work<T> work) throws IOException, JOSEException {
        OF_THIS_PROCESS.lock();
        try (FileChannel channel = openLock();
                FileLock unused = channel.lock()) {
            return work.run();
        } finally {
            OF_THIS_PROCESS.unlock();
        }
    }

    private FileChannel openLock() throws IOException {
        Path directory = path.getParent();
        if (directory != null) {
            DurableFiles.makePrivateDirectories(directory);
        }
        return FileChannel.open(
                path.resolveSibling(path.getFileName() + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    /** What clients may see of a failure. The log has the rest, once a minute. */
    AuthUnavailableException unusable(Exception failure) {
        long now = System.nanoTime();
        long before = toldAt.get();
        if (now - before >= SILENCE_NANOS && toldAt.compareAndSet(before, now)) {
            LOG.error("Cannot use the keys for access tokens in {}: {}; {}", path, failure.getMessage(), remedy);
        }
        return new AuthUnavailableException(
                "the keys for access tokens cannot be used; the log of the server says why", failure);
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
