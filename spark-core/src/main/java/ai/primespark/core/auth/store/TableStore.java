package ai.primespark.core.auth.store;

import ai.primespark.auth.AuthUnavailableException;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.UserStore;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A store that holds everything in memory: readers take the state of the moment without waiting, writers go one after the other,
 * and what a writer made shows when it is kept. Thread-safe.
 */
abstract class TableStore implements UserStore {

    private static final int MOST_ACCOUNTS = 100_000;
    private static final int MOST_SESSIONS = 200_000;

    private final ReentrantLock writing = new ReentrantLock();
    private volatile StoreState state = StoreState.EMPTY;
    private volatile boolean closed;

    /** What the next state needs to be kept; nothing shows when it throws. Called by one thread at a time. */
    abstract void keep(StoreState before, StoreState next);

    /** What it is called in messages. */
    abstract String label();

    /** Releases what is open; called once. */
    void release() throws Exception {}

    final void begin(StoreState read) {
        state = read;
    }

    private StoreState state() {
        if (closed) {
            throw new AuthUnavailableException(label() + " is closed", null);
        }
        return state;
    }

    /** False when the condition of the change does not hold. */
    private boolean change(Deadline deadline, UnaryOperator<@Nullable StoreState> change) {
        lock(deadline);
        try {
            StoreState before = state();
            StoreState next = change.apply(before);
            if (next == null) {
                return false;
            }
            checkRoom(before, next);
            keep(before, next);
            state = next;
            return true;
        } finally {
            writing.unlock();
        }
    }

    private void lock(Deadline deadline) {
        try {
            if (!writing.tryLock(Math.max(0, deadline.remainingNanos()), TimeUnit.NANOSECONDS)) {
                throw new AuthUnavailableException(label() + " is busy; try again", null);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AuthUnavailableException("interrupted while waiting for " + label(), null);
        }
    }

    private void checkRoom(StoreState before, StoreState next) {
        if (next.accountCount() > Math.max(MOST_ACCOUNTS, before.accountCount())
                || next.sessionCount() > Math.max(MOST_SESSIONS, before.sessionCount())) {
            throw new AuthUnavailableException(
                    label() + " is full: it holds " + MOST_ACCOUNTS + " accounts and " + MOST_SESSIONS
                            + " sessions; delete some, or use a store for more",
                    null);
        }
    }

    @Override
    public final Optional<Account> find(String username, Deadline deadline) {
        return state().find(username);
    }

    @Override
    public final List<Account> list(@Nullable String after, int limit, Deadline deadline) {
        return state().list(after, limit);
    }

    @Override
    public final boolean create(Account account, Deadline deadline) {
        return change(deadline, now -> now.create(account));
    }

    @Override
    public final boolean replace(Account account, Deadline deadline) {
        return change(deadline, now -> now.replace(account));
    }

    @Override
    public final boolean delete(String username, long version, Deadline deadline) {
        return change(deadline, now -> now.delete(username, version));
    }

    @Override
    public final Optional<Session> findSession(String id, Deadline deadline) {
        return state().findSession(id);
    }

    @Override
    public final List<Session> sessions(String username, Deadline deadline) {
        return state().sessions(username);
    }

    @Override
    public final boolean saveSession(Session session, Deadline deadline) {
        return change(deadline, now -> now.save(session));
    }

    @Override
    public final boolean deleteSession(String id, long version, Deadline deadline) {
        return change(deadline, now -> now.deleteSession(id, version));
    }

    @Override
    public final int deleteSessions(String username, Deadline deadline) {
        return counting(deadline, now -> now.deleteSessions(username));
    }

    @Override
    public final int purgeSessions(Instant before, Deadline deadline) {
        return counting(deadline, now -> now.purge(before));
    }

    private int counting(Deadline deadline, UnaryOperator<@Nullable StoreState> change) {
        int[] gone = new int[1];
        boolean unused = change(deadline, now -> {
            StoreState next = change.apply(now);
            gone[0] = next == null || now == null ? 0 : now.sessionCount() - next.sessionCount();
            return next;
        });
        return gone[0];
    }

    @Override
    public final void close() throws Exception {
        writing.lock(); // a write under way is brief, and its files must not be let go before it is done
        try {
            if (!closed) {
                closed = true;
                release();
            }
        } finally {
            writing.unlock();
        }
    }

    @Override
    public final String toString() {
        return label();
    }
}
