package ai.primespark.llm.recall;

import ai.primespark.llm.DocumentIndex;
import ai.primespark.llm.Privacy;

/**
 * A passage that fits a question.
 *
 * @param document id of its document
 * @param title of its document
 * @param section the headings above it; may be empty
 * @param text the passage
 * @param number of the passage in its document
 * @param score how well it fits
 * @param privacy of its document
 */
record Hit(String document, String title, String section, String text, int number, double score, Privacy privacy) {

    /** Where it stands, in words. */
    String place() {
        String name = title.isBlank() ? document : title;
        return section.isEmpty() ? name : name + ", " + section;
    }

    DocumentIndex.Passage toPassage() {
        return new DocumentIndex.Passage(document, title, section, text, score, privacy);
    }

    @Override
    public String toString() { // the text is private data
        return "Hit[" + document + ", " + text.length() + " chars, score=" + score + "]";
    }
}
