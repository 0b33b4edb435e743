package ai.primespark.llm.recall;

/**
 * A piece of a Markdown text that belongs together.
 *
 * @param kind what it is
 * @param level of a heading, 1 to 6; 0 otherwise
 * @param text without surrounding blank lines; for a heading its words only
 */
record Block(Kind kind, int level, String text) {

    enum Kind {
        HEADING,
        /** A paragraph, list or quotation: may be split between sentences. */
        PROSE,
        /** A fenced code block, fences included. */
        CODE,
        TABLE
    }

    @Override
    public String toString() { // the text is private data
        return "Block[" + kind + ", " + text.length() + " chars]";
    }
}
