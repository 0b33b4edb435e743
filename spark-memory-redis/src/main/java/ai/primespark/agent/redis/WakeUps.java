package ai.primespark.agent.redis;

import ai.primespark.agent.QueueUnavailableException;
import ai.primespark.spi.ProviderContext;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets threads sleep until there may be work, without polling, and wakes one agent for one mark, not all. Marks lie in a list for
 * each lane; one blocking command on a connection of its own waits at the lists of all lanes that somebody here waits for. A lane
 * that was not there before is announced to all.
 *
 * <p>No mark is lost: one that comes when nobody here wants it any more goes back, and when nobody here claims from the lane soon
 * after one, another is made. A mark that Redis gave to a machine which was cut off or lost its power a moment before is missed by
 * those who go on waiting when their blocking command ends, which it does every few seconds. Thread-safe.
 */
final class WakeUps implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(WakeUps.class);
    private static final int BLOCK_SECONDS = 5;
    private static final long LOOK_AFTER_MILLIS = 80; // agents hesitate for 50 at most before they claim
    private static final long REMEMBERED = TimeUnit.MINUTES.toNanos(10);
    private static final long NEWS_LASTS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final int MOST_REMEMBERED = 256;
    private static final String NONE = "!"; // no lane is called like this

    private final QueueConfig config;
    private final ProviderContext context;
    private final QueueLink link;
    private final String own;
    private final Kept<StatefulRedisConnection<byte[], byte[]>> connection;
    private final ReentrantLock lock = new ReentrantLock();
    private final List<Waiter> waiters = new ArrayList<>();

    /** Lanes that somebody here has claimed from of late, by when; they may be empty now and be refilled. */
    private final Map<String, Long> recent = new HashMap<>();

    /** Lanes that were announced of late, by when. */
    private final Map<String, Long> announced = new HashMap<>();

    private Set<String> listening = Set.of();
    private final AtomicBoolean opened = new AtomicBoolean();
    private final AtomicBoolean explained = new AtomicBoolean();
    private boolean blocked;
    private boolean poking;
    private boolean closed;
    private long lanesRead = System.nanoTime();
    private final ThreadLocal<Long> lanesReadHere = new ThreadLocal<>();

    WakeUps(QueueConfig config, ProviderContext context, Locator locator, QueueLink link, String instance) {
        this.config = config;
        this.context = context;
        this.link = link;
        this.own = "@" + instance;
        Duration patience = config.servers().connectTimeout().multipliedBy(2);
        this.connection = new Kept<>(context, patience, locator::connect, new Kept.Watcher() {
            @Override
            public void opened() {
                if (opened.getAndSet(true)) {
                    wakeAll(); // marks may have been lost with the connection before
                }
                listen();
            }

            @Override
            public void lost() {
                lock.lock();
                try {
                    blocked = false;
                    poking = false;
                } finally {
                    lock.unlock();
                }
            }

            @Override
            public boolean failed(Throwable why) {
                return false; // the connection for commands says why
            }
        });
    }

    private final class Waiter {
        private final Set<String> lanes;
        private final Condition wake = lock.newCondition();
        private boolean awake;

        Waiter(Set<String> lanes) {
            this.lanes = lanes;
        }

        void wake() {
            awake = true;
            wake.signal();
        }
    }

    /** Connects anew: the connection may be half open, or the queue elsewhere now. */
    void renew() {
        connection.renew();
    }

    /** Waits for a mark of one of the lanes, or for a lane that is not among them and not known here. */
    boolean await(Set<String> lanes, Duration max) throws InterruptedException {
        connection.start();
        Waiter waiter = new Waiter(lanes);
        long left = max.compareTo(Duration.ofDays(1)) > 0 ? TimeUnit.DAYS.toNanos(1) : max.toNanos();
        lock.lockInterruptibly();
        try {
            if (isNewsFor(lanes)) {
                return true;
            }
            waiters.add(waiter);
        } finally {
            lock.unlock();
        }
        listen();
        lock.lock();
        try {
            while (!waiter.awake && !closed && left > 0) {
                left = waiter.wake.awaitNanos(left);
            }
            if (closed) {
                throw new QueueUnavailableException(config.name() + " is closed", null);
            }
            return waiter.awake;
        } finally {
            waiters.remove(waiter);
            lock.unlock();
        }
    }

    /** Whether a lane has come since the caller, or else anybody, last asked for all lanes. */
    private boolean isNewsFor(Set<String> lanes) {
        Long here = lanesReadHere.get();
        long asked = here == null ? lanesRead : here;
        long now = System.nanoTime();
        announced.values().removeIf(at -> now - at > NEWS_LASTS);
        return announced.entrySet().stream()
                .anyMatch(lane -> lane.getValue() - asked > 0
                        && !lanes.contains(lane.getKey())
                        && !recent.containsKey(lane.getKey()));
    }

    /** Somebody begins to ask for all lanes. */
    void lanesAreRead() {
        long now = System.nanoTime();
        lanesReadHere.set(now);
        lock.lock();
        try {
            lanesRead = now;
        } finally {
            lock.unlock();
        }
    }

    /** Somebody asks for work in lanes. */
    void claims(Set<String> lanes) {
        long now = System.nanoTime();
        lock.lock();
        try {
            for (String lane : lanes) {
                recent.put(lane, now);
            }
            if (recent.size() > MOST_REMEMBERED) {
                recent.values().removeIf(at -> now - at > REMEMBERED);
            }
            if (recent.size() > MOST_REMEMBERED) {
                recent.keySet().retainAll(lanes);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The server says that a lane holds tasks that did not before. */
    void laneCame(String lane) {
        lock.lock();
        try {
            announced.put(lane, System.nanoTime());
            boolean marked = listening.contains(lane) && blocked;
            if (!marked || !recent.containsKey(lane)) {
                waiters.stream().filter(each -> !each.lanes.contains(lane)).forEach(Waiter::wake);
            }
        } finally {
            lock.unlock();
        }
    }

    void wakeAll() {
        lock.lock();
        try {
            waiters.forEach(Waiter::wake);
        } finally {
            lock.unlock();
        }
    }

    /** Waits at the lists of all lanes that are wanted, unless it does so already. */
    private void listen() {
        StatefulRedisConnection<byte[], byte[]> open = connection.now();
        Set<String> wanted;
        boolean poke = false;
        lock.lock();
        try {
            if (closed || open == null || waiters.isEmpty()) {
                return;
            }
            wanted = wanted();
            if (blocked) {
                if (poking || listening.containsAll(wanted)) {
                    return;
                }
                poking = true;
                poke = true;
            } else {
                blocked = true;
                listening = wanted;
            }
        } finally {
            lock.unlock();
        }
        if (poke) {
            poke();
        } else {
            block(open, wanted);
        }
    }

    private Set<String> wanted() {
        long now = System.nanoTime();
        Set<String> wanted = new HashSet<>();
        wanted.add(own);
        waiters.forEach(waiter -> wanted.addAll(waiter.lanes));
        recent.forEach((lane, at) -> {
            if (now - at < REMEMBERED) {
                wanted.add(lane);
            }
        });
        return wanted;
    }

    private void block(StatefulRedisConnection<byte[], byte[]> open, Set<String> lanes) {
        CommandArgs<byte[], byte[]> args = new CommandArgs<>(ByteArrayCodec.INSTANCE);
        lanes.forEach(lane -> args.addKey(config.key("w:" + lane)));
        args.add(BLOCK_SECONDS);
        CompletableFuture<List<Object>> answer = QueueLink.dispatch(open, CommandType.BLPOP, args);
        var unused = answer.orTimeout(BLOCK_SECONDS + 5L, TimeUnit.SECONDS).whenComplete((popped, failure) -> {
            if (failure != null) {
                failed(open, failure);
                return;
            }
            int prefix = config.key("w:").length;
            String lane = popped.isEmpty() || popped.get(0) == null
                    ? NONE
                    : Args.string(popped.get(0)).substring(prefix);
            explained.set(false);
            unblocked(lane);
        });
    }

    private void failed(StatefulRedisConnection<byte[], byte[]> open, Throwable why) {
        if (!QueueErrors.isAnswer(why) || QueueErrors.isElsewhere(why)) {
            connection.drop(open); // it is half open, or the queue is elsewhere now
            return;
        }
        if (!explained.getAndSet(true)) {
            LOG.warn(
                    "{} does not let us wait for work, so agents come late to it; give the user +blpop: {}",
                    config.name(),
                    QueueErrors.unwrap(why).getMessage());
        }
        connection.dropRefused(open);
    }

    private void unblocked(String lane) {
        boolean giveBack = false;
        boolean woken = false;
        Set<String> missed = Set.of();
        lock.lock();
        try {
            blocked = false;
            poking = false;
            if (lane.equals(NONE)) {
                missed = waiters.stream()
                        .flatMap(each -> each.lanes.stream())
                        .collect(java.util.stream.Collectors.toSet());
            } else if (!lane.equals(own)) {
                Waiter first = waiters.stream()
                        .filter(each -> !each.awake && each.lanes.contains(lane))
                        .findFirst()
                        .orElse(null);
                if (first != null) {
                    first.wake();
                    woken = true;
                } else if (recent.containsKey(lane) && !waiters.isEmpty()) {
                    waiters.forEach(Waiter::wake); // one of them may want it: a guess
                    woken = true;
                } else {
                    giveBack = true;
                }
            }
        } finally {
            lock.unlock();
        }
        if (giveBack) {
            remark(Set.of(lane));
        } else if (!missed.isEmpty()) {
            remark(missed);
        } else if (woken) {
            lookAfter(lane);
        }
        listen();
    }

    /** Somebody was woken for a lane. If nobody here claims from it now, as when the agent drains, others must hear of it. */
    private void lookAfter(String lane) {
        long woken = System.nanoTime();
        try {
            var unused = context.scheduler()
                    .schedule(
                            () -> {
                                lock.lock();
                                try {
                                    Long claimed = recent.get(lane);
                                    if (claimed != null && claimed - woken > 0) {
                                        return;
                                    }
                                    recent.remove(lane);
                                } finally {
                                    lock.unlock();
                                }
                                remark(Set.of(lane));
                            },
                            LOOK_AFTER_MILLIS,
                            TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("{}: the engine is closing", config.name());
        }
    }

    private void remark(Set<String> lanes) {
        Args args = new Args();
        lanes.forEach(args::text);
        var unused = link.send(QueueScript.REMARK, args);
    }

    /** Ends the blocking command, so that one with more lanes can take its place. */
    private void poke() {
        var unused = link.send(QueueScript.POKE, new Args().text(own)).whenComplete((done, failure) -> {
            if (failure != null) {
                lock.lock();
                try {
                    poking = false;
                } finally {
                    lock.unlock();
                }
            }
        });
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            waiters.forEach(waiter -> waiter.wake.signal());
        } finally {
            lock.unlock();
        }
        connection.close();
    }
}
