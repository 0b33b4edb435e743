package ai.primespark.examples.server;

import io.javalin.http.HttpStatus;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.InetAddressSet;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Bounds what is in progress: requests in all and of one source, connections of one source, and how long a connection may go without a
 * whole request. Jetty's own idle time begins anew with each byte, so a client that sends a header's letter now and then would hold its
 * connection for ever (slowloris). Thread-safe.
 */
final class Traffic extends Handler.Wrapper implements Connection.Listener {

    private static final Long BUSY = Long.MAX_VALUE;

    private final int most;
    private final int mostOfOne;
    private final int mostConnections;
    private final InetAddressSet proxies = new InetAddressSet();
    private final long patience;
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicLong refused = new AtomicLong();
    /** As many entries at most as there are requests. */
    private final Map<String, Integer> bySource = new ConcurrentHashMap<>();

    private final Map<String, Integer> connections = new ConcurrentHashMap<>();
    /** Whose each connection is. */
    private final Map<Connection, String> sources = new ConcurrentHashMap<>();
    /** When each connection was last done with something, by {@link System#nanoTime()}; {@link #BUSY} while it is serving. */
    private final Map<Connection, Long> idleSince = new ConcurrentHashMap<>();

    /** Proxies have the connections of all their clients. */
    Traffic(ServerSettings.Limits limits, List<String> proxies) {
        proxies.forEach(this.proxies::add);
        mostConnections = limits.connectionsPerSource();
        most = limits.requests();
        mostOfOne = limits.requestsPerSource();
        patience = limits.idle().toNanos();
    }

    /** Requests in progress. */
    int running() {
        return running.get();
    }

    /** Requests and connections that were refused because there were too many. */
    long refused() {
        return refused.get();
    }

    /** Looks after the connections from now on, as long as the server runs. */
    void sweepLater(Scheduler scheduler) {
        long pause = Math.max(1, Math.min(TimeUnit.SECONDS.toNanos(1), patience / 4));
        scheduler.schedule(
                () -> {
                    sweep(System.nanoTime());
                    if (isRunning()) {
                        sweepLater(scheduler);
                    }
                },
                pause,
                TimeUnit.NANOSECONDS);
    }

    private void sweep(long now) {
        idleSince.forEach((connection, since) -> {
            if (!since.equals(BUSY) && now - since > patience && idleSince.remove(connection, since)) {
                connection.getEndPoint().close();
            }
        });
    }

    @Override
    public void onOpened(Connection connection) {
        if (connection instanceof ConnectionMetaData) { // that which reads HTTP; below it may be one for TLS
            idleSince.put(connection, System.nanoTime());
            String source = source(connection);
            sources.put(connection, source);
            if (connections.merge(source, 1, Integer::sum) > mostConnections
                    && mostConnections > 0
                    && !isProxy(source)) {
                refused.incrementAndGet();
                connection.getEndPoint().close();
            }
        }
    }

    private static String source(Connection connection) {
        return connection.getEndPoint().getRemoteSocketAddress() instanceof InetSocketAddress peer
                ? Sources.of(peer.getAddress().getHostAddress())
                : "";
    }

    private boolean isProxy(String source) {
        return Sources.parse(source).filter(proxies).isPresent();
    }

    @Override
    public void onClosed(Connection connection) {
        idleSince.remove(connection);
        String source = sources.remove(connection);
        if (source != null) {
            connections.computeIfPresent(source, (s, count) -> count == 1 ? null : count - 1);
        }
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        Connection connection = request.getConnectionMetaData().getConnection();
        idleSince.replace(connection, BUSY);
        String source = Sources.of(Request.getRemoteAddr(request));
        boolean alone = enter(source);
        boolean fits = running.incrementAndGet() <= most;
        Request.addCompletionListener(request, failure -> {
            running.decrementAndGet();
            leave(source);
            idleSince.replace(connection, System.nanoTime());
        });
        if (fits && alone) {
            return super.handle(request, response, callback);
        }
        refused.incrementAndGet();
        Refusal refusal = fits
                ? new Refusal(
                        HttpStatus.TOO_MANY_REQUESTS, "too-many-at-once", "too many requests of yours are in progress")
                : new Refusal(
                        HttpStatus.SERVICE_UNAVAILABLE, "busy", "too many requests are in progress; try again soon");
        refusal.retryAfter(Duration.ofSeconds(1)).write(request, response, callback);
        return true;
    }

    private boolean enter(String source) {
        return mostOfOne == 0 || bySource.merge(source, 1, Integer::sum) <= mostOfOne;
    }

    private void leave(String source) {
        if (mostOfOne != 0) {
            bySource.computeIfPresent(source, (s, count) -> count == 1 ? null : count - 1);
        }
    }
}
