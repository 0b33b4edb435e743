package ai.primespark.memory.redis;

import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierException.Kind;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a session with the server: makes one, watches it, and replaces it when it breaks. Nothing here waits for the network.
 *
 * <p>The order in which listeners hear of a session is what near copies rely on: a gap is announced before operations can use
 * another session, and the end of a gap before the first operation uses the new one. Thread-safe.
 */
final class RedisLink implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RedisLink.class);
    private static final Duration FIRST_DELAY = Duration.ofMillis(50);
    private static final Duration LONGEST_DELAY = Duration.ofSeconds(1);
    private static final Duration HOPELESS_DELAY = Duration.ofSeconds(5);
    private static final Duration QUIET = Duration.ofSeconds(10);
    private static final Duration HEARTBEAT = Duration.ofSeconds(1);

    private final RedisConfig config;
    private final ProviderContext context;
    private final RedisFeed feed;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile CompletableFuture<Session> firstAttempt;
    private volatile @Nullable Session session;
    private volatile TierException trouble;
    private @Nullable Connector connector;
    private boolean closed;
    private int failures;
    private long lastLossLogged = System.nanoTime() - QUIET.toNanos() - 1;

    RedisLink(RedisConfig config, ProviderContext context, RedisFeed feed) {
        this.config = config;
        this.context = context;
        this.feed = feed;
        this.trouble = new TierException(Kind.PERMANENT, "tier '" + config.id() + "' has not been started", null);
        this.firstAttempt = CompletableFuture.failedFuture(trouble); // until start() there is nothing to wait for
    }

    /** The servers, for messages. */
    String where() {
        return config.where();
    }

    @Nullable
    Session session() {
        return session;
    }

    /** Ends with the first attempt to connect, however that ends. */
    CompletableFuture<Session> firstSession() {
        return firstAttempt;
    }

    /** Why there is no session. */
    TierException trouble() {
        TierException why = trouble;
        return new TierException(why.kind(), String.valueOf(why.getMessage()), why);
    }

    void start() {
        config.tls().options(); // looks for the files
        firstAttempt = new CompletableFuture<>();
        trouble = new TierException(Kind.TRANSIENT, where() + " is not connected yet", null);
        connectSoon(Duration.ZERO);
    }

    private void connectSoon(Duration delay) {
        try {
            var unused = context.scheduler()
                    .schedule(() -> context.blocking().execute(this::connect), delay.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("Tier '{}' does not connect any more: the engine is closing", config.id());
        }
    }

    private void connect() {
        Connection attempt = new Connection();
        CompletableFuture<Connector.Greeted> connecting;
        lock.lock(); // so that close() does not end the client under the attempt
        try {
            if (closed) {
                return;
            }
            if (connector == null) {
                connector = config.cluster() ? new ClusterConnector(config) : new ServerConnector(config, feed);
            }
            connecting = connector.connect(attempt);
        } catch (RuntimeException e) {
            connecting = CompletableFuture.failedFuture(e);
        } finally {
            lock.unlock();
        }
        CompletableFuture<Connector.Greeted> limited = new CompletableFuture<>();
        var unused = connecting.whenComplete((greeted, failure) -> {
            if (failure != null) {
                limited.completeExceptionally(failure);
            } else if (!limited.complete(greeted)) {
                greeted.session().close(); // it comes too late: another attempt has begun
            }
        });
        long limit = config.connectTimeout().multipliedBy(2).toMillis(); // to connect, and to log in
        try {
            var unusedAlarm = context.scheduler()
                    .schedule(
                            () -> limited.completeExceptionally(new TierException(
                                    Kind.TRANSIENT, where() + " accepts connections, but does not answer", null)),
                            limit,
                            TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            limited.completeExceptionally(e);
        }
        var unusedToo = limited.whenComplete((greeted, failure) -> {
            if (failure != null) {
                failed(RedisErrors.classify(where(), failure));
            } else {
                established(attempt, greeted);
            }
        });
    }

    private void established(Connection attempt, Connector.Greeted greeted) {
        Session fresh = greeted.session();
        lock.lock();
        try {
            if (closed || attempt.over) {
                fresh.close();
                if (!closed) {
                    failed(new TierException(Kind.TRANSIENT, where() + " has closed the connection", null));
                }
                return;
            }
            attempt.session = fresh;
            failures = 0;
            if (fresh.isTracked()) {
                feed.restored();
            }
            session = fresh;
        } finally {
            lock.unlock();
        }
        firstAttempt.complete(fresh);
        greeted.servers().stream().findFirst().ifPresent(this::explain);
        if (!config.cluster()) {
            heartbeatSoon(fresh);
        }
    }

    private void explain(ServerInfo server) {
        LOG.info(
                "Tier '{}' is connected with {}: Redis {}, {}",
                config.id(),
                where(),
                server.version(),
                server.policyInWords());
        if (!config.durable() && server.isKnown() && !server.mayEvict() && server.maxMemory() > 0) {
            LOG.warn(
                    "Tier '{}': {} has maxmemory with the policy noeviction, so writes to it fail when it is full;"
                            + " for a cache set maxmemory-policy allkeys-lru",
                    config.id(),
                    where());
        }
        if (config.durable() && server.isKnown() && !server.isAppendOnly()) {
            LOG.warn(
                    "Tier '{}' is declared durable, but {} writes no append-only file; set appendonly yes, or what it"
                            + " acknowledged since its last snapshot is lost when it stops",
                    config.id(),
                    where());
        }
    }

    private void failed(TierException why) {
        Duration delay;
        lock.lock();
        try {
            if (closed) {
                return;
            }
            boolean known = failures > 0 && why.kind() == trouble.kind();
            trouble = why;
            failures++;
            if (!known) {
                LOG.warn("Tier '{}': {}; it will be tried again", config.id(), why.getMessage());
            }
            delay = why.kind() == Kind.PERMANENT ? HOPELESS_DELAY : backoff(failures);
        } finally {
            lock.unlock();
        }
        firstAttempt.completeExceptionally(why);
        connectSoon(delay);
    }

    private static Duration backoff(int failures) {
        long millis = Math.min(LONGEST_DELAY.toMillis(), FIRST_DELAY.toMillis() << Math.min(failures - 1, 10));
        return Duration.ofMillis(millis - ThreadLocalRandom.current().nextLong(millis / 4 + 1)); // not all at once
    }

    /** Gives a session up that is of no use any more, and looks for another. */
    void drop(Session broken, TierException why) {
        lock.lock();
        try {
            if (session != broken) {
                return;
            }
            trouble = why;
            session = null;
            feed.gap();
            if (System.nanoTime() - lastLossLogged > QUIET.toNanos()) { // a connection that flaps must not fill the log
                lastLossLogged = System.nanoTime();
                LOG.warn("Tier '{}': {}; connecting again", config.id(), why.getMessage());
            }
        } finally {
            lock.unlock();
        }
        broken.close();
        connectSoon(FIRST_DELAY);
    }

    /** Notices servers that hang: without an answer there is no news of changes either. */
    private void heartbeatSoon(Session watched) {
        try {
            var unused =
                    context.scheduler().schedule(() -> heartbeat(watched), HEARTBEAT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("Tier '{}' is not watched any more: the engine is closing", config.id());
        }
    }

    private void heartbeat(Session watched) {
        if (session != watched) {
            return;
        }
        Duration patience = config.timeout().compareTo(HEARTBEAT) > 0 ? config.timeout() : HEARTBEAT;
        CompletableFuture<byte[]> pong = RedisCalls.dispatch(watched.data(), Commands.ping());
        AtomicBoolean answered = new AtomicBoolean();
        try {
            var unused = context.scheduler()
                    .schedule(
                            () -> {
                                if (!answered.get()) {
                                    drop(
                                            watched,
                                            new TierException(
                                                    Kind.TRANSIENT,
                                                    where() + " has not answered for " + patience.toMillis() + " ms",
                                                    null));
                                }
                            },
                            patience.toMillis(),
                            TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            return;
        }
        var unused = pong.whenComplete((answer, failure) -> {
            answered.set(failure == null);
            if (failure == null) {
                heartbeatSoon(watched);
            }
        });
    }

    private TierException closedTrouble() {
        return new TierException(Kind.PERMANENT, "tier '" + config.id() + "' is closed", null);
    }

    @Override
    public void close() {
        Connector last;
        lock.lock();
        try {
            closed = true;
            trouble = closedTrouble();
            last = connector;
            connector = null;
            session = null;
            feed.gap();
        } finally {
            lock.unlock();
        }
        firstAttempt.completeExceptionally(closedTrouble());
        if (last != null) {
            last.close();
        }
    }

    /** One attempt to connect, and the session that came of it. */
    private final class Connection implements Connector.Attempt {

        private boolean over;
        private @Nullable Session session;

        @Override
        public void ended() {
            Session ended;
            lock.lock();
            try {
                over = true;
                ended = session;
            } finally {
                lock.unlock();
            }
            if (ended != null) {
                drop(ended, new TierException(Kind.TRANSIENT, where() + " has closed the connection", null));
            }
        }
    }
}
