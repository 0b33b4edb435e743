package ai.primespark.llm;

import ai.primespark.Zone;
import java.util.List;

/**
 * Vectors for texts.
 *
 * @param vectors one a text, in the order of the request, of equal length; arrays are not copied
 * @param backend id of the backend that made them
 * @param zone where it is
 * @param model the model's name there
 * @param usage tokens
 */
public record Embeddings(List<float[]> vectors, String backend, Zone zone, String model, Usage usage) {

    /** Copies the list. */
    public Embeddings {
        vectors = List.copyOf(vectors);
    }
}
