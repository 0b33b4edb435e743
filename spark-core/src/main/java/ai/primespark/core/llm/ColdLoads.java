package ai.primespark.core.llm;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The models that one host is loading. The call that makes it load a model leads; others that want the same one wait for it
 * without having opened anything, so none of them can disturb the load by giving up. Thread-safe.
 */
final class ColdLoads {

    private final ConcurrentMap<String, Load> running = new ConcurrentHashMap<>();

    /** The load of a model; null when there is none. */
    @Nullable
    Load find(String model) {
        return running.get(model);
    }

    /** Announces a load. Gives the one that is running already, or null when the caller leads this one. */
    @Nullable
    Load announce(Load mine) {
        return running.putIfAbsent(mine.model, mine);
    }

    Load lead(String model, long now) {
        return new Load(model, now);
    }

    int size() {
        return running.size();
    }

    /** One load. */
    final class Load {

        private final String model;
        private final long begunAt;
        private final ReentrantLock lock = new ReentrantLock();
        private final List<Runnable> waiting = new ArrayList<>(2); // guarded by lock
        private volatile boolean over;

        private Load(String model, long begunAt) {
            this.model = model;
            this.begunAt = begunAt;
        }

        long begunAt() {
            return begunAt;
        }

        boolean isOver() {
            return over;
        }

        /** Has somebody woken when the load is over; at once when it is. */
        void whenOver(Runnable wake) {
            lock.lock();
            try {
                if (!over) {
                    waiting.add(wake);
                    return;
                }
            } finally {
                lock.unlock();
            }
            wake.run();
        }

        /** Does not wake somebody any more. */
        void forget(Runnable wake) {
            lock.lock();
            try {
                waiting.remove(wake);
            } finally {
                lock.unlock();
            }
        }

        /** The model is loaded, or its call has ended without that. Harmless when repeated. */
        void end() {
            running.remove(model, this);
            List<Runnable> woken;
            lock.lock();
            try {
                over = true;
                woken = List.copyOf(waiting);
                waiting.clear();
            } finally {
                lock.unlock();
            }
            woken.forEach(Runnable::run);
        }
    }
}
