package ai.primespark.power.ups;

import ai.primespark.power.PowerException;
import ai.primespark.power.PowerFlag;
import ai.primespark.power.PowerReading;
import ai.primespark.power.PowerSupply;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.ProviderContext;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads one UPS of a NUT server over one connection, which is made anew when it is lost: at once after a success, later with pauses.
 * The server closes it after 60 s without a command, so that the first failure on a connection that worked is no news.
 */
final class NutSource extends RemoteSource {

    private static final Logger LOG = LoggerFactory.getLogger(NutSource.class);

    private final NutConfig config;
    private final Backoff backoff;
    private final ReentrantLock lock = new ReentrantLock();

    // all of these under the lock
    private @Nullable Session session;
    private @Nullable PowerReading last;
    private boolean drained;
    private String alarm = "";

    NutSource(NutConfig config, ProviderContext context) {
        this(config, context, System::nanoTime);
    }

    NutSource(NutConfig config, ProviderContext context, LongSupplier nanoTime) {
        super(context, "nut", config.where());
        this.config = config;
        this.backoff = new Backoff(config.maxBackoff(), nanoTime);
    }

    /** A connection that is ready to be asked. */
    private record Session(Wire wire, NutConnection connection, String ups, boolean loggedIn) {}

    @Override
    PowerReading readNow(Deadline given) throws IOException {
        Deadline deadline = given.orIn(config.timeout());
        if (!take(deadline)) {
            throw failure("is busy with logging out", true, null);
        }
        try {
            Session open = session;
            if (open != null) {
                try {
                    return poll(open, deadline);
                } catch (Wire.TooLateException e) {
                    drop();
                    throw e;
                } catch (IOException e) {
                    drop(); // idle for too long, or the server was started anew: one more attempt tells
                }
            }
            return poll(connect(deadline), deadline);
        } catch (IOException e) {
            drop();
            throw e;
        } finally {
            lock.unlock();
        }
    }

