package ai.primespark.core.llm;

import ai.primespark.llm.Privacy;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Keeps answers where they outlive the process. Whoever implements it sees to it that a value reaches no place beyond the
 * privacy that it comes with. Thread-safe.
 *
 * <p>Both methods may take as long as they like and may throw: they are called on threads of their own, and neither a call nor
 * an answer waits for them longer than its patience.
 */
public interface AnswerStore {

    /**
     * Looks for a value.
     *
     * @param privacy of the request; only what was put with the same is found
     * @param key of 43 letters, digits, {@code -} and {@code _}
     * @return what was put last; null when there is nothing, or when that cannot be known now
     */
    @Nullable
    String get(Privacy privacy, String key);

    /**
     * Keeps a value. It may be lost.
     *
     * @param privacy how far it may travel
     * @param key as for {@link #get}
     * @param value anything
     * @param life how long to keep it
     */
    void put(Privacy privacy, String key, String value, Duration life);
}
