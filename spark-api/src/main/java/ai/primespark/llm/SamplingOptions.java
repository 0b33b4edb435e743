package ai.primespark.llm;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the model chooses its words. A null leaves the choice to the server.
 *
 * @param temperature 0 for the likeliest words, up to 2
 * @param topP share of probability to choose from, above 0 and up to 1
 * @param topK number of words to choose from; positive
 * @param maxTokens longest answer in tokens; positive
 * @param contextTokens size of the context window; positive. Changing it makes some servers load the model anew
 * @param seed makes an answer repeatable, as far as the server allows
 * @param stop texts that end the answer
 */
public record SamplingOptions(
        @Nullable Double temperature,
        @Nullable Double topP,
        @Nullable Integer topK,
        @Nullable Integer maxTokens,
        @Nullable Integer contextTokens,
        @Nullable Long seed,
        List<String> stop) {

    /** Everything left to the server. */
    public static final SamplingOptions DEFAULT = new SamplingOptions(null, null, null, null, null, null, List.of());

    /** Checks the ranges. */
    public SamplingOptions {
        check(temperature == null || temperature >= 0 && temperature <= 2, "temperature must be 0 to 2");
        check(topP == null || topP > 0 && topP <= 1, "topP must be above 0 and at most 1");
        check(topK == null || topK > 0, "topK must be positive");
        check(maxTokens == null || maxTokens > 0, "maxTokens must be positive");
        check(contextTokens == null || contextTokens > 0, "contextTokens must be positive");
        stop = List.copyOf(stop);
    }

    private static void check(boolean holds, String rule) {
        if (!holds) {
            throw new IllegalArgumentException(rule);
        }
    }
}
