package ai.primespark.llm.recall;

/**
 * A passage of one document, before it is indexed.
 *
 * @param section the headings above it, outermost first, joined by {@code " > "}; empty when there are none
 * @param text never blank
 */
record Excerpt(String section, String text) {

    @Override
    public String toString() { // the text is private data
        return "Excerpt[" + text.length() + " chars]";
    }
}
