package ai.primespark.examples.server;

import ai.primespark.Secret;
import ai.primespark.auth.Auth;
import ai.primespark.auth.AuthException;
import ai.primespark.auth.Role;
import ai.primespark.auth.UserException;
import java.util.Optional;
import java.util.Set;

/** The first account. A known password never exists: it is the one that the environment names, or one made here and said once. */
final class Accounts {

    private static final String THERE_ARE_ACCOUNTS = "log in with POST /api/auth/login";

    private Accounts() {}

    /**
     * Makes the first administrator if there is nobody yet. Of servers that share a user store and start at once, one does.
     *
     * @return what to tell the person at the keyboard about logging in
     * @throws StartupException when the variables are not right
     */
    static String first(Auth auth, Variables variables) throws StartupException {
        String name = variables.text("ADMIN_USERNAME").orElse("admin");
        Optional<Secret> wished = variables.secret("ADMIN_PASSWORD");
        try {
            if (!auth.users().list(null, 1).isEmpty()) {
                return THERE_ARE_ACCOUNTS;
            }
            if (wished.isPresent()) {
                auth.users().create(name, wished.get(), Set.of(Role.ADMIN.name()));
                return "made '" + name + "' with the password of ADMIN_PASSWORD";
            }
            return auth.users()
                    .createFirstAdmin(name)
                    .map(password ->
                            "made '" + name + "' with the password " + password.reveal() + " (shown only this once)")
                    .orElse(THERE_ARE_ACCOUNTS);
        } catch (IllegalArgumentException e) {
            throw new StartupException("ADMIN_USERNAME: " + e.getMessage());
        } catch (UserException e) {
            if (e.kind() == UserException.Kind.EXISTS) { // another server was first
                return THERE_ARE_ACCOUNTS;
            }
            throw failed(name, e);
        } catch (AuthException e) {
            throw failed(name, e);
        }
    }

    private static StartupException failed(String name, AuthException e) {
        return new StartupException("cannot make the first account '" + name + "': " + e.getMessage());
    }
}
