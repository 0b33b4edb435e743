package ai.primespark.core.llm;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The calls that have been begun and have not ended. Thread-safe. */
final class RunningCalls {

    /** Ends a call; harmless when it has ended. */
    @FunctionalInterface
    interface Running {
        void cancel();
    }

    private final Set<Running> running = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    boolean isClosed() {
        return closed;
    }

    /** Takes a call in. Gives false when it must not begin any more. */
    boolean enter(Running call) {
        running.add(call);
        if (closed) {
            running.remove(call);
            return false;
        }
        return true;
    }

    void leave(Running call) {
        running.remove(call);
    }

    int size() {
        return running.size();
    }

    void close() {
        closed = true;
        for (Running call : running) {
            call.cancel();
        }
    }
}
