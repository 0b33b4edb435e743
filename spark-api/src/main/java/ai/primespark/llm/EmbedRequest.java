package ai.primespark.llm;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Texts to turn into vectors.
 *
 * @param inputs at least one
 * @param model a logical name, or null for the backend's default
 * @param privacy how far they may travel
 */
public record EmbedRequest(List<String> inputs, @Nullable String model, Privacy privacy) {

    /** Copies the list; refuses an empty one. */
    public EmbedRequest {
        inputs = List.copyOf(inputs);
        Objects.requireNonNull(privacy, "privacy");
        if (inputs.isEmpty()) {
            throw new IllegalArgumentException("there must be at least one text to embed");
        }
    }

    /**
     * Texts for a model.
     *
     * @param model a logical name
     * @param inputs the texts
     * @return a request that may travel anywhere
     */
    public static EmbedRequest of(String model, String... inputs) {
        return new EmbedRequest(List.of(inputs), model, Privacy.ANY);
    }

    /**
     * The model.
     *
     * @return empty for the backend's default
     */
    public Optional<String> modelName() {
        return Optional.ofNullable(model);
    }

    @Override
    public String toString() { // inputs are private data
        return "EmbedRequest[" + inputs.size() + " texts, model=" + model + ", " + privacy + "]";
    }
}
