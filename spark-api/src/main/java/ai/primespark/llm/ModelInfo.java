package ai.primespark.llm;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A model on a backend.
 *
 * @param name its name there
 * @param digest of its content; empty when the server does not say
 * @param bytes its size, or -1 when not known
 * @param loaded whether it is in memory now
 * @param contextTokens the context window it is loaded with, or 0 when not loaded or not known
 * @param loadedUntil when the server will unload it, or null when not loaded or not known
 * @param capabilities for example {@code completion}, {@code tools}, {@code vision}, {@code embedding}, {@code thinking}
 * @param remote whether the server passes its calls on to somebody else's machine
 */
public record ModelInfo(
        String name,
        String digest,
        long bytes,
        boolean loaded,
        int contextTokens,
        @Nullable Instant loadedUntil,
        List<String> capabilities,
        boolean remote) {

    /** Copies the list. */
    public ModelInfo {
        capabilities = List.copyOf(capabilities);
    }

    /**
     * When the server will unload it.
     *
     * @return empty when not loaded or not known
     */
    public Optional<Instant> unloadsAt() {
        return Optional.ofNullable(loadedUntil);
    }
}
