package ai.primespark.power.ups;

import ai.primespark.Secret;
import ai.primespark.spi.Settings;
import java.time.Duration;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a {@link NutSource}, checked against each other.
 *
 * @param host the server
 * @param port its port
 * @param ups the name of the UPS, or null for the only one
 * @param username for the login, or null
 * @param password for the login, or null
 * @param login whether to log in as a secondary
 * @param clearPassword whether the password may be sent over a network without TLS
 * @param hostSync how long the primary waits for secondaries, or null when it does not wait for us
 * @param connectTimeout for connecting
 * @param timeout for one read
 * @param maxBackoff longest pause between attempts to connect
 * @param tls how it is encrypted
 * @param capacity what the battery holds, in watt-hours, when that is configured
 */
record NutConfig(
        String host,
        int port,
        @Nullable String ups,
        @Nullable String username,
        @Nullable Secret password,
        boolean login,
        boolean clearPassword,
        @Nullable Duration hostSync,
        Duration connectTimeout,
        Duration timeout,
        Duration maxBackoff,
        NutTls tls,
        OptionalDouble capacity) {

    /** NUT's own default (upsmon.conf manual). */
    private static final Duration HOST_SYNC = Duration.ofSeconds(15);

    static NutConfig of(Settings settings) {
        boolean login = settings.get(NutSourceProvider.LOGIN);
        String username = settings.find(NutSourceProvider.USERNAME).orElse(null);
        Secret password = settings.find(NutSourceProvider.PASSWORD).orElse(null);
        check(
                !login || username != null && password != null,
                "login = true needs username and password of a user with 'upsmon secondary' in upsd.users");
        check(
                login || username == null && password == null,
                "username and password are used only to log in, reading needs none; set login = true or remove them");
        return new NutConfig(
                settings.get(NutSourceProvider.HOST),
                settings.get(NutSourceProvider.PORT).intValue(),
                settings.find(NutSourceProvider.UPS).orElse(null),
                username,
                password,
                login,
                settings.get(NutSourceProvider.PASSWORD_IN_CLEAR),
                settings.find(NutSourceProvider.HOST_SYNC).orElse(login ? HOST_SYNC : null),
                settings.get(NutSourceProvider.CONNECT_TIMEOUT),
                settings.get(NutSourceProvider.TIMEOUT),
                settings.get(NutSourceProvider.MAX_BACKOFF),
                NutTls.of(settings),
                CommonSettings.capacity(settings));
    }

    static void check(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    /** Whether the password may go over such a connection. */
    boolean mayTellPassword(boolean encrypted, boolean loopback) {
        return encrypted || loopback || clearPassword;
    }

    /** Server and UPS, for messages. */
    String where() {
        return (ups == null ? "" : ups + "@") + host + ":" + port;
    }

    @Override
    public String toString() {
        return "NutConfig[" + where() + "]";
    }
}
