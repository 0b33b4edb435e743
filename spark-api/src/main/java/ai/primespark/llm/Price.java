package ai.primespark.llm;

import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a backend's tokens cost, in any one currency. Immutable.
 *
 * @param backend its id
 * @param model the model's name there, or null for all models without a price of their own
 * @param prompt for a million tokens of prompts; not negative
 * @param answer for a million tokens of answers; not negative
 */
public record Price(String backend, @Nullable String model, double prompt, double answer) {

    private static final double MILLION = 1_000_000;

    /** Refuses nulls and negative prices. */
    public Price {
        Objects.requireNonNull(backend, "backend");
        if (!(prompt >= 0 && answer >= 0 && Double.isFinite(prompt) && Double.isFinite(answer))) {
            throw new IllegalArgumentException("prices must not be negative: " + prompt + ", " + answer);
        }
    }

    /**
     * A price for all models of a backend.
     *
     * @param backend its id
     * @param prompt for a million tokens of prompts
     * @param answer for a million tokens of answers
     * @return the price
     */
    public static Price of(String backend, double prompt, double answer) {
        return new Price(backend, null, prompt, answer);
    }

    /**
     * The same price for one model only.
     *
     * @param name the model's name there
     * @return the price
     */
    public Price forModel(String name) {
        return new Price(backend, Objects.requireNonNull(name, "name"), prompt, answer);
    }

    /**
     * The model that it is for.
     *
     * @return its name on the backend; empty for all models without a price of their own
     */
    public Optional<String> modelName() {
        return Optional.ofNullable(model);
    }

    /**
     * What tokens cost at this price.
     *
     * @param usage the tokens
     * @return in the currency of the price
     */
    public double of(Usage usage) {
        return (usage.promptTokens() * prompt + usage.answerTokens() * answer) / MILLION;
    }
}
