package ai.primespark.llm.recall;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.CharArraySet;
import org.apache.lucene.analysis.LowerCaseFilter;
import org.apache.lucene.analysis.StopFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.charfilter.MappingCharFilter;
import org.apache.lucene.analysis.charfilter.NormalizeCharMap;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.analysis.en.EnglishPossessiveFilter;
import org.apache.lucene.analysis.en.PorterStemFilter;
import org.apache.lucene.analysis.miscellaneous.ASCIIFoldingFilter;
import org.apache.lucene.analysis.standard.StandardTokenizer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;

/** Turns texts and questions into the words that are compared. Thread-safe. */
final class TextAnalysis implements AutoCloseable {

    /** A longer question is a pasted text; its beginning says enough. */
    private static final int QUESTION_CHARS = 8_000;

    private static final int QUESTION_TERMS = 64;

    /** Names such as {@code EDGE_ONLY} and {@code llm.limits} consist of words that people ask for one by one. */
    private static final NormalizeCharMap SEPARATORS = separators();

    /** What a question is made of whatever it is about. Beyond Lucene's own list, which holds articles and prepositions. */
    private static final CharArraySet QUESTION_WORDS = questionWords("""
            i me my we us our you your he him his she her them what which who whom whose when where why how do does did
            doing done don't doesn't didn't can can't cannot could couldn't should shouldn't would wouldn't shall may might
            must has have haven't hasn't had having am isn't aren't been being were wasn't won't i'm i've from than so too
            very just about after before between against any some all much many more most other also only same up out here
            please tell explain describe give show want need know like get gets got go goes going come comes make makes made
            happen happens happened use uses used using work works working mean means let find thing things way ways possible
            exactly really actually exist exists called say says long often far good best""");

    private final Language language;
    private final Analyzer indexing;
    private final Analyzer asking;

    TextAnalysis(Language language) {
        this.language = language;
        this.indexing = new WordAnalyzer(language, EnglishAnalyzer.ENGLISH_STOP_WORDS_SET);
        this.asking = new WordAnalyzer(language, QUESTION_WORDS);
    }

    Language language() {
        return language;
    }

    Analyzer indexing() {
        return indexing;
    }

    /**
     * The words of a question that say what it is about.
     *
     * @param question any text
     * @return distinct, in the question's order, at most 64
     */
    List<String> terms(String question) {
        Set<String> terms = new LinkedHashSet<>();
        String text = question.substring(0, Math.min(question.length(), QUESTION_CHARS));
        try (TokenStream stream = asking.tokenStream("question", text)) {
            CharTermAttribute term = stream.addAttribute(CharTermAttribute.class);
            stream.reset();
            while (terms.size() < QUESTION_TERMS && stream.incrementToken()) {
                terms.add(term.toString());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e); // reading a string does not fail
        }
        return List.copyOf(terms);
    }

    @Override
    public void close() {
        indexing.close();
        asking.close();
    }

    private static CharArraySet questionWords(String words) {
        CharArraySet all = new CharArraySet(List.of(words.split("\\s+")), true);
        all.addAll(EnglishAnalyzer.ENGLISH_STOP_WORDS_SET);
        return CharArraySet.unmodifiableSet(all);
    }

    private static NormalizeCharMap separators() {
        NormalizeCharMap.Builder map = new NormalizeCharMap.Builder();
        map.add("_", " ");
        map.add(".", " ");
        map.add(":", " ");
        map.add("\u2019", "'");
        return map.build();
    }

    private static final class WordAnalyzer extends Analyzer {

        private final Language language;
        private final CharArraySet stopWords;

        WordAnalyzer(Language language, CharArraySet stopWords) {
            this.language = language;
            this.stopWords = stopWords;
        }

        @Override
        protected Reader initReader(String fieldName, Reader reader) {
            return new MappingCharFilter(SEPARATORS, reader);
        }

        @Override
        protected TokenStreamComponents createComponents(String fieldName) {
            Tokenizer words = new StandardTokenizer();
            if (language == Language.STANDARD) {
                return new TokenStreamComponents(words, new ASCIIFoldingFilter(new LowerCaseFilter(words)));
            }
            TokenStream folded = new ASCIIFoldingFilter(new LowerCaseFilter(new EnglishPossessiveFilter(words)));
            return new TokenStreamComponents(words, new PorterStemFilter(new StopFilter(folded, stopWords)));
        }
    }
}
