package ai.primespark.core.auth;

import ai.primespark.auth.AuthException;
import ai.primespark.auth.AuthUnavailableException;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.UserStore;
import ai.primespark.spi.UserStore.Account;
import ai.primespark.spi.UserStore.Session;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Asks the user store: with a time limit, timed, and with one kind of failure. Thread-safe. */
final class StoreCalls {

    private final UserStore store;
    private final Duration timeout;
    private final AuthMeters meters;
    private volatile String trouble = "";

    StoreCalls(UserStore store, Duration timeout, AuthMeters meters) {
        this.store = store;
        this.timeout = timeout;
        this.meters = meters;
    }

    Optional<Account> find(String username) {
        return call("find", deadline -> store.find(username, deadline));
    }

    List<Account> list(@Nullable String after, int limit) {
        return call("list", deadline -> store.list(after, limit, deadline));
    }

    boolean create(Account account) {
        return change("create", deadline -> store.create(account, deadline), Boolean::booleanValue);
    }

    boolean replace(Account account) {
        return change("replace", deadline -> store.replace(account, deadline), Boolean::booleanValue);
    }

    boolean delete(String username, long version) {
        return change("delete", deadline -> store.delete(username, version, deadline), Boolean::booleanValue);
    }

    Optional<Session> findSession(String id) {
        return call("find-session", deadline -> store.findSession(id, deadline));
    }

    List<Session> sessions(String username) {
        return call("sessions", deadline -> store.sessions(username, deadline));
    }

    boolean saveSession(Session session) {
        return change("save-session", deadline -> store.saveSession(session, deadline), Boolean::booleanValue);
    }

    boolean deleteSession(String id, long version) {
        return change("delete-session", deadline -> store.deleteSession(id, version, deadline), Boolean::booleanValue);
    }

    int deleteSessions(String username) {
        return change("delete-sessions", deadline -> store.deleteSessions(username, deadline), ended -> ended > 0);
    }

    int purgeSessions(Instant before) {
        return change("purge-sessions", deadline -> store.purgeSessions(before, deadline), ended -> ended > 0);
    }

    /** Why the last change could not be made; empty when it could. Reading may go well all the same. */
    String trouble() {
        return trouble;
    }

    /** Of a change that the store found nothing to do for nothing can be learnt. */
    private <T> T change(String operation, Function<Deadline, T> work, Predicate<T> done) {
        try {
            T answer = call(operation, work);
            if (done.test(answer)) {
                trouble = "";
            }
            return answer;
        } catch (AuthUnavailableException e) {
            trouble = String.valueOf(e.getMessage());
            throw e;
        }
    }

    private <T> T call(String operation, Function<Deadline, T> work) {
        long start = System.nanoTime();
        boolean ok = false;
        try {
            T answer = work.apply(Deadline.in(timeout));
            ok = true;
            return answer;
        } catch (AuthUnavailableException e) {
            throw e;
        } catch (AuthException e) { // what a plugin may throw by the SPI
            throw new AuthUnavailableException(String.valueOf(e.getMessage()), e);
        } catch (RuntimeException e) { // a store that breaks its rules must not look like a refusal
            throw new AuthUnavailableException(
                    "the user store failed (" + e.getClass().getSimpleName() + ")", e);
        } finally {
            meters.store(operation, ok, Duration.ofNanos(System.nanoTime() - start));
        }
    }
}