    private boolean take(Deadline deadline) {
        try {
            return lock.tryLock(Math.max(0, deadline.remainingNanos()), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure("was interrupted", true, e);
        }
    }

    private PowerReading poll(Session open, Deadline deadline) throws IOException {
        try {
            Map<String, String> variables =
                    exchange(open.wire(), deadline, () -> open.connection().listVariables(open.ups()));
            PowerReading reading = judge(variables);
            if (drained
                    && reading.supply() == PowerSupply.MAINS
                    && !reading.flags().contains(PowerFlag.FORCED_SHUTDOWN)) {
                drained = false; // the danger is over; the next connection logs in again
                drop();
            }
            return reading;
        } catch (NutException e) {
            if (e.kind() == NutError.Kind.STALE) {
                return stale();
            }
            throw failure("cannot be read: " + e.getMessage(), e.retryable(), e);
        }
    }

    /**
     * WAIT means that the server has just found its driver and knows nothing yet: what was known before stays, and is stale. Only an
     * order to shut down is the server's own, and news even then.
     */
    private PowerReading judge(Map<String, String> variables) {
        PowerReading said =
                UpsVariables.reading(context().id(), context().clock().instant(), variables, config.capacity());
        tellAlarm(variables.getOrDefault("ups.alarm", ""));
        if (said.supply() == PowerSupply.UNKNOWN && said.otherTokens().contains("WAIT")) {
            PowerReading known = last;
            boolean ordered = said.flags().contains(PowerFlag.FORCED_SHUTDOWN);
            return (known == null
                            ? said.toBuilder()
                            : known.toBuilder().flags(said.flags()).otherToken("WAIT"))
                    .quality(ordered ? PowerReading.Quality.FRESH : PowerReading.Quality.STALE)
                    .build();
        }
        last = said;
        return said;
    }

    private PowerReading stale() {
        PowerReading known = last;
        return known != null
                ? known.withQuality(PowerReading.Quality.STALE)
                : PowerReading.builder(
                                context().id(),
                                PowerSupply.UNKNOWN,
                                context().clock().instant())
                        .quality(PowerReading.Quality.STALE)
                        .build();
    }

    private void tellAlarm(String said) {
        String text = Shown.text(said.strip());
        if (!text.equals(alarm)) {
            alarm = text;
            if (!text.isEmpty()) {
                LOG.warn("{} has an alarm: {}", name(), text);
            }
        }
    }

    // --- connecting

    private Session connect(Deadline deadline) throws IOException {
        Duration pause = backoff.left();
        if (!pause.isZero()) {
            throw failure(
                    "is away: " + backoff.reason() + "; tried again in " + (pause.toMillis() / 1000 + 1) + " s",
                    true,
                    null);
        }
        try {
            Session made = open(deadline);
            session = made;
            backoff.succeeded();
            return made;
        } catch (IOException e) {
            backoff.failed(Shown.text(e), isUrgent());
            throw e;
        } catch (PowerException e) {
            drop();
            backoff.failed(Shown.text(e), isUrgent());
            throw e;
        }
    }

    /** A server that is started anew during an outage must not be missed for so long that the battery counts as empty. */
    private boolean isUrgent() {
        PowerReading known = last;
        return known != null && known.supply() != PowerSupply.MAINS && known.supply() != PowerSupply.UNKNOWN;
    }

    private Session open(Deadline deadline) throws IOException {
        Wire wire = connect(config.host(), config.port(), config.connectTimeout(), deadline);
        NutConnection connection = new NutConnection(wire);
        encrypt(wire, connection, deadline);
        try {
            String ups = exchange(wire, deadline, () -> upsOf(connection));
            boolean login = config.login() && !drained;
            if (login) {
                allowPassword(wire);
                String username = Objects.requireNonNull(config.username());
                String password = Objects.requireNonNull(config.password()).reveal();
                exchange(wire, deadline, () -> {
                    connection.login(ups, username, password);
                    return ups;
                });
            }
            return new Session(wire, connection, ups, login);
        } catch (NutException e) {
            throw failure("cannot be used: " + e.getMessage(), e.retryable(), e);
        }
    }

    private void encrypt(Wire wire, NutConnection connection, Deadline deadline) throws IOException {
        NutTls tls = config.tls();
        if (tls.mode() == NutTls.Mode.OFF) {
            return;
        }
        try {
            var context = tls.context();
            exchange(wire, deadline, () -> {
                connection.startTls(context, config.host(), tls.verify() == NutTls.Verify.FULL);
                return context;
            });
        } catch (NutException e) {
            boolean cannot = e.isOneOf(
                    NutError.FEATURE_NOT_CONFIGURED, NutError.FEATURE_NOT_SUPPORTED, NutError.UNKNOWN_COMMAND);
            if (!cannot || tls.mode() == NutTls.Mode.REQUIRE) {
                throw failure(
                        "is not encrypted, though tls.mode = "
                                + tls.mode().name().toLowerCase(java.util.Locale.ROOT) + ": " + e.getMessage()
                                + "; give upsd a certificate",
                        false,
                        e);
            }
        } catch (GeneralSecurityException e) {
            throw failure("cannot use " + tls.origin() + ": " + Shown.text(e), false, e);
        } catch (javax.net.ssl.SSLException e) {
            throw failure(
                    "cannot be trusted by " + tls.origin() + ": " + Shown.text(e)
                            + "; name the server's authority in tls.ca-file, and reach it by the name in its certificate",
                    false,
                    e);
        } catch (java.nio.file.FileSystemException e) {
            throw failure("cannot read " + tls.origin() + "; check the path and its permissions", false, e);
        }
    }

    private String upsOf(NutConnection connection) throws IOException, NutException {
        String ups = config.ups();
        if (ups != null) {
            return ups;
        }
        List<String> all = connection.listUpses();
        if (all.size() != 1) {
            String which = all.isEmpty()
                    ? "the server has no UPS"
                    : "the server has several UPSes; set ups to one of: " + Shown.text(String.join(", ", all));
            throw failure("does not know what to read: " + which, false, null);
        }
        return all.get(0);
    }

    private void allowPassword(Wire wire) {
        if (!config.mayTellPassword(wire.isEncrypted(), wire.isLoopback())) {
            throw failure(
                    "does not log in: the connection is not encrypted, and the password would be readable by anybody on the"
                            + " network; give upsd a certificate, or set password-in-clear = true",
                    false,
                    null);
        }
    }

    private void drop() {
        session = null;
        disconnect();
    }

    // --- shutdown

    @Override
    public Optional<Duration> shutdownGrace() {
        return Optional.ofNullable(config.hostSync());
    }

    /** Logs out; without a login, or a connection, there is nobody who waits. Reading goes on, without a login. */
    @Override
    public void drained(Deadline given) {
        Deadline deadline = given.orIn(config.timeout());
        if (!take(deadline)) {
            throw failure("could not be logged out in time", true, null);
        }
        try {
            drained = true;
            Session open = session;
            if (open != null && open.loggedIn()) {
                exchange(open.wire(), deadline, () -> {
                    open.connection().logout();
                    return open;
                });
            }
        } catch (IOException | NutException e) {
            // with the connection, which is closed below, the server forgets the login as well
            throw failure("was left without a logout: " + Shown.text(e), true, e);
        } finally {
            drop();
            lock.unlock();
        }
    }

    // --- exchanges that may be answered by ERR

    private interface Asking<T> {
        T run() throws IOException, NutException;
    }

    /** Like {@link Wire#within}, for what may also throw a {@link NutException}. */
    private static <T> T exchange(Wire wire, Deadline deadline, Asking<T> asking) throws IOException, NutException {
        NutException[] refused = new NutException[1];
        T result = wire.<Optional<T>>within(deadline, () -> {
                    try {
                        return Optional.of(asking.run());
                    } catch (NutException e) {
                        refused[0] = e;
                        return Optional.empty();
                    }
                })
                .orElse(null);
        if (refused[0] != null) {
            throw refused[0];
        }
        return Objects.requireNonNull(result);
    }
}
