package ai.primespark;

import java.util.Objects;

/**
 * One mistake in the configuration.
 *
 * @param path the setting, for example {@code primespark.llm.backends[1].url}
 * @param origin where the value was written, for example {@code primespark.conf:12}, {@code environment variable
 *     PRIMESPARK_LLM_STRATEGY} or {@code PrimeSpark.builder()}
 * @param message what is wrong; never the value of a secret
 * @param remedy how to mend it
 */
public record ConfigProblem(String path, String origin, String message, String remedy) {

    /** Refuses nulls. */
    public ConfigProblem {
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(origin, "origin");
        Objects.requireNonNull(message, "message");
        Objects.requireNonNull(remedy, "remedy");
    }

    @Override
    public String toString() {
        return path + " (" + origin + "): " + message + "; " + remedy;
    }
}
