package ai.primespark.core.agent;

import ai.primespark.agent.AgentStatus;
import ai.primespark.agent.TaskScope;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TaskLane;
import ai.primespark.spi.TaskQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What this process knows of the queue's lanes, pauses and agents. Asked anew when older than claims may be based on; what happens
 * through this process itself is known at once. Thread-safe.
 */
final class QueueView {

    private static final long LANES_LIFE = Duration.ofMillis(100).toNanos();
    /** How old what is known of pauses may be for a claim. */
    static final long PAUSES_LIFE = Duration.ofMillis(250).toNanos();

    private static final long AGENTS_LIFE = Duration.ofMillis(500).toNanos();

    private final TaskQueue queue;
    private final Duration timeout;
    private final Runnable onNews;
    private final AtomicLong version = new AtomicLong();
    private final Map<TaskLane, Long> lanes = new ConcurrentHashMap<>(); // when this process submitted to it last, or 0
    private final Object refreshing = new Object(); // not held by those who submit
    private volatile long lanesAt = System.nanoTime() - LANES_LIFE - 1;
    private volatile Set<TaskScope> paused = Set.of();
    private volatile long pausedAt = System.nanoTime() - PAUSES_LIFE - 1;
    private volatile List<AgentStatus> agents = List.of();
    private volatile long agentsAt = System.nanoTime() - AGENTS_LIFE - 1;

    /**
     * Makes a view.
     *
     * @param queue what is viewed
     * @param timeout of its methods
     * @param onNews called when a lane appears through this process, or a pause changes; must not block
     */
    QueueView(TaskQueue queue, Duration timeout, Runnable onNews) {
        this.queue = queue;
        this.timeout = timeout;
        this.onNews = onNews;
    }

    /** Grows whenever something changed on which claims depend. */
    long version() {
        return version.get();
    }

    /** Something else changed on which claims depend. */
    void changed() {
        version.incrementAndGet();
    }

    /** This process submits to a lane; called before and after, so that no refresh in between forgets it. */
    void submitted(TaskLane lane) {
        if (!lanes.containsKey(lane)) {
            lanes.put(lane, System.nanoTime());
            version.incrementAndGet();
            onNews.run();
        }
    }

    /** The lanes that may hold tasks, as of 100 ms ago at most, or as of now. */
    Set<TaskLane> lanes(boolean now) {
        if (now || System.nanoTime() - lanesAt > LANES_LIFE) {
            synchronized (refreshing) {
                if (now || System.nanoTime() - lanesAt > LANES_LIFE) {
                    refreshLanes();
                }
            }
        }
        return lanes.keySet();
    }

    private void refreshLanes() {
        long begun = System.nanoTime();
        Set<TaskLane> found = queue.lanes(Deadline.in(timeout));
        boolean news = lanes.entrySet()
                .removeIf(lane ->
                        !found.contains(lane.getKey()) && (lane.getValue() == 0 || lane.getValue() - begun < 0));
        for (TaskLane lane : found) {
            news |= lanes.put(lane, 0L) == null;
        }
        lanesAt = System.nanoTime();
        if (news) {
            version.incrementAndGet();
        }
    }

    /** What is paused, as of 250 ms ago at most. */
    Set<TaskScope> paused() {
        if (System.nanoTime() - pausedAt > PAUSES_LIFE) {
            synchronized (refreshing) {
                if (System.nanoTime() - pausedAt > PAUSES_LIFE) {
                    paused(queue.paused(Deadline.in(timeout)));
                }
            }
        }
        return paused;
    }

    /** What is paused, as far as is known without asking. */
    Set<TaskScope> pausedAsKnown() {
        return paused;
    }

    /** The newest of it was read or made by this process. */
    void paused(Set<TaskScope> now) {
        pausedAt = System.nanoTime();
        if (!now.equals(paused)) {
            paused = Set.copyOf(now);
            version.incrementAndGet();
            onNews.run();
        }
    }

    /** Every agent that is heard of, as of half a second ago at most; those of this process as they are. */
    List<AgentStatus> agents(List<AgentStatus> own) {
        if (System.nanoTime() - agentsAt > AGENTS_LIFE) {
            agents = List.copyOf(queue.agents(Deadline.in(timeout)));
            agentsAt = System.nanoTime();
        }
        Set<String> known = new HashSet<>();
        List<AgentStatus> all = new ArrayList<>(own);
        own.forEach(agent -> known.add(agent.profile().id()));
        for (AgentStatus agent : agents) {
            if (known.add(agent.profile().id())) {
                all.add(agent);
            }
        }
        return all;
    }
}
