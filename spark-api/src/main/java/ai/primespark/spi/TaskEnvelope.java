package ai.primespark.spi;

import ai.primespark.agent.TaskRequest;
import java.util.Objects;

/**
 * A task as a queue keeps it. Another id, or a payload that is not bytes, is an {@link IllegalArgumentException}.
 *
 * @param id unique, sortable by time, made by the submitter so that a repeated submission is recognised: 1 to 64 of
 *     {@code [A-Za-z0-9_-]}
 * @param request what to do; its payload is a {@code byte[]}
 * @param encoding how the payload was made, for example {@code json}
 */
public record TaskEnvelope(String id, TaskRequest request, String encoding) {

    /** Checks the parts. */
    public TaskEnvelope {
        if (!isId(id)) {
            throw new IllegalArgumentException("a task's id has 1 to 64 of [A-Za-z0-9_-]: '" + id + "'");
        }
        if (!(request.payload() instanceof byte[])) {
            throw new IllegalArgumentException("the payload must have been encoded");
        }
        Objects.requireNonNull(encoding, "encoding");
    }

    /** By hand, because every task passes here and a pattern takes ten times as long. */
    private static boolean isId(String id) {
        boolean fits = !id.isEmpty() && id.length() <= 64;
        for (int i = 0; fits && i < id.length(); i++) {
            char c = id.charAt(i);
            fits = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-';
        }
        return fits;
    }

    /**
     * The encoded payload.
     *
     * @return the array itself; not to be modified
     */
    public byte[] payload() {
        return (byte[]) request.payload();
    }

    /**
     * Where the task waits.
     *
     * @return its lane
     */
    public TaskLane lane() {
        return TaskLane.of(request);
    }
}
