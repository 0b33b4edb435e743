package ai.primespark.auth;

import ai.primespark.Secret;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Logs users in and says who a token speaks for. Thread-safe.
 *
 * <p>Every method throws {@link AuthUnavailableException} when the user store is needed and cannot be reached, or when too many
 * logins are under way.
 */
public interface Auth {

    /**
     * Logs a user in. Takes the same time whether or not the user exists.
     *
     * @param username the user
     * @param password the password
     * @param client where the request came from, for throttling, usually an IP address; null when not known
     * @return tokens of a new session
     * @throws LoginFailedException when the user is unknown or inactive, or the password is wrong
     * @throws LoginThrottledException after too many failures of this user or client
     */
    Tokens login(String username, Secret password, @Nullable String client);

    /**
     * Says who an access token speaks for.
     *
     * @param accessToken the token, without {@code Bearer}
     * @return the user, with roles and permissions of now
     * @throws InvalidTokenException when it is not accepted, for whatever reason
     */
    AuthPrincipal verify(String accessToken);

    /**
     * Trades a refresh token for new tokens of the same session. Each is good for one use: a second one ends the session.
     *
     * @param refreshToken the token
     * @return new tokens
     * @throws InvalidTokenException when it is not accepted
     */
    Tokens refresh(Secret refreshToken);

    /**
     * Ends a session: its access and refresh tokens are no longer accepted; in this process from now on, in others that share
     * the user store within {@code primespark.auth.recheck-interval}. Harmless when it is over.
     *
     * @param sessionId see {@link AuthPrincipal#sessionId()}
     */
    void revoke(String sessionId);

    /**
     * Ends all sessions of a user.
     *
     * @param username the user
     * @return how many
     */
    int revokeAll(String username);

    /**
     * The accounts.
     *
     * @return the same object on every call
     */
    Users users();

    /**
     * The roles that there are.
     *
     * @return by name; unmodifiable, with {@link Role#ADMIN} and {@link Role#USER} always among them
     */
    Map<String, Role> roles();

    /**
     * The public keys by which others can verify access tokens, as a JWK Set (RFC 7517).
     *
     * @return JSON; empty when tokens are signed with a shared secret
     */
    Optional<String> jwks();
}
