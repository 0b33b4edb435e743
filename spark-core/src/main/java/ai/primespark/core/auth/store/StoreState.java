package ai.primespark.core.auth.store;

import ai.primespark.spi.UserStore.Account;
import ai.primespark.spi.UserStore.Session;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * All accounts and sessions of a store that holds them in memory. Immutable: a change makes a new state, or null when its condition
 * does not hold. Sorted by the code units of names, as the SPI wants it.
 */
final class StoreState {

    static final StoreState EMPTY = new StoreState(new TreeMap<>(), new HashMap<>());

    private final NavigableMap<String, Account> accounts;
    private final Map<String, Session> sessions;

    private StoreState(NavigableMap<String, Account> accounts, Map<String, Session> sessions) {
        this.accounts = accounts;
        this.sessions = sessions;
    }

    /** What was read from files; sessions of accounts that are gone are left out. */
    static StoreState of(List<Account> accounts, List<Session> sessions) {
        TreeMap<String, Account> byName = new TreeMap<>();
        accounts.forEach(account -> byName.put(account.user().username(), account));
        Map<String, Session> byId = new HashMap<>();
        for (Session session : sessions) {
            if (byName.containsKey(session.username())) {
                byId.put(session.id(), session);
            }
        }
        return new StoreState(byName, byId);
    }

    Optional<Account> find(String username) {
        return Optional.ofNullable(accounts.get(username));
    }

    List<Account> list(@Nullable String after, int limit) {
        return (after == null ? accounts : accounts.tailMap(after, false))
                .values().stream().limit(limit).toList();
    }

    Iterable<Account> accounts() {
        return accounts.values();
    }

    int accountCount() {
        return accounts.size();
    }

    Optional<Session> findSession(String id) {
        return Optional.ofNullable(sessions.get(id));
    }

    List<Session> sessions(String username) {
        return sessions.values().stream()
                .filter(session -> session.username().equals(username))
                .toList();
    }

    Iterable<Session> sessions() {
        return sessions.values();
    }

    int sessionCount() {
        return sessions.size();
    }

    @Nullable
    StoreState create(Account account) {
        return accounts.containsKey(account.user().username()) ? null : put(account);
    }

    @Nullable
    StoreState replace(Account account) {
        Account there = accounts.get(account.user().username());
        return there == null || there.version() != account.version() - 1 ? null : put(account);
    }

    private StoreState put(Account account) {
        TreeMap<String, Account> next = new TreeMap<>(accounts);
        next.put(account.user().username(), account);
        return new StoreState(next, sessions);
    }

    @Nullable
    StoreState delete(String username, long version) {
        Account there = accounts.get(username);
        if (there == null || there.version() != version) {
            return null;
        }
        TreeMap<String, Account> next = new TreeMap<>(accounts);
        next.remove(username);
        StoreState without = withoutSessions(session -> session.username().equals(username));
        return new StoreState(next, without == null ? sessions : without.sessions);
    }

    @Nullable
    StoreState save(Session session) {
        Session there = sessions.get(session.id());
        if ((there == null ? 0 : there.version()) != session.version() - 1) {
            return null;
        }
        Map<String, Session> next = new HashMap<>(sessions);
        next.put(session.id(), session);
        return new StoreState(accounts, next);
    }

    @Nullable
    StoreState deleteSession(String id, long version) {
        return withoutSessions(session -> session.id().equals(id) && session.version() == version);
    }

    @Nullable
    StoreState deleteSessions(String username) {
        return withoutSessions(session -> session.username().equals(username));
    }

    @Nullable
    StoreState purge(Instant before) {
        return withoutSessions(session -> !session.expiresAt().isAfter(before));
    }

    private @Nullable StoreState withoutSessions(Predicate<Session> gone) {
        Map<String, Session> next = new HashMap<>(sessions);
        return next.values().removeIf(gone) ? new StoreState(accounts, next) : null;
    }

    /** Whether the accounts are the same as in another state. */
    boolean hasAccountsOf(StoreState other) {
        return accounts == other.accounts;
    }

    /** Whether the sessions are the same as in another state. */
    boolean hasSessionsOf(StoreState other) {
        return sessions == other.sessions;
    }
}
