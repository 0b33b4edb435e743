package ai.primespark.memory.redis;

import ai.primespark.spi.TierException;
import ai.primespark.spi.TierException.Kind;
import io.lettuce.core.RedisCommandExecutionException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** What failures mean, and how to mend them. */
final class RedisErrors {

    /** The beginning of an error, or what an error of a script holds; the first that matches wins. */
    private static final List<Rule> RULES = List.of(
            new Rule(
                    "OOM ",
                    Kind.FULL,
                    "is full: maxmemory is reached and nothing may be evicted; raise maxmemory,"
                            + " delete something, or set maxmemory-policy allkeys-lru if it is a cache"),
            new Rule("MISCONF ", Kind.FULL, "refuses writes because it cannot save its data to disk; see its log"),
            new Rule("NOAUTH ", Kind.PERMANENT, "asks for a password; set password"),
            new Rule("WRONGPASS ", Kind.PERMANENT, "refuses the password; check username and password"),
            new Rule("invalid password", Kind.PERMANENT, "refuses the password; check username and password"),
            new Rule("without any password configured", Kind.PERMANENT, "asks for no password; remove password"),
            new Rule(
                    "NOPERM ",
                    Kind.PERMANENT,
                    "does not let this user do it; grant what the README lists with ACL SETUSER"),
            new Rule("invalid DB index", Kind.PERMANENT, "has no such database; check database"),
            new Rule("DB index is out of range", Kind.PERMANENT, "has no such database; check database"),
            new Rule("READONLY ", Kind.TRANSIENT, "is a replica that takes no writes; waiting for a master"),
            new Rule("LOADING ", Kind.TRANSIENT, "is still loading its data"),
            new Rule("CLUSTERDOWN ", Kind.TRANSIENT, "is a cluster that does not work now; see CLUSTER INFO"),
            new Rule("MASTERDOWN ", Kind.TRANSIENT, "has lost its master"),
            new Rule("NOREPLICAS ", Kind.TRANSIENT, "has fewer replicas than min-replicas-to-write asks for"),
            new Rule("BUSY ", Kind.TRANSIENT, "is busy with a long script"),
            new Rule("TRYAGAIN ", Kind.TRANSIENT, "is moving keys between nodes"),
            new Rule(
                    "MOVED ",
                    Kind.TRANSIENT,
                    "keeps moving this key between nodes; or it is a cluster: use the setting" + " cluster"),
            new Rule("ASK ", Kind.TRANSIENT, "is moving keys between nodes"),
            new Rule("max number of clients", Kind.TRANSIENT, "has no room for another connection; see maxclients"),
            new Rule("WRONGTYPE ", Kind.CORRUPT, "holds something else than a record under this key"),
            new Rule(
                    "unknown command", Kind.PERMANENT, "does not know a command that is needed; Redis 6.2 or later is"),
            new Rule(
                    "unsupported protocol",
                    Kind.PERMANENT,
                    "does not speak RESP3; set tracking = false or use Redis 6.2"),
            new Rule(
                    "NOPROTO", Kind.PERMANENT, "does not speak RESP3; set tracking = false or use Redis 6.2 or later"));

    private RedisErrors() {}

    private record Rule(String sign, Kind kind, String words) {}

    /** Whether a server has answered that it does not know a script. */
    static boolean isNoScript(Throwable failure) {
        return unwrap(failure) instanceof RedisCommandExecutionException e
                && e.getMessage() != null
                && e.getMessage().startsWith("NOSCRIPT");
    }

    /** Whether a server has answered that it is no master any more. */
    static boolean isReadOnly(Throwable failure) {
        return unwrap(failure) instanceof RedisCommandExecutionException e && text(e).contains("READONLY ");
    }

    /**
     * The one of two failures to connect that says why. Lettuce closes a connection whose log-in was refused, and sometimes
     * takes that closing for the cause.
     */
    static @Nullable Throwable moreTelling(@Nullable Throwable one, @Nullable Throwable other) {
        return one == null || other != null && isAnswer(other) && !isAnswer(one) ? other : one;
    }

    private static boolean isAnswer(Throwable failure) {
        return causes(failure).anyMatch(RedisCommandExecutionException.class::isInstance);
    }

    /** A failure and what it came of; bounded, because causes may go round in a circle. */
    private static Stream<Throwable> causes(Throwable failure) {
        return Stream.iterate(failure, Objects::nonNull, Throwable::getCause).limit(10);
    }

    static TierException classify(String tier, Throwable failure) {
        Throwable cause = unwrap(failure);
        if (cause instanceof TierException known) {
            return known;
        }
        for (Throwable inner : causes(cause).toList()) {
            if (inner instanceof RedisCommandExecutionException answer) {
                return answered(tier, answer);
            }
            if (inner instanceof CertificateException || inner instanceof SSLException) {
                return new TierException(
                        Kind.PERMANENT,
                        tier + " cannot be reached by TLS: " + shorten(inner.getMessage())
                                + "; check tls.ca-file, tls.verify, and that the port speaks TLS",
                        failure);
            }
            if (inner instanceof UnknownHostException) {
                return new TierException(Kind.TRANSIENT, tier + " cannot be found: the name does not resolve", failure);
            }
        }
        String message = text(cause);
        if (message.contains("Request queue size exceeded")) {
            return new TierException(
                    Kind.TRANSIENT, tier + " is overloaded: too many operations wait for an answer", failure);
        }
        return new TierException(Kind.TRANSIENT, tier + " cannot be reached: " + root(cause), failure);
    }

    private static TierException answered(String tier, RedisCommandExecutionException answer) {
        String message = text(answer);
        for (Rule rule : RULES) {
            if (message.contains(rule.sign())) {
                return new TierException(
                        rule.kind(), tier + " " + rule.words() + " (it says: " + shorten(message) + ")", answer);
            }
        }
        return new TierException(Kind.PERMANENT, tier + " refuses: " + shorten(message), answer);
    }

    static Throwable unwrap(Throwable failure) {
        Throwable inner = failure;
        while ((inner instanceof CompletionException || inner instanceof ExecutionException)
                && inner.getCause() != null) {
            inner = inner.getCause();
        }
        return inner;
    }

    /** The failure again, for a stage that only looked at it. */
    static RuntimeException rethrow(Throwable failure) {
        return failure instanceof RuntimeException known ? known : new CompletionException(failure);
    }

    private static String root(Throwable failure) {
        Throwable inner = failure;
        for (int depth = 0; inner.getCause() != null && depth < 10; depth++) {
            inner = inner.getCause();
        }
        String message = shorten(inner.getMessage());
        return message.isEmpty() ? inner.getClass().getSimpleName() : message;
    }

    private static String text(Throwable failure) {
        return String.valueOf(failure.getMessage());
    }

    private static String shorten(@Nullable String message) {
        String text = message == null ? "" : message.strip();
        return text.length() > 200 ? text.substring(0, 200) + "…" : text;
    }
}
