package ai.primespark.core.auth.store;

import ai.primespark.auth.AuthUnavailableException;
import ai.primespark.core.journal.DirectoryLock;
import ai.primespark.core.runtime.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accounts and sessions in two files, each replaced as a whole and on the disk before a change counts; only the owner may read
 * them. A crash at any moment leaves each as it was before or after. Where a change touches both, sessions go first: one without
 * an account is over anyway.
 */
final class FileUserStore extends TableStore {

    private static final Logger LOG = LoggerFactory.getLogger(FileUserStore.class);

    private static final int LONGEST = 256 << 20;

    private final Path directory;
    private final Path accounts;
    private final Path sessions;
    private @Nullable DirectoryLock lock;

    FileUserStore(Path directory) {
        this.directory = directory;
        this.accounts = directory.resolve("accounts.json");
        this.sessions = directory.resolve("sessions.json");
    }

    @Override
    public void start() throws IOException {
        DurableFiles.makePrivateDirectories(directory);
        lock = DirectoryLock.take(directory, "user store");
        DurableFiles.removeLeftovers(accounts);
        DurableFiles.removeLeftovers(sessions);
        StoreJson.Content content = new StoreJson.Content();
        read(accounts, content);
        read(sessions, content);
        begin(StoreState.of(content.accounts(), content.sessions()));
    }

    /** A file that cannot be read or seen is never taken for none: an empty store would let anybody become the first administrator. */
    private static void read(Path file, StoreJson.Content content) throws IOException {
        if (!DurableFiles.isMissing(file)) {
            try {
                StoreJson.read(DurableFiles.readPrivately(file, LONGEST), content);
            } catch (IOException e) {
                throw new IOException(
                        "the user store cannot read " + file + " (" + e.getMessage()
                                + "); put back a copy of it, or mend what is wrong with it",
                        e);
            }
        }
    }

    @Override
    void keep(StoreState before, StoreState next) {
        try {
            if (!next.hasSessionsOf(before)) {
                DurableFiles.replacePrivately(sessions, StoreJson.sessions(next.sessions()));
            }
            if (!next.hasAccountsOf(before)) {
                DurableFiles.replacePrivately(accounts, StoreJson.accounts(next.accounts()));
            }
        } catch (IOException e) {
            LOG.error("{} cannot be written: {}", label(), e.toString());
            throw new AuthUnavailableException("the user store cannot be written; the log of the server says why", e);
        }
    }

    @Override
    String label() {
        return "the user store in " + directory;
    }

    @Override
    void release() throws IOException {
        if (lock != null) {
            lock.close();
        }
    }
}
