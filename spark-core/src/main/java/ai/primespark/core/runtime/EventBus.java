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
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Delivers events to each subscriber in order, on the engine's executor, so that publishing never waits for a listener. */
public final class EventBus implements SparkEvents {

    private static final Logger LOG = LoggerFactory.getLogger(EventBus.class);
    static final int MAX_BACKLOG = 1000;

    private final List<Delivery<?>> deliveries = new CopyOnWriteArrayList<>();
    private final Executor executor;
    private final InstantSource clock;

    public EventBus(Executor executor, InstantSource clock) {
        this.executor = executor;
        this.clock = clock;
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
                Objects.requireNonNull(type, "type"), Objects.requireNonNull(listener, "listener"), executor, clock);
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
        private final Object lock = new Object();
        private final ArrayDeque<E> backlog = new ArrayDeque<>(); // guarded by lock
        private long lost; // guarded by lock
        private boolean draining; // guarded by lock
        private volatile boolean stopped;

        Delivery(Class<E> type, Consumer<? super E> listener, Executor executor, InstantSource clock) {
            this.type = type;
            this.listener = listener;
            this.executor = executor;
            this.clock = clock;
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
            try {
                executor.execute(this::drain);
            } catch (RejectedExecutionException e) { // closing, or out of threads: the next event tries again
                synchronized (lock) {
                    draining = false;
                }
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
