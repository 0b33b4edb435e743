package ai.primespark.memory.s3;

import static ai.primespark.spi.TierException.Kind.CORRUPT;
import static ai.primespark.spi.TierException.Kind.FULL;
import static ai.primespark.spi.TierException.Kind.PERMANENT;
import static ai.primespark.spi.TierException.Kind.TRANSIENT;

import ai.primespark.spi.TierException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Says what an {@link S3Error} means for the engine, and to people what to do about it. Thread-safe. */
final class S3Faults {

    private static final int MOST_WORDS = 200;

    private final S3Options options;
    private final InstantSource clock;

    S3Faults(S3Options options, InstantSource clock) {
        this.options = options;
        this.clock = clock;
    }

    TierException of(S3Error error) {
        String where = options.where();
        return switch (error.code()) {
            case "InvalidAccessKeyId" ->
                permanent(where + ": the server does not know this access key; check access-key", error);
            case "SignatureDoesNotMatch" ->
                permanent(
                        where + ": the signature is wrong; check secret-key, and region if the keys are right", error);
            case "InvalidToken", "ExpiredToken", "ExpiredTokenException" ->
                permanent(where + ": the session token is wrong or has run out; renew session-token", error);
            case "RequestTimeTooSkewed" ->
                permanent(where + ": " + skew(error) + "; let it be set by the network (NTP)", error);
            case "NoSuchBucket" ->
                permanent(where + ": there is no such bucket; make it, or set create-bucket = true", error);
            case "InvalidBucketName" -> permanent(where + ": the server refuses the name; check bucket", error);
            case "AccessDenied", "AllAccessDisabled", "AccountProblem" ->
                permanent(where + ": access denied; give these keys the rights that the module's README lists", error);
            case "PermanentRedirect", "AuthorizationHeaderMalformed", "TemporaryRedirect", "Redirect" ->
                permanent(
                        where
                                + ": the bucket lies in another region or behind another address; check region and endpoint"
                                + words(error),
                        error);
            case "QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "TooManyBuckets" ->
                full(error);
            case "EntityTooLarge" ->
                permanent(where + ": the server refuses objects of this size" + words(error), error);
            case "InvalidObjectState" ->
                permanent(
                        where + ": the object lies in an archive; do not let a lifecycle rule move the prefix there",
                        error);
            case "XAmzContentSHA256Mismatch", "BadDigest" ->
                new TierException(TRANSIENT, where + ": what arrived is not what was sent", error);
            case S3Error.BROKEN -> broken(error);
            default -> byStatus(error);
        };
    }

    private TierException full(S3Error error) {
        return new TierException(
                FULL,
                options.where() + ": no space or quota is left; raise it or delete something" + words(error),
                error);
    }

    private TierException byStatus(S3Error error) {
        String said =
                options.where() + ": the server said " + error.code() + " (HTTP " + error.status() + ")" + words(error);
        return switch (error.status()) {
            case 507 -> full(error);
            case 408, 429, 500, 502, 503, 504 -> new TierException(TRANSIENT, said, error);
            case 409, 412 -> new TierException(TRANSIENT, said + "; others write the same object all the time", error);
            case 416 -> new TierException(CORRUPT, said + "; the object is shorter than it should be", error);
            case 301, 302, 307, 308 ->
                permanent(options.where() + ": the server sends us elsewhere; check region and endpoint", error);
            case 403 ->
                permanent(
                        options.where() + ": access denied; check access-key, secret-key and the rights of these keys",
                        error);
            case 501 -> permanent(said + "; this server lacks a part of S3 that the tier needs", error);
            case 304, 404 -> new TierException(TRANSIENT, said, error);
            default -> error.status() >= 500 ? new TierException(TRANSIENT, said, error) : permanent(said, error);
        };
    }

    private TierException broken(S3Error error) {
        Throwable cause = error.getCause();
        String what;
        if (cause instanceof ConnectException) {
            what = "nobody answers there; check endpoint and whether the server runs";
        } else if (cause instanceof UnknownHostException) {
            what = "the name of the host cannot be resolved; check endpoint and the network";
        } else if (cause instanceof SSLException) {
            what = "TLS failed; for a private authority set ca-file" + words(error);
        } else if (cause instanceof SocketTimeoutException) {
            what = "the server is too slow" + words(error);
        } else {
            what = "the connection broke" + words(error);
        }
        return new TierException(TRANSIENT, options.where() + ": " + what, error);
    }

    private String skew(S3Error error) {
        Duration ahead = ahead(error.date());
        if (ahead == null) {
            return "this machine's clock is wrong";
        }
        long minutes = Math.max(1, (Math.abs(ahead.toSeconds()) + 30) / 60);
        return "this machine's clock is " + minutes + (minutes == 1 ? " minute " : " minutes ")
                + (ahead.isNegative() ? "behind" : "ahead of") + " the server's";
    }

    private @Nullable Duration ahead(@Nullable String date) {
        try {
            return date == null
                    ? null
                    : Duration.between(
                            ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME)
                                    .toInstant(),
                            clock.instant());
        } catch (DateTimeParseException e) {
            return null;
        }
    }

    private static TierException permanent(String message, S3Error error) {
        return new TierException(PERMANENT, message, error);
    }

    /** The server's own words, cut. They are of no use to an attacker: S3 repeats the access key's name at most. */
    private static String words(S3Error error) {
        String text = String.valueOf(error.getMessage()).strip();
        return text.isEmpty() || text.equals("null")
                ? ""
                : ": " + (text.length() > MOST_WORDS ? text.substring(0, MOST_WORDS) + "…" : text);
    }
}
