package ai.primespark.testkit;

import ai.primespark.auth.AuthException;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.UserStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A store that keeps all rules in the simplest way, under one lock; broken ones override what they break. */
class MapUserStore implements UserStore {

    /** What outlives a store. */
    static class Storage {
        final TreeMap<String, Account> accounts = new TreeMap<>();
        final Map<String, Session> sessions = new TreeMap<>();
    }

    final Storage storage;
    private boolean closed;

    MapUserStore(Storage storage) {
        this.storage = storage;
    }

    void checkOpen() {
        if (closed) {
            throw new AuthException("the store is closed", null);
        }
    }

    @Override
    public Optional<Account> find(String username, Deadline deadline) {
        synchronized (storage) {
            checkOpen();
            return Optional.ofNullable(storage.accounts.get(username));
        }
    }

    @Override
    public List<Account> list(@Nullable String after, int limit, Deadline deadline) {
        synchronized (storage) {
            checkOpen();
            Map<String, Account> rest = after == null ? storage.accounts : storage.accounts.tailMap(after, false);
            return rest.values().stream().limit(limit).toList();
        }
    }

    @Override
    public boolean create(Account account, Deadline deadline) {
        synchronized (storage) {
            checkOpen();
            return storage.accounts.putIfAbsent(account.user().username(), account) == null;
        }
    }

    @Override
    public boolean replace(Account account, Deadline deadline) {
        synchronized (storage) {
            checkOpen();
            Account there = storage.accounts.get(account.user().username());
            if (there == null || there.version() != account.version() - 1) {
                return false;
            }
            storage.accounts.put(account.user().username(), account);
            return true;
        }
    }

    @Override
    public boolean delete(String username, long version, Deadline deadline) {
        synchronized (storage) {
            checkOpen();
            Account there = storage.accounts.get(username);
            if (there == null || there.version() != version) {
                return false;
            }
            storage.accounts.remove(username);
            storage.sessions.values().removeIf(session -> session.username().equals(username));
            return true;
        }
    }

    @Override
    public Optional<Session> findSession(String id, Deadline deadline) {
        synchronized (storage) {
            checkOpen();
            return Optional.ofNullable(storage.sessions.get(id));
        }
    }

    @Override
    public List<Session> sessions(String username, Deadline deadline) {
        synchronized (storage) {
            checkOpen();
            List<Session> found = new ArrayList<>(storage.sessions.values());
            found.removeIf(session -> !session.username().equals(username));
            return found;
        }
    }

    @Override
    public boolean saveSession(Session session, Deadline deadline) {
        synchronized (storage) {
            checkOpen();
            Session there = storage.sessions.get(session.id());
            if ((there == null ? 0 : there.version()) != session.version() - 1) {
                return false;
            }
            storage.sessions.put(session.id(), session);
            return true;
        }
    }

    @Override
    public boolean deleteSession(String id, long version, Deadline deadline) {
        synchronized (storage) {
            checkOpen();
            return storage.sessions
                    .values()
                    .removeIf(session -> session.id().equals(id) && session.version() == version);
        }
    }

    @Override
    public int deleteSessions(String username, Deadline deadline) {
        synchronized (storage) {
            checkOpen();
            int before = storage.sessions.size();
            storage.sessions.values().removeIf(session -> session.username().equals(username));
            return before - storage.sessions.size();
        }
    }

    @Override
    public int purgeSessions(Instant end, Deadline deadline) {
        synchronized (storage) {
            checkOpen();
            int before = storage.sessions.size();
            storage.sessions.values().removeIf(session -> !session.expiresAt().isAfter(end));
            return before - storage.sessions.size();
        }
    }

    @Override
    public void close() {
        synchronized (storage) {
            closed = true;
        }
    }
}
