package ai.primespark.core.memory.objects;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The chunks that uploads under way rely on, so that the collector and eviction leave them alone: from before an upload asks
 * whether a chunk is there, until its head is written and no collection that began before is still running. Known by the first
 * 8 bytes of their hash; two that share them are kept together, which does no harm. Thread-safe.
 *
 * <p>A removal holds the lock of its stripe, so an upload never sees a chunk that is about to go.
 */
final class ActiveChunks {

    private static final int STRIPES = 64;

    private final Stripe[] stripes = new Stripe[STRIPES];
    private final ReentrantLock collecting = new ReentrantLock();
    private final List<Session> lingering = new ArrayList<>(); // guarded by collecting
    private int collections; // guarded by collecting

    private static final class Stripe {
        final ReentrantLock lock = new ReentrantLock();
        final Map<Long, Integer> uses = new HashMap<>(); // guarded by lock
    }

    ActiveChunks() {
        for (int i = 0; i < STRIPES; i++) {
            stripes[i] = new Stripe();
        }
    }

    static long prefix(String sha256) {
        return Long.parseUnsignedLong(sha256, 0, 16, 16);
    }

    private Stripe stripe(long prefix) {
        return stripes[(int) (prefix >>> 58)];
    }

    /** The chunks of one upload. */
    final class Session implements AutoCloseable {

        private final List<Long> held = new ArrayList<>();

        /** Waits for a removal of the chunk that is under way. */
        void protect(String sha256) {
            long prefix = prefix(sha256);
            Stripe stripe = stripe(prefix);
            stripe.lock.lock();
            try {
                stripe.uses.merge(prefix, 1, Integer::sum);
            } finally {
                stripe.lock.unlock();
            }
            held.add(prefix);
        }

        private void release() {
            for (long prefix : held) {
                Stripe stripe = stripe(prefix);
                stripe.lock.lock();
                try {
                    stripe.uses.computeIfPresent(prefix, (key, uses) -> uses == 1 ? null : uses - 1);
                } finally {
                    stripe.lock.unlock();
                }
            }
            held.clear();
        }

        @Override
        public void close() {
            collecting.lock();
            try {
                if (collections > 0) { // it may have looked at the heads before this one was written
                    lingering.add(this);
                    return;
                }
            } finally {
                collecting.unlock();
            }
            release();
        }
    }

    Session open() {
        return new Session();
    }

    /** From now on, what uploads rely on stays protected until {@link #endCollection}. */
    void beginCollection() {
        collecting.lock();
        try {
            collections++;
        } finally {
            collecting.unlock();
        }
    }

    void endCollection() {
        List<Session> done = List.of();
        collecting.lock();
        try {
            if (--collections == 0) {
                done = new ArrayList<>(lingering);
                lingering.clear();
            }
        } finally {
            collecting.unlock();
        }
        done.forEach(Session::release);
    }

    /** Runs a removal unless an upload relies on the chunk; says whether it ran. */
    boolean removeUnused(String sha256, Runnable removal) {
        long prefix = prefix(sha256);
        Stripe stripe = stripe(prefix);
        stripe.lock.lock();
        try {
            if (stripe.uses.containsKey(prefix)) {
                return false;
            }
            removal.run();
            return true;
        } finally {
            stripe.lock.unlock();
        }
    }
}
