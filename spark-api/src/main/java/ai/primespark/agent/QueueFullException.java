package ai.primespark.agent;

/** The queue takes no more tasks now; none of the batch was taken. */
public final class QueueFullException extends TaskException {

    private static final long serialVersionUID = 1L;

    /**
     * Names the queue.
     *
     * @param message which queue, its limit, and what to do about it
     */
    public QueueFullException(String message) {
        super(message, true, null);
    }
}
