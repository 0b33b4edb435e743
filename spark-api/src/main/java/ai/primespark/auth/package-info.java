/**
 * Users, tokens and permissions, for whatever API an application hosts.
 *
 * <p>Start at {@link ai.primespark.auth.Auth}: {@code login} gives {@link ai.primespark.auth.Tokens}, {@code verify} turns an
 * access token into an {@link ai.primespark.auth.AuthPrincipal} that knows its permissions, and {@code users} keeps the accounts.
 * There is no default password and no default secret.
 */
@Experimental
@NullMarked
package ai.primespark.auth;

import ai.primespark.Experimental;
import org.jspecify.annotations.NullMarked;
