package ai.primespark.core.llm;

import ai.primespark.llm.RouteTrace.Readiness;
import ai.primespark.spi.CallLimits;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Lets one call in at a host: waits while another call makes it load the same model, and for a free place, unless another host
 * is expected to be sooner. The reading thread's own; what ends the call ends the waiting.
 */
final class Gate {

    private static final long LOOK_NANOS = Duration.ofMillis(250).toNanos();

    private final RouterContext context;
    private final Waiter waiter;
    private final String logicalModel;
    private final Workload work;
    private final CallLimits limits;
    private final Duration queueWait;
    private final long mostAnswerTokens;
    private final Function<BackendHandle, @Nullable String> barrier;

    /**
     * Makes one for a call.
     *
     * @param context what all calls share
     * @param waiter where the call waits
     * @param logicalModel what the model is called before it has a backend
     * @param work what there is to read
     * @param limits the call's
     * @param queueWait how long to wait for a place; zero for not at all
     * @param mostAnswerTokens how long the answer may become; 0 when nothing says
     * @param barrier why the call may not go to a backend at this moment, or null when it may
     */
    Gate(
            RouterContext context,
            Waiter waiter,
            String logicalModel,
            Workload work,
            CallLimits limits,
            Duration queueWait,
            long mostAnswerTokens,
            Function<BackendHandle, @Nullable String> barrier) {
        this.context = context;
        this.waiter = waiter;
        this.logicalModel = logicalModel;
        this.work = work;
        this.limits = limits;
        this.queueWait = queueWait;
        this.mostAnswerTokens = mostAnswerTokens;
        this.barrier = barrier;
    }

    /**
     * What came of it: an entry, or the reason why there is none.
     *
     * @param entry how the host was found; null when the call was not let in
     * @param obstacle why not
     * @param busy whether it was for lack of a place or because the model is being loaded, which passes
     * @param passes nanoseconds after which that is expected to have passed; 0 when not known
     */
    record Pass(@Nullable Entry entry, String obstacle, boolean busy, long passes) {}

    private Pass busy(BackendHandle backend, String why) {
        Forecast forecast = forecast(backend);
        return new Pass(null, why, true, forecast.measured() ? forecast.waiting() + forecast.loading() : 0);
    }

    Workload work() {
        return work;
    }

    /** What to expect of a backend if the call went there now. */
    Forecast forecast(BackendHandle backend) {
        return backend.forecast(model(backend), work, System.nanoTime());
    }

    /** What the call is expected to use up on a backend. */
    Bill bill(BackendHandle backend) {
        return new Bill(backend, model(backend), work, mostAnswerTokens);
    }

    private String model(BackendHandle backend) {
        return context.models().on(backend.id(), logicalModel);
    }

    /**
     * Comes in. When the call ends meanwhile, nothing is held.
     *
     * @param backend where
     * @param others backends that have not been tried
     * @param remaining nanoseconds until the call's deadline
     */
    Pass enter(BackendHandle backend, List<Choice> others, long remaining) throws InterruptedException {
        long until = System.nanoTime() + remaining;
        HostKnowledge host = backend.knowledge();
        while (!waiter.hasEnded()) {
            String key = host.key(model(backend));
            ColdLoads.Load mine = null;
            ColdLoads.Load other = host.loads().find(key);
            Readiness readiness = host.readiness(key, work, System.nanoTime());
            if (other != null && readiness == Readiness.WARM) {
                other.end(); // its leader may be slow to read what has long begun
                other = null;
            } else if (other == null && readiness == Readiness.COLD) {
                mine = host.loads().lead(key, System.nanoTime());
                other = host.loads().announce(mine);
            }
            if (other == null) {
                return enter(backend, others, until, new Entry(work, readiness, mine, isAlone(backend), bill(backend)));
            }
            if (isSooner(others, backend)) {
                return busy(
                        backend,
                        "it is loading the model for another call, and another backend is expected to be sooner");
            }
            if (!isLoaded(backend, key, other, until)) {
                return busy(
                        backend, "it was still loading the model for another call when this one could not wait longer");
            }
        }
        return busy(backend, "the call has ended");
    }

