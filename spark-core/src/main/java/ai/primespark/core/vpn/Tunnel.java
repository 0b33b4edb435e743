package ai.primespark.core.vpn;

import ai.primespark.event.SparkEvent;
import ai.primespark.power.PowerProfile;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.VpnDriver;
import ai.primespark.vpn.VpnException;
import ai.primespark.vpn.VpnNode;
import ai.primespark.vpn.VpnPublicKey;
import ai.primespark.vpn.VpnState;
import ai.primespark.vpn.VpnStatus;
import ai.primespark.vpn.VpnTopology;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One tunnel: looks at it again and again, asks its peers, tells what changed, and does what {@link Healing} decided. Everything that
 * uses the driver holds {@code steering}, so that it is called from one thread at a time. Thread-safe; closing leaves the tunnel as it
 * is.
 */
final class Tunnel implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Tunnel.class);

    /** A sight that may change a verdict for the worse is repeated so soon, if not looked at more often anyway. */
    private static final Duration CONFIRM = Duration.ofSeconds(1);

    /** How long the first look may hold up the start, so that a program knows its networks from the beginning. */
    private static final Duration FIRST_LOOK = Duration.ofSeconds(3);

    private final VpnDriver driver;
    private final TunnelPlan plan;
    private final Surroundings around;
    private final PeerBook book;
    private final Healing healing;
    private final TunnelMeters meters;
    private final ReentrantLock steering = new ReentrantLock();
    private final CountDownLatch looked = new CountDownLatch(1);
    private final Object timing = new Object();
    private @Nullable Future<?> next; // guarded by timing
    private long nextAt; // guarded by timing
    private volatile VpnStatus status;
    private volatile boolean closed;
    private volatile boolean wanted;
    private boolean blind; // whether the last look failed; guarded by steering
    private String complaint = ""; // what was last logged about healing; guarded by steering

    Tunnel(VpnDriver driver, TunnelPlan plan, Surroundings around) {
        this.driver = driver;
        this.plan = plan;
        this.around = around;
        this.book = new PeerBook(plan, around);
        this.healing = new Healing(plan.healing());
        this.wanted = plan.keepUp();
        this.status =
                new VpnStatus(VpnState.UNKNOWN, driver.interfaceName(), null, List.of(), Set.of(), "not looked at yet");
        this.meters = new TunnelMeters(around.meters(), plan, this::status);
    }

    /** Begins to look, and waits a moment for the first result. */
    void start() {
        lookIn(Duration.ZERO);
        try {
            var unused = looked.await(FIRST_LOOK.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    VpnStatus status() {
        return status;
    }

    VpnStatus up() {
        return steer("bring the tunnel up", deadline -> {
            driver.up(deadline);
            wanted = true;
        });
    }

    VpnStatus down() {
        return steer("take the tunnel down", deadline -> {
            boolean before = wanted;
            wanted = false; // first, so that nothing brings it up behind our back
            try {
                driver.down(deadline);
            } catch (RuntimeException e) {
                wanted = before;
                throw e;
            }
        });
    }

    VpnStatus apply(VpnTopology topology, String self) {
        VpnNode node = topology.nodes().get(self);
        if (node == null) {
            throw new IllegalArgumentException(
                    "no node '" + self + "'; there are " + topology.nodes().keySet());
        }
        return steer("change the network", deadline -> {
            driver.apply(topology, self, deadline);
            book.topology(topology, node);
        });
    }

    private VpnStatus steer(String what, Consumer<Deadline> action) {
        if (closed) {
            throw new IllegalStateException("Prime Spark is closed");
        }
        Deadline deadline = Deadline.in(plan.timeout());
        try {
            if (!steering.tryLock(plan.timeout().toNanos(), TimeUnit.NANOSECONDS)) {
                throw new VpnException(
                        VpnException.Kind.TIMEOUT, "could not " + what + " in time: another change is under way", null);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new VpnException(VpnException.Kind.FAILED, "interrupted before it could " + what, e);
        }
        try {
            action.accept(deadline);
            healing.succeeded();
            look();
            return status;
        } finally {
            steering.unlock();
            lookIn(CONFIRM);
        }
    }

    // --- looking

    /** Looks at once, for example because there is more power again. */
    void lookSoon() {
        lookIn(Duration.ZERO);
    }

    /** Looks after a while, unless that is to happen sooner anyway. */
    private void lookIn(Duration delay) {
        synchronized (timing) {
            long at = System.nanoTime() + delay.toNanos();
            if (closed || next != null && nextAt - at <= 0) {
                return;
            }
            if (next != null) {
                next.cancel(false);
            }
            nextAt = at;
            try {
                next = around.scheduler().schedule(this::begin, delay.toNanos(), TimeUnit.NANOSECONDS);
            } catch (RejectedExecutionException e) { // everything is being closed
                next = null;
            }
        }
    }

    private void begin() {
        synchronized (timing) {
            next = null;
        }
        try {
            around.blocking().execute(this::turn);
        } catch (RejectedExecutionException e) { // out of threads: later
            lookIn(interval());
        }
    }

    private void turn() {
        if (closed) {
            return;
        }
        Duration wait = CONFIRM;
        if (steering.tryLock()) { // otherwise somebody steers, and looks afterwards
            try {
                boolean doubtful = look();
                heal();
                wait = doubtful && interval().compareTo(CONFIRM) > 0 ? CONFIRM : interval();
            } catch (RuntimeException | LinkageError e) {
                log.warn("the VPN driver is faulty: it threw {}", e.getClass().getName(), e);
                wait = interval();
            } finally {
                steering.unlock();
                looked.countDown();
            }
        }
        lookIn(wait);
    }

    /** Between two looks now. */
    Duration interval() {
        return around.profile().get() == PowerProfile.FULL ? plan.interval() : plan.savingInterval();
    }

    /** Looks and tells. Gives whether somebody should look again soon. */
    private boolean look() {
        long began = System.nanoTime();
        PeerBook.Page page;
        try {
            page = book.read(driver.read(Deadline.in(plan.lookTimeout())));
            blind = false;
        } catch (VpnException e) {
            boolean again = blind;
            blind = true;
            if (closed || !again && e.retryable()) { // once may be chance
                return true;
            }
            page = book.unread(e);
        } finally {
            meters.looked(Duration.ofNanos(System.nanoTime() - began));
        }
        tell(new VpnStatus(
                page.state(), driver.interfaceName(), page.key(), page.peers(), page.networks(), page.reason()));
        return page.doubtful();
    }

    private void tell(VpnStatus now) {
        VpnStatus before = status;
        status = now;
        if (before.state() != now.state()) {
            if (now.state() == VpnState.UP) {
                log.info("VPN {} is up: {}", name(), now.reason());
            } else {
                log.warn("VPN {} is {}: {}", name(), now.state(), now.reason());
            }
        }
        if (!Changes.between(before, now).isEmpty()) {
            around.events().accept(new SparkEvent.VpnChanged(around.clock().instant(), now));
        }
    }

    private String name() {
        return driver.interfaceName().isEmpty() ? "network" : driver.interfaceName();
    }

    // --- healing

    private void heal() {
        if (closed) {
            return;
        }
        long now = around.nanoTime().getAsLong();
        Healing.Step step =
                wanted ? healing.tunnel(status.state(), book.heard(), book.calls(), now) : Healing.Step.NONE;
        switch (step) {
            case BRING_UP -> mend("bring the tunnel up", deadline -> driver.up(deadline));
            case RESTART -> {
                log.warn("VPN {} is made anew, because no peer can be reached: {}", name(), status.reason());
                mend("make the tunnel anew", deadline -> {
                    driver.down(deadline);
                    book.renewed();
                    driver.up(deadline);
                });
            }
            case NONE -> {
                for (VpnPublicKey peer : book.toCall(healing)) {
                    mend("call peer " + book.name(peer), deadline -> driver.reconnect(peer, deadline));
                    meters.reconnected();
                }
                return;
            }
        }
        meters.restarted();
        var unused = look();
    }

    private void mend(String what, Consumer<Deadline> action) {
        try {
            action.accept(Deadline.in(plan.timeout()));
            complaint = "";
        } catch (VpnException e) {
            if (e.kind() == VpnException.Kind.UNSUPPORTED) {
                wanted = false; // nothing to steer
                return;
            }
            String now = what + ": " + e.kind();
            if (!now.equals(complaint)) { // once, and not every time
                log.warn("VPN {}: cannot {}: {}", name(), what, e.getMessage());
                complaint = now;
            }
        }
    }

    /** Whether the configuration speaks of a peer, so that somebody counts on it. */
    boolean isNamed(String peer) {
        return plan.peers().containsValue(peer) || plan.probes().containsKey(peer);
    }

    /** Whether the tunnel was made anew as often as it may be, in vain. */
    boolean hasGivenUp() {
        return healing.hasGivenUp();
    }

    @Override
    public void close() {
        synchronized (timing) {
            closed = true;
            if (next != null) {
                next.cancel(false);
            }
        }
        looked.countDown();
    }
}
