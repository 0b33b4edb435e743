package ai.primespark.agent.redis;

import io.lettuce.core.RedisCommandExecutionException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.regex.Pattern;

/** What answers of the server mean for the queue. */
final class QueueErrors {

    /** The server cannot serve now, or is not the right one any more. Connecting again finds out. */
    private static final Pattern ELSEWHERE = Pattern.compile(
            "READONLY |MOVED |ASK |LOADING |CLUSTERDOWN |MASTERDOWN |TRYAGAIN |UNBLOCKED |NOREPLICAS |NOAUTH ");

    private QueueErrors() {}

    static Throwable unwrap(Throwable failure) {
        Throwable inner = failure;
        while ((inner instanceof CompletionException || inner instanceof ExecutionException)
                && inner.getCause() != null) {
            inner = inner.getCause();
        }
        return inner;
    }

    static boolean isNoScript(Throwable failure) {
        return isAnswer(failure) && text(failure).startsWith("NOSCRIPT");
    }

    static boolean isFull(Throwable failure) {
        return isAnswer(failure)
                && (text(failure).contains("OOM ") || text(failure).contains("MISCONF "));
    }

    static boolean isElsewhere(Throwable failure) {
        return isAnswer(failure) && ELSEWHERE.matcher(text(failure)).find();
    }

    /** Whether the server has said something, as opposed to a connection that does not work. */
    static boolean isAnswer(Throwable failure) {
        return unwrap(failure) instanceof RedisCommandExecutionException;
    }

    private static String text(Throwable failure) {
        return String.valueOf(unwrap(failure).getMessage());
    }
}
