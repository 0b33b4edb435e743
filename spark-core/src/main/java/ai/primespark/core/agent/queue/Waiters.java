package ai.primespark.core.agent.queue;

import ai.primespark.spi.TaskLane;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/**
 * Threads that wait for work. All that know a lane are woken, because the best agent is to win, not the first; each once, so that
 * ten thousand new tasks wake nobody ten thousand times. Guarded by the table's lock.
 */
final class Waiters {

    /** One thread. */
    static final class Waiter {
        final Set<TaskLane> known;
        final CountDownLatch called = new CountDownLatch(1);

        Waiter(Set<TaskLane> known) {
            this.known = known;
        }
    }

    private final List<Waiter> waiting = new ArrayList<>();

    void add(Waiter waiter) {
        waiting.add(waiter);
    }

    void remove(Waiter waiter) {
        waiting.remove(waiter);
    }

    /** There is work in a lane. */
    void call(TaskLane lane) {
        for (int i = waiting.size() - 1; i >= 0; i--) {
            if (waiting.get(i).known.contains(lane)) {
                waiting.remove(i).called.countDown();
            }
        }
    }

    /** There is a lane that nobody knows, or something else that everybody should look at. */
    void callAll() {
        waiting.forEach(waiter -> waiter.called.countDown());
        waiting.clear();
    }
}
