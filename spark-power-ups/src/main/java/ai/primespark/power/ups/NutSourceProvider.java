package ai.primespark.power.ups;

import ai.primespark.Secret;
import ai.primespark.spi.PowerSource;
import ai.primespark.spi.PowerSourceProvider;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Setting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Makes sources that read one UPS of a NUT server each: type {@code nut}. Several UPSes are several sources.
 *
 * <p>A source only reads. With {@code login = true} it also announces this machine as a secondary, so that the server's primary waits
 * for it before it cuts the power; it never gives the UPS an order.
 */
public final class NutSourceProvider implements PowerSourceProvider {

    static final Setting<String> HOST = CommonSettings.host("Where the NUT server (upsd) runs.");

    static final Setting<Long> PORT = CommonSettings.port(3_493);

    static final Setting<String> UPS = Setting.text(
                    "ups",
                    "Name of the UPS, as in ups.conf of the server; may be left out when the server has only one.")
            .must(
                    name -> name.matches("[!-~&&[^\"#=\\[\\]\\\\]]{1,64}"),
                    "1 to 64 visible ASCII characters as ups.conf allows")
            .optional();

    static final Setting<String> USERNAME = Setting.text("username", "User of upsd.users, for the login.")
            .must(
                    name -> !name.isEmpty() && name.length() <= 128 && NutWords.isPlain(name),
                    "1 to 128 printable ASCII characters")
            .optional();

    static final Setting<Secret> PASSWORD = Setting.secret("password", "Password of the user.")
            .must(
                    secret -> !secret.reveal().isEmpty()
                            && secret.reveal().length() <= 256
                            && NutWords.isPlain(secret.reveal()),
                    "1 to 256 printable ASCII characters")
            .optional();

    static final Setting<Boolean> LOGIN = Setting.bool(
                    "login",
                    "Log in as a secondary, so that the server's primary waits for this machine before it cuts the power. Not"
                            + " needed for reading, nor where upsmon does it on this machine.")
            .defaultsTo(false);

    static final Setting<Boolean> PASSWORD_IN_CLEAR = Setting.bool(
                    "password-in-clear",
                    "Send the password over a network without TLS, where anybody may read it. On this machine it is sent anyway.")
            .defaultsTo(false);

    static final Setting<Duration> HOST_SYNC = Setting.duration(
                    "host-sync",
                    "HOSTSYNC of the primary's upsmon.conf: how long it waits for this machine to log out. 15 s with login = true;"
                            + " set it without, where upsmon logs in on this machine.")
            .atLeast(Duration.ofSeconds(1))
            .atMost(Duration.ofHours(1))
            .optional();

    static final Setting<NutTls.Mode> TLS_MODE = Setting.choice(
                    "tls.mode",
                    NutTls.Mode.class,
                    "Whether to encrypt by STARTTLS: always or not at all (require), if the server can (prefer), never (off).")
            .defaultsTo(NutTls.Mode.PREFER);

    static final Setting<NutTls.Verify> TLS_VERIFY = Setting.choice(
                    "tls.verify",
                    NutTls.Verify.class,
                    "What of the server's certificate must be right: its authority and host name (full) or its authority only (ca).")
            .defaultsTo(NutTls.Verify.FULL);

    static final Setting<Path> TLS_CA_FILE = Setting.path(
                    "tls.ca-file", "Certificates (PEM) of the authorities to trust, instead of the platform's.")
            .optional();

    static final Setting<Path> TLS_TRUST_STORE = Setting.path(
                    "tls.trust-store", "Key store (PKCS #12 or JKS) with the authorities to trust.")
            .optional();

    static final Setting<Secret> TLS_TRUST_STORE_PASSWORD = Setting.secret(
                    "tls.trust-store-password", "Password of the trust store.")
            .optional();

    static final Setting<Duration> CONNECT_TIMEOUT = CommonSettings.CONNECT_TIMEOUT;

    static final Setting<Duration> TIMEOUT = CommonSettings.TIMEOUT;

    static final Setting<Duration> MAX_BACKOFF = Setting.duration(
                    "max-backoff",
                    "Longest pause between attempts to connect; the first is a second, and each is twice as long as the one"
                            + " before.")
            .atLeast(Duration.ZERO)
            .atMost(Duration.ofMinutes(10))
            .defaultsTo(Duration.ofSeconds(10));

    /** For {@link java.util.ServiceLoader}. */
    public NutSourceProvider() {}

    @Override
    public String name() {
        return "nut";
    }

    @Override
    public int spiLevel() {
        return SPI_LEVEL;
    }

    @Override
    public List<Setting<?>> settings() {
        return List.of(
                HOST,
                PORT,
                UPS,
                LOGIN,
                USERNAME,
                PASSWORD,
                PASSWORD_IN_CLEAR,
                HOST_SYNC,
                TLS_MODE,
                TLS_VERIFY,
                TLS_CA_FILE,
                TLS_TRUST_STORE,
                TLS_TRUST_STORE_PASSWORD,
                CONNECT_TIMEOUT,
                TIMEOUT,
                MAX_BACKOFF,
                CommonSettings.CAPACITY);
    }

    @Override
    public PowerSource create(ProviderContext context) {
        return new NutSource(NutConfig.of(context.settings()), context);
    }
}
