package ai.primespark.core.llm.observe;

import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/** Tells the log for which request a thread works. What was there before is put back. */
public final class RequestMdc {

    /** The name under which a log's pattern finds the request's id. */
    public static final String KEY = "spark.request";

    private RequestMdc() {}

    /**
     * This thread begins to work for a request.
     *
     * @param requestId its id
     * @return for {@link #leave}
     */
    public static @Nullable String enter(String requestId) {
        String before = MDC.get(KEY);
        MDC.put(KEY, requestId);
        return before;
    }

    /**
     * This thread does what it did before.
     *
     * @param before what {@link #enter} gave
     */
    public static void leave(@Nullable String before) {
        if (before == null) {
            MDC.remove(KEY);
        } else {
            MDC.put(KEY, before);
        }
    }

    /**
     * An executor whose tasks work for a request.
     *
     * @param executor runs them
     * @param requestId of the request
     * @param span what they are a part of
     * @return to be used for this request only
     */
    public static Executor over(Executor executor, String requestId, Span span) {
        return task -> executor.execute(() -> {
            String before = enter(requestId);
            try (Span.Scope scope = span.enter()) {
                task.run();
            } finally {
                leave(before);
            }
        });
    }
}
