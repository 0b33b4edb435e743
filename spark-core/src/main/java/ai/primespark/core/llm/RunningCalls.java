package ai.primespark.core.llm;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The calls that have been opened and have not ended. Thread-safe. */
final class RunningCalls {

    /** A call. */
    interface Running {
        /** Ends it; harmless when it has ended. */
        void cancel();

        /** Whether it has ended, so that nobody will take it out any more. */
        boolean hasEnded();
    }

    private final Set<Running> waiting = ConcurrentHashMap.newKeySet(); // opened, and nobody has asked for an event
    private final Set<Running> running = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    boolean isClosed() {
        return closed;
    }

    /** Takes a call in that was just opened: it is ended by {@link #close()} even if nobody ever reads it. */
    void opened(Running call) {
        waiting.add(call);
        if (closed) {
            call.cancel();
        }
        if (call.hasEnded()) { // its end may have been sooner than this
            waiting.remove(call);
        }
    }

    /** A call begins. Gives false when it must not any more. */
    boolean enter(Running call) {
        running.add(call);
        waiting.remove(call);
        if (closed) {
            running.remove(call);
            return false;
        }
        return true;
    }

    void leave(Running call) {
        waiting.remove(call);
        running.remove(call);
    }

    /** Those that have begun. */
    int size() {
        return running.size();
    }

    /** Those that have been opened and not begun. */
    int waiting() {
        return waiting.size();
    }

    void close() {
        closed = true;
        for (Running call : waiting) {
            call.cancel();
        }
        for (Running call : running) {
            call.cancel();
        }
    }
}
