package ai.primespark.agent.redis;

import ai.primespark.agent.TaskEvent;
import ai.primespark.spi.Meters;
import ai.primespark.spi.ProviderContext;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the server publishes: events of tasks, and notes of the queue to its instances. Both are listened to from the first moment
 * of a connection, so that there is none in which a new listener could miss something. The connection is also the instance's sign
 * of life, because it listens on a channel of its own. Thread-safe.
 */
final class QueueNews implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(QueueNews.class);
    private static final Duration PULSE = Duration.ofSeconds(10);
    private static final int MOST_WAITING = 65_536;
    private static final String KINDS = "STPOFLRYEK";
    private static final TaskEvent.Kind[] MEANING = {
        TaskEvent.Kind.SUBMITTED,
        TaskEvent.Kind.STARTED,
        TaskEvent.Kind.PROGRESS,
        TaskEvent.Kind.OUTPUT,
        TaskEvent.Kind.RETRYING,
        TaskEvent.Kind.LOST,
        TaskEvent.Kind.RELEASED,
        TaskEvent.Kind.REPLAYED,
        TaskEvent.Kind.ENDED,
        TaskEvent.Kind.CANCELLING
    };

    private final QueueConfig config;
    private final ProviderContext context;
    private final Consumer<String> notes;
    private final byte[] eventChannel;
    private final byte[] noteChannel;
    private final byte[] ownChannel;
    private final Kept<StatefulRedisPubSubConnection<byte[], byte[]>> connection;
    private final List<Follower> listeners = new CopyOnWriteArrayList<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<TaskEvent> waiting = new ArrayDeque<>();
    private final Meters.Counter dropped;
    private final CompletableFuture<Void> firstAttempt = new CompletableFuture<>();
    private final AtomicBoolean explained = new AtomicBoolean();
    private boolean delivering;
    private volatile long openSince = Long.MAX_VALUE;

    /** One subscription; a listener that is given twice is there twice. */
    private static final class Follower {
        private final Consumer<TaskEvent> listener;

        Follower(Consumer<TaskEvent> listener) {
            this.listener = listener;
        }
    }

    /**
     * Opens nothing yet.
     *
     * @param opened called when notes may have been missed and come again
     * @param notes gets each note, on a thread that must not wait
     */
    QueueNews(
            QueueConfig config,
            ProviderContext context,
            Locator locator,
            String instance,
            Runnable opened,
            Consumer<String> notes) {
        this.config = config;
        this.context = context;
        this.notes = notes;
        this.eventChannel = config.key("e");
        this.noteChannel = config.key("c");
        this.ownChannel = config.key("o:" + instance);
        this.dropped = context.meters().counter("spark.agents.queue.events.dropped");
        Duration patience = config.servers().connectTimeout().multipliedBy(2);
        this.connection = new Kept<>(context, patience, () -> open(locator), new Kept.Watcher() {
            @Override
            public void opened() {
                opened.run();
                openSince = System.nanoTime();
                explained.set(false);
                firstAttempt.complete(null);
                pulseLater();
            }

            @Override
            public void lost() {
                openSince = Long.MAX_VALUE;
            }

            @Override
            public boolean failed(Throwable why) {
                firstAttempt.complete(null);
                boolean refused = QueueErrors.isAnswer(why) && !QueueErrors.isElsewhere(why);
                if (refused
                        && !explained.getAndSet(
                                true)) { // of what else there may be the connection for commands says why
                    LOG.warn(
                            "{} does not let us listen to its channels {}*, so events, wake-ups and the early end of a dead"
                                    + " process's leases are missing; give the user +subscribe and &{}*: {}",
                            config.name(),
                            config.base(),
                            config.base(),
                            QueueErrors.unwrap(why).getMessage());
                }
                return refused;
            }
        });
    }

    void start() {
        connection.start();
    }

    /** Ends with the first attempt to connect, however that ends. */
    CompletableFuture<Void> firstAttempt() {
        return firstAttempt;
    }

    /** Connects anew: the queue may be elsewhere now. */
    void renew() {
        connection.renew();
    }

    /** For how long it has been listening without a break; negative when it is not. */
    Duration steadyFor() {
        long since = openSince;
        return since == Long.MAX_VALUE ? Duration.ofNanos(-1) : Duration.ofNanos(System.nanoTime() - since);
    }

    private CompletableFuture<StatefulRedisPubSubConnection<byte[], byte[]>> open(Locator locator) {
        return locator.connectPubSub().thenCompose(fresh -> {
            fresh.addListener(new RedisPubSubAdapter<>() {
                @Override
                public void message(byte[] channel, byte[] message) {
                    received(channel, message);
                }
            });
            return fresh.async()
                    .subscribe(noteChannel, ownChannel, eventChannel)
                    .toCompletableFuture()
                    .thenApply(done -> fresh)
                    .whenComplete((done, failure) -> {
                        if (failure != null) {
                            var unused = fresh.closeAsync();
                        }
                    });
        });
    }

    /** A connection on which little comes must be asked now and then whether it is still there. */
    private void pulseLater() {
        StatefulRedisPubSubConnection<byte[], byte[]> watched = connection.now();
        if (watched == null) {
            return;
        }
        try {
            var unused = context.scheduler().schedule(() -> pulse(watched), PULSE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("{} is not watched any more: the engine is closing", config.name());
        }
    }

    private void pulse(StatefulRedisPubSubConnection<byte[], byte[]> watched) {
        if (connection.now() != watched) {
            return;
        }
        var unused = watched.async()
                .ping()
                .toCompletableFuture()
                .orTimeout(Math.max(2_000, config.timeout().toMillis()), TimeUnit.MILLISECONDS)
                .whenComplete((pong, failure) -> {
                    if (failure == null) {
                        pulseLater();
                    } else {
                        connection.drop(watched);
                    }
                });
    }

    private void received(byte[] channel, byte[] message) {
        if (Arrays.equals(channel, eventChannel)) {
            if (!listeners.isEmpty()) {
                deliver(parse(message));
            }
        } else if (Arrays.equals(channel, noteChannel)) {
            for (String note : new String(message, StandardCharsets.UTF_8).split("\n", -1)) {
                notes.accept(note);
            }
        }
    }

    /** The time, a line break, and events: a letter, the id, a space, the note's length in bytes, a space, the note. */
    static List<TaskEvent> parse(byte[] message) {
        List<TaskEvent> events = new ArrayList<>();
        int at = end(message, 0, '\n');
        Instant when = Args.instant(Long.parseLong(text(message, 0, at)));
        at++;
        while (at < message.length) {
            int kind = KINDS.indexOf(message[at]);
            int id = end(message, at, ' ');
            int length = end(message, id + 1, ' ');
            int from = length + 1;
            int to = from + Integer.parseInt(text(message, id + 1, length));
            if (kind >= 0) {
                events.add(new TaskEvent(text(message, at + 1, id), MEANING[kind], when, text(message, from, to)));
            }
            at = to;
        }
        return events;
    }

    private static int end(byte[] message, int from, char sign) {
        int at = from;
        while (message[at] != sign) {
            at++;
        }
        return at;
    }

    private static String text(byte[] message, int from, int to) {
        return new String(message, from, to - from, StandardCharsets.UTF_8);
    }

    private void deliver(List<TaskEvent> events) {
        lock.lock();
        try {
            int room = MOST_WAITING - waiting.size();
            waiting.addAll(events.subList(0, Math.min(room, events.size())));
            if (room < events.size()) {
                dropped.add(events.size() - room);
            }
            if (delivering || waiting.isEmpty()) {
                return;
            }
            delivering = true;
        } finally {
            lock.unlock();
        }
        try {
            context.blocking().execute(this::deliverAll);
        } catch (RejectedExecutionException e) { // closing, or out of threads: the next events try again
            lock.lock();
            try {
                delivering = false;
            } finally {
                lock.unlock();
            }
        }
    }

    private void deliverAll() {
        for (TaskEvent event = nextEvent(); event != null; event = nextEvent()) {
            for (Follower follower : listeners) {
                try {
                    follower.listener.accept(event);
                } catch (RuntimeException | Error e) { // even an Error must not end the deliveries
                    LOG.warn("{}: a listener failed on {} of task {}", config.name(), event.kind(), event.taskId(), e);
                }
            }
        }
    }

    private @Nullable TaskEvent nextEvent() {
        lock.lock();
        try {
            TaskEvent event = waiting.poll();
            delivering = event != null;
            return event;
        } finally {
            lock.unlock();
        }
    }

    /** Adds a listener. It hears what is published from now on, or from when there is a connection. */
    AutoCloseable subscribe(Consumer<TaskEvent> listener) {
        Follower own = new Follower(listener);
        listeners.add(own);
        return () -> listeners.remove(own);
    }

    @Override
    public void close() {
        connection.close();
        listeners.clear();
    }
}
