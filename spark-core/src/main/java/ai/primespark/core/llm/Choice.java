package ai.primespark.core.llm;

import org.jspecify.annotations.Nullable;

/**
 * A backend to ask, and why it.
 *
 * @param backend which
 * @param reason why, in words
 * @param forecast what was expected of it when the order was decided; null when that was not asked
 */
record Choice(
        BackendHandle backend, String reason, @Nullable Forecast forecast) {

    Choice(BackendHandle backend, String reason) {
        this(backend, reason, null);
    }
}
