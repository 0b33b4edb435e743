package ai.primespark.memory.s3;

import io.minio.errors.ErrorResponseException;
import io.minio.errors.InvalidResponseException;
import io.minio.errors.ServerException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/** A request failed: what the server said, or how the connection broke. {@link S3Faults} makes a message for people of it. */
final class S3Error extends IOException {

    private static final long serialVersionUID = 1L;

    /** The code of a connection that broke before the answer was whole. */
    static final String BROKEN = "(connection)";

    private static final Pattern STATUS = Pattern.compile("Response code: (\\d{3})");

    private final int status;
    private final String code;
    private final @Nullable String date;
    private final @Nullable Duration retryAfter;

    private S3Error(
            int status,
            String code,
            String message,
            @Nullable String date,
            @Nullable Duration retryAfter,
            @Nullable Throwable cause) {
        super(message, cause);
        this.status = status;
        this.code = code;
        this.date = date;
        this.retryAfter = retryAfter;
    }

    /**
     * Makes sense of what the client library threw. Its own exceptions do not become the cause: they carry the request's headers,
     * a session token among them.
     */
    static S3Error of(Throwable thrown) {
        if (thrown instanceof S3Error known) {
            return known;
        }
        if (thrown instanceof ErrorResponseException e) {
            Response response = e.response();
            String code = Objects.requireNonNullElse(e.errorResponse().code(), "");
            String message = Objects.requireNonNullElse(e.errorResponse().message(), "");
            return new S3Error(
                    response.code(),
                    code,
                    message,
                    response.header("Date"),
                    retryAfter(response.header("Retry-After")),
                    null);
        }
        if (thrown instanceof ServerException e) {
            return new S3Error(e.statusCode(), "HTTP " + e.statusCode(), "", null, null, null);
        }
        if (thrown instanceof InvalidResponseException e) { // a proxy's page, say: its status is in the message only
            Matcher matcher = STATUS.matcher(String.valueOf(e.getMessage()));
            int status = matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
            return new S3Error(status, "HTTP " + status, "the answer is not S3's", null, null, null);
        }
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof IOException) {
                return new S3Error(0, BROKEN, String.valueOf(cause.getMessage()), null, null, cause);
            }
        }
        return new S3Error(-1, "(client)", String.valueOf(thrown), null, null, thrown);
    }

    private static @Nullable Duration retryAfter(@Nullable String header) {
        return header != null && header.matches("\\d{1,6}") ? Duration.ofSeconds(Long.parseLong(header)) : null;
    }

    /** The status of HTTP; 0 when the connection broke, -1 when the request could not even be made. */
    int status() {
        return status;
    }

    /** The code of S3. */
    String code() {
        return code;
    }

    /** The server's clock, if it told. */
    @Nullable
    String date() {
        return date;
    }

    /** How long the server asks to be left alone, if it does. */
    @Nullable
    Duration retryAfter() {
        return retryAfter;
    }

    /** The object is not there, while the bucket is as far as one can see. */
    boolean isMissing() {
        return status == 404 && !code.equals("NoSuchBucket") && !code.equals("NoSuchUpload");
    }

    /** A condition did not hold, or somebody writes the same object at this moment. */
    boolean isConflict() {
        return status == 412
                || status == 409 && (code.equals("ConditionalRequestConflict") || code.equals("OperationAborted"));
    }

    /** The server is overloaded or stumbled: the same request may do a moment later. */
    boolean isPassing() {
        return status == 429 || status == 500 || status == 503 || code.equals("SlowDown");
    }

    /** The connection broke, which an idle one does when the server has closed it; nobody waited in vain. */
    boolean isBroken() {
        Throwable cause = getCause();
        return status == 0
                && !(cause instanceof InterruptedIOException)
                && !(cause instanceof ConnectException)
                && !(cause instanceof UnknownHostException)
                && !(cause instanceof SSLException)
                && !"Canceled".equals(getMessage());
    }
}
