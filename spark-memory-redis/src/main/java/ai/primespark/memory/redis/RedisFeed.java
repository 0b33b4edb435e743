package ai.primespark.memory.redis;

import ai.primespark.spi.InvalidationFeed;
import ai.primespark.spi.TierKey;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * News of changes, from the server's client tracking. It arrives on the connection that reads go over, so a reply and the news
 * that follows it are never seen in the wrong order.
 *
 * <p>Changes made through this very tier are not announced, except a write whose answer came too late: its caller took it for
 * failed. Thread-safe.
 */
final class RedisFeed implements InvalidationFeed {

    private static final Logger LOG = LoggerFactory.getLogger(RedisFeed.class);

    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final ReentrantLock order = new ReentrantLock(); // news of threads that end and begin connections
    private boolean live;

    @Override
    public AutoCloseable subscribe(Listener listener) {
        order.lock();
        try {
            listeners.add(listener);
            if (!live) {
                tell(listener, Listener::onGap);
            }
        } finally {
            order.unlock();
        }
        return () -> listeners.remove(listener);
    }

    void invalidate(List<TierKey> keys) {
        if (!keys.isEmpty()) {
            List<TierKey> fixed = List.copyOf(keys);
            tellAll(listener -> listener.onInvalidate(fixed));
        }
    }

    void invalidateAll() {
        tellAll(Listener::onInvalidateAll);
    }

    /** The connection is lost. */
    void gap() {
        order.lock();
        try {
            if (live) {
                live = false;
                tellAll(Listener::onGap);
            }
        } finally {
            order.unlock();
        }
    }

    /** A new connection gets news, and nothing has been read over it yet. */
    void restored() {
        order.lock();
        try {
            if (!live) {
                live = true;
                tellAll(Listener::onRestored);
            }
        } finally {
            order.unlock();
        }
    }

    private void tellAll(Consumer<Listener> news) {
        order.lock();
        try {
            for (Listener listener : new ArrayList<>(listeners)) {
                tell(listener, news);
            }
        } finally {
            order.unlock();
        }
    }

    private static void tell(Listener listener, Consumer<Listener> news) {
        try {
            news.accept(listener);
        } catch (RuntimeException e) { // one listener's mistake must not cost the others their news
            LOG.error("A listener to news of changes failed", e);
        }
    }
}
