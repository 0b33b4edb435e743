package ai.primespark.examples.quickstart;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Says on the error stream what is being waited for, once a second from the first second on. */
final class Waiting implements AutoCloseable {

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "waiting");
        thread.setDaemon(true);
        return thread;
    });
    private final ScheduledFuture<?> ticks;
    private final String what;
    private final long start = System.nanoTime();
    private boolean said; // guarded by this
    private boolean over; // guarded by this

    Waiting(String what) {
        this.what = what;
        this.ticks = timer.scheduleAtFixedRate(this::say, 1, 1, TimeUnit.SECONDS);
    }

    private synchronized void say() {
        if (!over) {
            said = true;
            System.err.printf("\r%s, %d s …", what, TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start));
        }
    }

    /** Ends the waiting and clears the line. Harmless when repeated. */
    synchronized void over() {
        if (!over) {
            over = true;
            ticks.cancel(false);
            timer.shutdown();
            if (said) {
                System.err.print("\r" + " ".repeat(what.length() + 20) + "\r");
            }
        }
    }

    @Override
    public void close() {
        over();
    }
}