    private static boolean isAlone(BackendHandle backend) {
        return backend.knowledge()
                .hasLane(backend.inFlight() + backend.admission().queued());
    }

    /** Waits for a load that another call leads. Gives false when it took longer than this call may wait. */
    private boolean isLoaded(BackendHandle backend, String key, ColdLoads.Load load, long until)
            throws InterruptedException {
        long latest = System.nanoTime()
                + Math.min(until - System.nanoTime(), limits.firstByte().toNanos());
        Runnable wake = waiter::wake;
        load.whenOver(wake);
        try {
            while (!load.isOver() && !waiter.hasEnded() && latest - System.nanoTime() > 0) {
                waiter.pause(Math.min(LOOK_NANOS, latest - System.nanoTime()), load::isOver);
                if (backend.knowledge().readiness(key, work, System.nanoTime()) == Readiness.WARM) {
                    load.end();
                }
            }
        } finally {
            load.forget(wake);
        }
        return load.isOver();
    }

    private Pass enter(BackendHandle backend, List<Choice> others, long until, Entry entry)
            throws InterruptedException {
        boolean in = false;
        try {
            Pass refused = place(backend, others, until);
            if (refused != null) {
                return refused;
            }
            String obstacle = barrier.apply(backend); // it may have waited long, and things change
            if (obstacle != null) {
                backend.admission().leave();
                return new Pass(null, obstacle, false, 0);
            }
            obstacle = entry.bill().reserve();
            if (obstacle != null) {
                backend.admission().leave();
                return new Pass(null, obstacle, false, 0);
            }
            obstacle = backend.passCircuit();
            if (obstacle != null) {
                entry.bill().giveBack();
                return new Pass(null, obstacle, false, 0);
            }
            in = true;
            return new Pass(entry, "", false, 0);
        } finally {
            if (!in) {
                entry.loaded();
            }
        }
    }

    /** Gets a place. Gives null, or why there is none. */
    private @Nullable Pass place(BackendHandle backend, List<Choice> others, long until) throws InterruptedException {
        Admission admission = backend.admission();
        if (admission.tryEnter()) {
            return null;
        }
        if (queueWait.isZero()) {
            return busy(backend, backend.busy());
        }
        if (isSooner(others, backend)) {
            return busy(backend, backend.busy() + "; another backend is expected to be sooner");
        }
        long remaining = until - System.nanoTime();
        Forecast forecast = forecast(backend);
        if (forecast.measured() && forecast.waiting() > remaining) {
            return busy(
                    backend, backend.busy() + "; a place is expected to become free only after the call's deadline");
        }
        Admission.Ticket ticket = admission.queue(waiter::wake);
        if (ticket == null) {
            return busy(backend, backend.busy());
        }
        long longest = Math.min(remaining, queueWait.toNanos());
        boolean taken = false;
        try {
            waiter.pause(longest, ticket::isGranted);
            taken = ticket.giveUp() && !waiter.hasEnded();
        } finally {
            if (!taken && ticket.giveUp()) {
                admission.leave();
            }
        }
        return taken ? null : busy(backend, backend.busy() + "; none became free in time");
    }

    /** Whether one of the others, free or not, is expected to give its first token sooner than this one. */
    private boolean isSooner(List<Choice> others, BackendHandle backend) {
        Forecast here = forecast(backend);
        for (Choice choice : others) {
            BackendHandle other = choice.backend();
            if (other.lastResort() || other.isCircuitBlocking() || barrier.apply(other) != null) {
                continue;
            }
            Forecast there = forecast(other);
            boolean full = other.admission().isFull();
            if (!there.lacking() && isSooner(there, here, full)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isSooner(Forecast there, Forecast here, boolean full) {
        if (there.measured() && here.measured()) {
            return there.nanos() < here.nanos();
        }
        // nothing says how long it takes there: better than waiting, unless waiting or loading is what it takes there
        // as well
        return !full && there.readiness() != Readiness.COLD;
    }
}
