package ai.primespark.core.runtime;

import ai.primespark.event.SparkEvent;
import ai.primespark.event.SparkEvents;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Delivers events to each subscriber in order, on the engine's executor, so that publishing never waits for a listener. */
public final class EventBus implements SparkEvents {

    private static final Logger LOG = LoggerFactory.getLogger(EventBus.class);
    static final int MAX_BACKLOG = 1000;
    private static final long RETRY_MILLIS = 50;

    private final List<Delivery<?>> deliveries = new CopyOnWriteArrayList<>();
    private final Executor executor;
    private final InstantSource clock;
    private final @Nullable ScheduledExecutorService timer;

    /** One whose deliveries wait for the next event when the executor refuses them. */
    public EventBus(Executor executor, InstantSource clock) {
        this(executor, clock, null);
    }

    /** One whose deliveries are tried again until the executor has a thread for them, or the timer is shut down. */
    public EventBus(Executor executor, InstantSource clock, @Nullable ScheduledExecutorService timer) {
        this.executor = executor;
        this.clock = clock;
        this.timer = timer;
    }

    /** Hands an event to every subscriber; does not wait. */
    public void publish(SparkEvent event) {
        for (Delivery<?> delivery : deliveries) {
            delivery.offer(event);
        }
    }

    @Override
    public <E extends SparkEvent> Subscription subscribe(Class<E> type, Consumer<? super E> listener) {
        Delivery<E> delivery = new Delivery<>(
                Objects.requireNonNull(type, "type"),
                Objects.requireNonNull(listener, "listener"),
                executor,
                clock,
                timer);
        deliveries.add(delivery);
        return () -> {
            deliveries.remove(delivery);
            delivery.stop();
        };
    }

    private static final class Delivery<E extends SparkEvent> {

        private final Class<E> type;
        private final Consumer<? super E> listener;
        private final Executor executor;
        private final InstantSource clock;
        private final @Nullable ScheduledExecutorService timer;
        private final Object lock = new Object();
        private final ArrayDeque<E> backlog = new ArrayDeque<>(); // guarded by lock
        private long lost; // guarded by lock
        private boolean draining; // guarded by lock
        private volatile boolean stopped;

        Delivery(
                Class<E> type,
                Consumer<? super E> listener,
                Executor executor,
                InstantSource clock,
                @Nullable ScheduledExecutorService timer) {
            this.type = type;
            this.listener = listener;
            this.executor = executor;
            this.clock = clock;
            this.timer = timer;
        }

        void offer(SparkEvent event) {
            if (stopped || !type.isInstance(event)) {
                return;
            }
            synchronized (lock) {
                if (backlog.size() >= MAX_BACKLOG) {
                    backlog.removeFirst();
                    lost++;
                }
                backlog.addLast(type.cast(event));
                if (draining) {
                    return;
                }
                draining = true;
            }
            begin();
        }

        private void begin() {
            try {
                executor.execute(this::drain);
            } catch (RejectedExecutionException e) { // closing, or out of threads
                if (!isPlanned()) {
                    synchronized (lock) {
                        draining = false; // the next event tries again
                    }
                }
            }
        }

        /** The next event may be long in coming, and this one may be the one that says that power is back. */
        private boolean isPlanned() {
            if (timer == null || stopped) {
                return false;
            }
            try {
                var unused = timer.schedule(this::begin, RETRY_MILLIS, TimeUnit.MILLISECONDS);
                return true;
            } catch (RejectedExecutionException e) { // closing
                return false;
            }
        }

        void stop() {
            stopped = true;
        }

        private void drain() {
            while (true) {
                E next;
                long missed;
                synchronized (lock) {
                    missed = lost;
                    lost = 0;
                    next = stopped ? null : backlog.pollFirst();
                    if (next == null) {
                        draining = false;
                        return;
                    }
                }
                if (missed > 0) {
                    SparkEvent.EventsLost notice = new SparkEvent.EventsLost(clock.instant(), missed);
                    if (type.isInstance(notice)) {
                        deliver(type.cast(notice));
                    } else {
                        LOG.warn("A subscriber to {} was too slow and lost {} events", type.getSimpleName(), missed);
                    }
                }
                deliver(next);
            }
        }

        private void deliver(E event) {
            try {
                listener.accept(event);
            } catch (RuntimeException | Error e) { // even an Error must not end the deliveries to this subscriber
                LOG.warn("A subscriber to {} failed", type.getSimpleName(), e);
            }
        }
    }
}
