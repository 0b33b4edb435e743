package ai.primespark.core.llm;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The places on one host, and the calls that wait for one, first come, first served. Thread-safe; the numbers are read without a
 * lock.
 *
 * <p>Every place that was given is given back by exactly one {@link #leave}.
 */
final class Admission {

    private final int places;
    private final int mostWaiting;
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<Ticket> waiting = new ArrayDeque<>(); // guarded by lock
    private int inside; // guarded by lock
    private volatile int taken; // the same, for reading without the lock
    private volatile int queued; // written under lock

    Admission(int places, int mostWaiting) {
        this.places = places;
        this.mostWaiting = mostWaiting;
    }

    int places() {
        return places;
    }

    int taken() {
        return taken;
    }

    int queued() {
        return queued;
    }

    /** Whether a call that came now would not get a place at once. */
    boolean isFull() {
        return taken >= places || queued > 0;
    }

    /** Whether a call that came now could not even wait. */
    boolean isQueueFull() {
        return queued >= mostWaiting;
    }

    /** Takes a place, if one is free and nobody waits for it. */
    boolean tryEnter() {
        lock.lock();
        try {
            if (isFull()) {
                return false;
            }
            take(1);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Stands in the queue; null when it is full.
     *
     * @param wake called once when the ticket has got its place; must not block
     */
    @Nullable
    Ticket queue(Runnable wake) {
        Ticket ticket = new Ticket(wake);
        lock.lock();
        try {
            if (!isFull()) {
                take(1);
                ticket.granted = true;
                return ticket;
            }
            if (waiting.size() >= mostWaiting) {
                return null;
            }
            waiting.addLast(ticket);
            queued = waiting.size();
            return ticket;
        } finally {
            lock.unlock();
        }
    }

    /** Gives a place back, to whoever has waited longest. */
    void leave() {
        Ticket next;
        lock.lock();
        try {
            next = waiting.pollFirst();
            queued = waiting.size();
            if (next == null) {
                take(-1);
            } else {
                next.granted = true;
            }
        } finally {
            lock.unlock();
        }
        if (next != null) {
            next.wake.run();
        }
    }

    private void take(int places) {
        inside += places;
        taken = inside;
    }

    /** Somebody's place in the queue. */
    final class Ticket {

        private final Runnable wake;
        private volatile boolean granted;

        private Ticket(Runnable wake) {
            this.wake = wake;
        }

        boolean isGranted() {
            return granted;
        }

        /** Stops waiting. Gives true when a place had been got, which is then the caller's. */
        boolean giveUp() {
            lock.lock();
            try {
                if (!granted) {
                    waiting.remove(this);
                    queued = waiting.size();
                }
                return granted;
            } finally {
                lock.unlock();
            }
        }
    }
}
