package ai.primespark.auth;

import ai.primespark.Secret;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The accounts. Asks no permission: that is for the caller. Usernames are compared in lower case. Thread-safe.
 *
 * <p>Every method throws {@link AuthUnavailableException} when the user store cannot be reached.
 */
public interface Users {

    /**
     * Makes an account.
     *
     * @param username see {@link User}
     * @param password 8 to 1,024 characters
     * @param roles names of roles
     * @return the account, active
     * @throws IllegalArgumentException for a username that is not allowed
     * @throws UserException when the user exists, a role does not, or the password is too weak
     */
    User create(String username, Secret password, Set<String> roles);

    /**
     * Makes an administrator with a generated password, if there is no account at all.
     *
     * @param username see {@link User}
     * @return the password, to be shown once; empty when there are accounts already
     */
    Optional<Secret> createFirstAdmin(String username);

    /**
     * Finds an account.
     *
     * @param username the user
     * @return empty when there is none
     */
    Optional<User> find(String username);

    /**
     * Lists accounts by name.
     *
     * @param after the last username of the page before, or null for the first page
     * @param limit 1 to 1,000
     * @return at most that many; fewer at the end
     */
    List<User> list(@Nullable String after, int limit);

    /**
     * Sets the roles.
     *
     * @param username the user
     * @param roles names of roles
     * @return the account
     * @throws UserException when there is no such user or role, or the last administrator would be gone
     */
    User setRoles(String username, Set<String> roles);

    /**
     * Lets the user in or keeps the user out; keeping out ends all sessions.
     *
     * @param username the user
     * @param active whether logins are accepted
     * @return the account
     * @throws UserException when there is no such user, or the last administrator would be gone
     */
    User setActive(String username, boolean active);

    /**
     * Sets a password and ends all sessions.
     *
     * @param username the user
     * @param password 8 to 1,024 characters
     * @throws UserException when there is no such user, or the password is too weak
     */
    void setPassword(String username, Secret password);

    /**
     * Changes a password for a user who knows the current one, and ends all sessions. Throttled like a login, by a
     * count of its own.
     *
     * @param username the user
     * @param current the current password
     * @param password 8 to 1,024 characters
     * @throws LoginFailedException when the current password is wrong
     * @throws LoginThrottledException after too many failures
     * @throws UserException when the new password is too weak
     */
    void changePassword(String username, Secret current, Secret password);

    /**
     * Deletes an account and ends all its sessions.
     *
     * @param username the user
     * @return false when there was none
     * @throws UserException when the last administrator would be gone
     */
    boolean delete(String username);
}
