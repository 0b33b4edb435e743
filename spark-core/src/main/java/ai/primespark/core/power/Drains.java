package ai.primespark.core.power;

import ai.primespark.power.PowerDecision;
import ai.primespark.spi.Deadline;

/** Where parts say what they must do before the power goes. Thread-safe. */
public interface Drains {

    /** Work under way is ended or handed back. */
    int WORK = 100;

    /** What is only in memory goes to the disk, after everything that might still write. */
    int STORAGE = 900;

    /** Something to be done before the power goes. */
    @FunctionalInterface
    interface Drain {

        /**
         * Does it. Called on a thread of its own, which is interrupted at the deadline. May be called again when a shutdown was
         * called off and another one follows; that the part may go on is said by {@code Power.onChange}.
         *
         * @param deadline by when; later steps have time of their own after it
         * @param decision which calls for it
         * @throws Exception when it could not be done; the next ones have their turn all the same, and nobody is told that the
         *     power may go
         */
        void drain(Deadline deadline, PowerDecision decision) throws Exception;
    }

    /**
     * Adds something.
     *
     * @param name for people, unique
     * @param order lower ones are done before higher ones
     * @param drain what is to be done
     * @return takes it away again when closed
     */
    AutoCloseable register(String name, int order, Drain drain);
}
