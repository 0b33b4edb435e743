package ai.primespark.llm;

/**
 * A place that an answer quotes.
 *
 * @param document id of the document
 * @param title of the document
 * @param score how well it fits; comparable within one answer only
 */
public record Source(String document, String title, double score) {}
