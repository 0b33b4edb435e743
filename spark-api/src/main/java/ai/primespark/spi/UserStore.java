package ai.primespark.spi;

import ai.primespark.Secret;
import ai.primespark.auth.AuthException;
import ai.primespark.auth.User;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Keeps accounts and sessions. Hashing, tokens, throttling and rules are the engine's. Methods may block until the deadline.
 *
 * <p>Times are kept to the millisecond. Rules that {@code UserStoreContract} in the testkit checks:
 *
 * <ul>
 *   <li>USER-01 What was created or replaced is what is found, also after close and open when the store is durable.
 *   <li>USER-02 Of many concurrent creations of one name, or changes of one version, exactly one is true. After a change that
 *       was refused because of the version, the next read is of that version or a later one.
 *   <li>USER-03 Listing gives every account that was there throughout, once, sorted by the code units of its name.
 *   <li>USER-04 Deleting an account deletes its sessions, and a session that was deleted is not saved again.
 *   <li>USER-05 Hashes are in no {@code toString}, message or log; files that hold them have mode 0600.
 *   <li>USER-06 After {@link #close()}, every method fails with an {@link AuthException}; closing twice is harmless.
 * </ul>
 */
public interface UserStore extends SparkComponent {

    /**
     * Finds an account.
     *
     * @param username in lower case
     * @param deadline when the answer is of no more use
     * @return empty when there is none
     * @throws AuthException when the store cannot be reached
     */
    Optional<Account> find(String username, Deadline deadline);

    /**
     * Lists accounts by name.
     *
     * @param after the last name of the page before, or null for the first page
     * @param limit at least 1
     * @param deadline when the answer is of no more use
     * @return at most that many; fewer at the end
     * @throws AuthException when the store cannot be reached
     */
    List<Account> list(@Nullable String after, int limit, Deadline deadline);

    /**
     * Adds an account.
     *
     * @param account the account; its version is 1
     * @param deadline by when
     * @return false when there is one of that name
     * @throws AuthException when the store cannot be reached
     */
    boolean create(Account account, Deadline deadline);

    /**
     * Replaces an account whose version is one less than the new one's.
     *
     * @param account the account
     * @param deadline by when
     * @return false when there is none, or it has another version
     * @throws AuthException when the store cannot be reached
     */
    boolean replace(Account account, Deadline deadline);

    /**
     * Removes an account whose version is the given one, and its sessions.
     *
     * @param username in lower case
     * @param version the version that was read
     * @param deadline by when
     * @return false when there is none, or it has another version
     * @throws AuthException when the store cannot be reached
     */
    boolean delete(String username, long version, Deadline deadline);

    /**
     * Finds a session.
     *
     * @param id its id
     * @param deadline when the answer is of no more use
     * @return empty when there is none; one that has ended may or may not be there
     * @throws AuthException when the store cannot be reached
     */
    Optional<Session> findSession(String id, Deadline deadline);

    /**
     * The sessions of a user.
     *
     * @param username in lower case
     * @param deadline when the answer is of no more use
     * @return in no order; those that have ended may or may not be there
     * @throws AuthException when the store cannot be reached
     */
    List<Session> sessions(String username, Deadline deadline);

    /**
     * Adds a session, or replaces one whose version is one less.
     *
     * @param session the session; its version is 1 to add it
     * @param deadline by when
     * @return false when there is one already, or none with that version
     * @throws AuthException when the store cannot be reached
     */
    boolean saveSession(Session session, Deadline deadline);

    /**
     * Removes a session whose version is the given one.
     *
     * @param id its id
     * @param version the version that was read
     * @param deadline by when
     * @return false when there is none, or it has another version
     * @throws AuthException when the store cannot be reached
     */
    boolean deleteSession(String id, long version, Deadline deadline);

    /**
     * Removes all sessions of a user.
     *
     * @param username in lower case
     * @param deadline by when
     * @return how many
     * @throws AuthException when the store cannot be reached
     */
    int deleteSessions(String username, Deadline deadline);

    /**
     * Removes sessions that have ended. The engine calls it now and then.
     *
     * @param before those whose end is not later
     * @param deadline by when; the rest may be left for the next call
     * @return how many
     * @throws AuthException when the store cannot be reached
     */
    int purgeSessions(Instant before, Deadline deadline);

    /**
     * An account as it is kept.
     *
     * @param user what may be shown
     * @param passwordHash in PHC string format, with algorithm, parameters and salt
     * @param version grows by one with every change, from 1
     */
    record Account(User user, Secret passwordHash, long version) {

        /** Refuses nulls. */
        public Account {
            Objects.requireNonNull(user, "user");
            Objects.requireNonNull(passwordHash, "passwordHash");
        }
    }

    /**
     * A login and the refresh tokens that follow from it.
     *
     * @param id random, not secret; at most 64 of {@code [A-Za-z0-9_-]}
     * @param username in lower case
     * @param createdAt when it began
     * @param passwordChangedAt the account's, when it began; a session with another one than its account has is over
     * @param refreshHash by which the engine knows the session's refresh tokens; at most 256 characters
     * @param expiresAt when it ends
     * @param version grows by one with every change, from 1
     */
    record Session(
            String id,
            String username,
            Instant createdAt,
            Instant passwordChangedAt,
            Secret refreshHash,
            Instant expiresAt,
            long version) {

        /** Refuses nulls. */
        public Session {
            Objects.requireNonNull(id, "id");
            Objects.requireNonNull(username, "username");
            Objects.requireNonNull(createdAt, "createdAt");
            Objects.requireNonNull(passwordChangedAt, "passwordChangedAt");
            Objects.requireNonNull(refreshHash, "refreshHash");
            Objects.requireNonNull(expiresAt, "expiresAt");
        }
    }
}
