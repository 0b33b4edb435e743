package ai.primespark.llm;

import java.util.Collection;
import java.util.List;

/**
 * Documents that can be searched: the ground that the last backend answers from, and retrieval for prompts. Thread-safe.
 */
public interface DocumentIndex {

    /**
     * Adds documents, replacing those of the same id. When it returns they are searchable, and durable if the index is on disk.
     *
     * @param documents the documents
     */
    void add(Collection<Document> documents);

    /**
     * Removes a document, if it is there.
     *
     * @param id the document's id
     */
    void remove(String id);

    /**
     * Finds the passages that fit a question best.
     *
     * @param question plain words; no query syntax
     * @param limit 1 to 100
     * @return best first; empty when nothing fits
     */
    List<Passage> search(String question, int limit);

    /**
     * How many documents there are.
     *
     * @return the number
     */
    long size();

    /**
     * A part of a document.
     *
     * @param document its id
     * @param title its title
     * @param section the headings above it, outermost first; empty when there are none
     * @param text the passage
     * @param score how well it fits; comparable within one search only
     * @param privacy how far it may travel
     */
    record Passage(String document, String title, String section, String text, double score, Privacy privacy) {

        @Override
        public String toString() { // the text is private data
            return "Passage[" + document + ", " + text.length() + " chars, score=" + score + "]";
        }
    }
}
