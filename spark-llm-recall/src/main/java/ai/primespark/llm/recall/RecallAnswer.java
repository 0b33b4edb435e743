package ai.primespark.llm.recall;

import ai.primespark.llm.Source;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What recall says: one honest line, then passages with the place where they stand.
 *
 * @param text the whole answer
 * @param sources one a document, best first
 */
record RecallAnswer(String text, List<Source> sources) {

    static final String QUOTING =
            "No language model could answer. These passages are quoted from the stored documents:";

    private static final String HOW_TO_ADD =
            " Start a model server, or add documents (in Java: llm().documents(); to a server: --docs FOLDER).";

    static final String NOTHING_FITS =
            "No language model could answer, and nothing that is stored fits the question." + HOW_TO_ADD;

    static final String NOTHING_STORED =
            "No language model could answer, and no documents are stored to answer from." + HOW_TO_ADD;

    /** Passages that fit far worse than the best one are not worth quoting beside it. */
    private static final double WORTH_QUOTING = 0.5;

    private static final int PIECE_CHARS = 60;

    /** Less than this of a passage says nothing. */
    private static final int LEAST_CHARS = 120;

    static RecallAnswer of(List<Hit> hits, int mostChars) {
        StringBuilder text = new StringBuilder(QUOTING);
        Map<String, Source> sources = new LinkedHashMap<>();
        for (Hit hit : hits) {
            String place = "\n\u2014 " + hit.place();
            int room = mostChars - text.length() - place.length() - 2;
            boolean first = sources.isEmpty();
            if (hit.score() < WORTH_QUOTING * hits.get(0).score() || room < LEAST_CHARS && !first) {
                break;
            }
            String quoted = hit.text().length() <= room
                    ? hit.text()
                    : TextCutter.shorten(hit.text(), Math.max(room, LEAST_CHARS));
            text.append("\n\n").append(quoted).append(place);
            sources.putIfAbsent(hit.document(), new Source(hit.document(), hit.title(), hit.score()));
        }
        return new RecallAnswer(text.toString(), List.copyOf(sources.values()));
    }

    static RecallAnswer nothing(boolean anyDocuments) {
        return new RecallAnswer(anyDocuments ? NOTHING_FITS : NOTHING_STORED, List.of());
    }

    /**
     * The text as it is streamed.
     *
     * @return pieces that end after a word and together are the text
     */
    List<String> pieces() {
        List<String> pieces = new ArrayList<>();
        int start = 0;
        while (text.length() - start > PIECE_CHARS) {
            int end = TextCutter.wordEnd(text, start, PIECE_CHARS);
            pieces.add(text.substring(start, end));
            start = end;
        }
        pieces.add(text.substring(start));
        return pieces;
    }

    @Override
    public String toString() { // an answer is private data
        return "RecallAnswer[" + text.length() + " chars, " + sources.size() + " sources]";
    }
}
