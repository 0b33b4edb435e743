package ai.primespark.llm;

import java.util.Objects;

/**
 * A text that answers may be recalled from.
 *
 * @param id unique; adding the same id again replaces the document
 * @param title what sources are called
 * @param text plain text or Markdown
 * @param privacy how far its content may travel; recall answers on this machine in any case
 */
public record Document(String id, String title, String text, Privacy privacy) {

    /** Refuses nulls and an empty id. */
    public Document {
        Objects.requireNonNull(title, "title");
        Objects.requireNonNull(text, "text");
        Objects.requireNonNull(privacy, "privacy");
        if (id.isBlank()) {
            throw new IllegalArgumentException("a document needs an id");
        }
    }

    /**
     * A document that stays on the edge.
     *
     * @param id unique
     * @param title what sources are called
     * @param text plain text or Markdown
     * @return the document
     */
    public static Document of(String id, String title, String text) {
        return new Document(id, title, text, Privacy.EDGE_ONLY);
    }

    @Override
    public String toString() { // the text is private data
        return "Document[" + id + ", " + title + ", " + text.length() + " chars]";
    }
}
