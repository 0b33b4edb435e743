package ai.primespark.examples.server;

import ai.primespark.auth.AuthPrincipal;
import ai.primespark.auth.Permission;
import ai.primespark.event.SparkEvent;
import ai.primespark.event.SparkEvents;
import ai.primespark.event.SparkEvents.Subscription;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * What happens, as it happens, as Server-Sent Events. A client that falls behind by more than a few hundred events is cut: it
 * connects again and looks at the states anew. A stream ends with the token that it was opened with. Closing ends all streams.
 */
final class EventRoutes implements AutoCloseable {

    /** How events go out that the API has words of its own for; the library's other records go out as they are. */
    static final Map<Class<?>, Class<?>> VIEWS = Map.of(
            SparkEvent.PowerChanged.class, PowerChanged.class,
            SparkEvent.PowerDrained.class, PowerDrained.class,
            SparkEvent.VpnChanged.class, VpnChanged.class,
            SparkEvent.AgentChanged.class, AgentChanged.class);

    private static final int STREAMS = 64;
    private static final int STREAMS_OF_ONE = 16;
    private static final int WINDOW = 256;

    /** Who logs in, and who tries to, is nobody else's business. */
    private static final Permission LOGINS = Permission.parse("users:admin");

    /** Why a stream ends, as its last event {@code end}. */
    private enum End {
        TOO_SLOW,
        LOGGED_OUT,
        CLOSING
    }

    private final SparkEvents events;
    private final Duration heartbeat;
    private final Semaphore free = new Semaphore(STREAMS);
    private final Set<Stream> open = ConcurrentHashMap.newKeySet();

    /** How many streams each user has; as many entries at most as there are streams. */
    private final Map<String, Integer> byUser = new ConcurrentHashMap<>();

    private volatile boolean closed;

    EventRoutes(SparkEvents events, Duration heartbeat) {
        this.events = events;
        this.heartbeat = heartbeat;
    }

    List<Route> routes() {
        return List.of(Route.get("/api/events")
                .user("events:read")
                .summary(
                        "What happens, as it happens. Events missed while not connected are not repeated; logins are told to administrators, a dead task to its submitter and to who may see all tasks.")
                .answers(
                        200,
                        Route.EVENTS,
                        SparkEvent.class,
                        "Named events such as `call_ended`, `power_changed`, `tier_changed`, `task_died`, `vpn_changed`; "
                                + "`end` when the server ends the stream.")
                .problem(429, "too-many-streams", "the caller has as many streams open as one may")
                .problem(503, "too-many-streams", "as many clients as the server allows are listening")
                .to(this::listen));
    }

    private void listen(Context ctx) {
        Optional<AuthPrincipal> listener = Guard.principal(ctx);
        String user = listener.map(AuthPrincipal::username).orElse("");
        enter(user);
        Stream stream =
                new Stream(event -> listener.map(who -> mayHear(who, event)).orElse(true));
        open.add(stream);
        try (Subscription unused = events.subscribe(SparkEvent.class, stream::offer)) {
            if (closed) {
                stream.end(End.CLOSING);
            }
            stream.write(new Sse(ctx), heartbeat, () -> Guard.isStillAdmitted(ctx));
        } catch (IOException e) {
            ctx.skipRemainingHandlers(); // the client has left
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(stream);
            leave(user);
            free.release();
        }
    }

    private static boolean mayHear(AuthPrincipal listener, SparkEvent event) {
        if (event instanceof SparkEvent.LoginFailed
                || event instanceof SparkEvent.LoginThrottled
                || event instanceof SparkEvent.RefreshTokenReused) {
            return listener.may(LOGINS);
        }
        return !(event instanceof SparkEvent.TaskDied died)
                || died.submitter().equals(listener.username())
                || listener.may(TaskRoutes.ALL_TASKS);
    }

    private void enter(String user) {
        if (!free.tryAcquire()) {
            throw tooMany(HttpStatus.SERVICE_UNAVAILABLE, "as many clients as this server allows are listening");
        }
        if (byUser.merge(user, 1, Integer::sum) > STREAMS_OF_ONE && !user.isEmpty()) {
            leave(user);
            free.release();
            throw tooMany(
                    HttpStatus.TOO_MANY_REQUESTS,
                    "you have " + STREAMS_OF_ONE + " streams open, and one may not have more");
        }
    }

    private void leave(String user) {
        byUser.computeIfPresent(user, (name, count) -> count == 1 ? null : count - 1);
    }

    private static Problem tooMany(HttpStatus status, String what) {
        return new Problem(status, "too-many-streams", what + "; close one, or try again later")
                .header("Retry-After", "10");
    }

    @Override
    public void close() {
        closed = true;
        open.forEach(stream -> stream.end(End.CLOSING));
    }

    /** What waits for one client. */
    private static final class Stream {

        /** At most {@link #WINDOW} events, and the ends. */
        private final BlockingQueue<Object> signals = new LinkedBlockingQueue<>();

        private final Predicate<SparkEvent> admitted;
        private boolean over;

        /** Tells only what is admitted. */
        Stream(Predicate<SparkEvent> admitted) {
            this.admitted = admitted;
        }

        synchronized void offer(SparkEvent event) {
            if (over || !admitted.test(event)) {
                return;
            }
            if (signals.size() >= WINDOW) {
                signals.clear();
                end(End.TOO_SLOW);
            } else {
                signals.add(event);
            }
        }

        synchronized void end(End why) {
            over = true;
            signals.add(why);
        }

        void write(Sse sse, Duration heartbeat, BooleanSupplier admitted) throws IOException, InterruptedException {
            sse.comment("listening");
            long looked = System.nanoTime();
            while (true) {
                if (System.nanoTime() - looked >= heartbeat.toNanos()) {
                    looked = System.nanoTime();
                    if (!admitted.getAsBoolean()) {
                        signals.clear();
                        end(End.LOGGED_OUT);
                    }
                }
                Object signal = signals.poll(heartbeat.toMillis(), TimeUnit.MILLISECONDS);
                if (signal == null) {
                    sse.comment("nothing new");
                } else if (signal instanceof SparkEvent event) {
                    sse.event(Sse.name(event.getClass()), view(event));
                } else {
                    sse.event("end", Map.of("reason", signal));
                    return;
                }
            }
        }
    }

    private record PowerChanged(Instant at, PowerRoutes.Change decision) {}

    private record PowerDrained(
            Instant at, PowerRoutes.Change decision, boolean safe, List<String> unfinished, Duration took) {}

    private record VpnChanged(Instant at, VpnRoutes.Status status) {}

    private record AgentChanged(Instant at, TaskViews.AgentView status, String reason) {}

    /** See {@link #VIEWS}. */
    private static Object view(SparkEvent event) {
        if (event instanceof SparkEvent.PowerChanged e) {
            return new PowerChanged(e.at(), PowerRoutes.Change.of(e.decision()));
        }
        if (event instanceof SparkEvent.PowerDrained e) {
            return new PowerDrained(e.at(), PowerRoutes.Change.of(e.decision()), e.safe(), e.unfinished(), e.took());
        }
        if (event instanceof SparkEvent.VpnChanged e) {
            return new VpnChanged(e.at(), VpnRoutes.Status.of(e.status()));
        }
        if (event instanceof SparkEvent.AgentChanged e) {
            return new AgentChanged(e.at(), TaskViews.AgentView.of(e.status()), e.reason());
        }
        return event;
    }
}
