package ai.primespark.testkit;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;

/** One way in which {@link S3FaultServer} misbehaves. Immutable. */
public final class S3Fault {

    enum Kind {
        ERROR,
        BLACK_HOLE,
        RESET_BEFORE,
        RESET_AFTER,
        CUT_BODY,
        SLOW_BODY,
        CUT_REQUEST
    }

    final Kind kind;
    final int status;
    final String code;
    final Map<String, String> headers;
    final int bytes;
    final Duration pause;

    private S3Fault(Kind kind, int status, String code, Map<String, String> headers, int bytes, Duration pause) {
        this.kind = kind;
        this.status = status;
        this.code = code;
        this.headers = Map.copyOf(headers);
        this.bytes = bytes;
        this.pause = pause;
    }

    private static S3Fault of(Kind kind, int bytes, Duration pause) {
        return new S3Fault(kind, 0, "", Map.of(), bytes, pause);
    }

    /**
     * Answers with an error and does nothing, for example {@code error(503, "SlowDown")}, {@code error(403, "AccessDenied")}
     * or {@code error(404, "NoSuchBucket")}.
     *
     * @param status of HTTP
     * @param code of S3
     * @return the fault
     */
    public static S3Fault error(int status, String code) {
        return new S3Fault(Kind.ERROR, status, Objects.requireNonNull(code, "code"), Map.of(), 0, Duration.ZERO);
    }

    /**
     * The same error with one more header, which replaces the server's own: {@code Retry-After}, or a {@code Date} of another
     * clock.
     *
     * @param name of the header
     * @param value of the header
     * @return a new fault
     */
    public S3Fault header(String name, String value) {
        Map<String, String> more = new java.util.HashMap<>(headers);
        more.put(name, value);
        return new S3Fault(kind, status, code, more, bytes, pause);
    }

    /**
     * Accepts the request and never answers, until the server is closed or healed.
     *
     * @return the fault
     */
    public static S3Fault blackHole() {
        return of(Kind.BLACK_HOLE, 0, Duration.ZERO);
    }

    /**
     * Closes the connection instead of doing what was asked.
     *
     * @return the fault
     */
    public static S3Fault resetBefore() {
        return of(Kind.RESET_BEFORE, 0, Duration.ZERO);
    }

    /**
     * Does what was asked, and closes the connection instead of saying so.
     *
     * @return the fault
     */
    public static S3Fault resetAfter() {
        return of(Kind.RESET_AFTER, 0, Duration.ZERO);
    }

    /**
     * Announces the whole answer's length, sends a part of its body, and closes the connection.
     *
     * @param afterBytes how much of the body is sent
     * @return the fault
     */
    public static S3Fault cutBody(int afterBytes) {
        return of(Kind.CUT_BODY, afterBytes, Duration.ZERO);
    }

    /**
     * Sends the answer's body in small pieces with pauses between them.
     *
     * @param pieceBytes at least 1
     * @param pause after each piece
     * @return the fault
     */
    public static S3Fault slowBody(int pieceBytes, Duration pause) {
        if (pieceBytes < 1) {
            throw new IllegalArgumentException("a piece has at least 1 byte");
        }
        return of(Kind.SLOW_BODY, pieceBytes, pause);
    }

    /**
     * Reads a part of the request's body and closes the connection; nothing is done.
     *
     * @param afterBytes how much of the body is read
     * @return the fault
     */
    public static S3Fault cutRequest(int afterBytes) {
        return of(Kind.CUT_REQUEST, afterBytes, Duration.ZERO);
    }

    @Override
    public String toString() {
        return "S3Fault[" + kind + (kind == Kind.ERROR ? " " + status + " " + code : "") + "]";
    }
}
