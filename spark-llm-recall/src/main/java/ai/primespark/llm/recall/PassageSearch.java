package ai.primespark.llm.recall;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BlendedTermQuery;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;

/**
 * Finds passages: BM25 over text, headings and title proposes candidates, {@link Coverage} sorts out what shares only a common word
 * with the question, and what says the same as a better passage is left out.
 */
final class PassageSearch {

    private static final int CANDIDATES = 100;
    private static final float TEXT_BOOST = 1;
    private static final float SECTION_BOOST = 2;
    private static final float TITLE_BOOST = 1.5f;
    private static final float CONTEXT_BOOST = 0.2f;
    private static final float TIE_BREAKER = 0.3f;

    /** Share of its three-word sequences from which on a passage repeats another one. */
    private static final double SAME = 0.8;

    private static final int SEQUENCE = 3;

    private static final Comparator<Hit> BEST_FIRST = Comparator.comparingDouble(Hit::score)
            .reversed()
            .thenComparing(Hit::document)
            .thenComparingInt(Hit::number);

    private PassageSearch() {}

    static List<Hit> find(IndexSearcher searcher, Question question, int limit, double minCoverage) throws IOException {
        if (question.terms().isEmpty()) {
            return List.of();
        }
        ScoreDoc[] found =
                searcher.search(query(question, searcher.getIndexReader()), Math.max(CANDIDATES, 2 * limit)).scoreDocs;
        double[] coverage = Coverage.of(searcher.getIndexReader(), question.terms(), found);
        double needed = minCoverage * Coverage.expectation(question.terms().size());
        StoredFields stored = searcher.storedFields();
        List<Hit> hits = new ArrayList<>();
        for (int i = 0; i < found.length; i++) {
            if (coverage[i] >= needed) {
                hits.add(Schema.toHit(stored.document(found[i].doc), found[i].score * coverage[i]));
            }
        }
        hits.sort(BEST_FIRST);
        return distinct(hits, limit);
    }

    private static Query query(Question question, IndexReader reader) throws IOException {
        Query about = any(question.terms(), reader);
        if (question.context().isEmpty()) {
            return about;
        }
        return new BooleanQuery.Builder()
                .add(about, BooleanClause.Occur.MUST)
                .add(new BoostQuery(any(question.context(), reader), CONTEXT_BOOST), BooleanClause.Occur.SHOULD)
                .build();
    }

    private static Query any(List<String> terms, IndexReader reader) throws IOException {
        BooleanQuery.Builder any = new BooleanQuery.Builder();
        for (String term : terms) {
            // blended: a word that is rare in headings only is not a rare word
            BlendedTermQuery.Builder anywhere = new BlendedTermQuery.Builder()
                    .setRewriteMethod(new BlendedTermQuery.DisjunctionMaxRewrite(TIE_BREAKER));
            add(new Term(Schema.TEXT, term), TEXT_BOOST, reader, anywhere);
            add(new Term(Schema.SECTION, term), SECTION_BOOST, reader, anywhere);
            add(new Term(Schema.TITLE, term), TITLE_BOOST, reader, anywhere);
            any.add(anywhere.build(), BooleanClause.Occur.SHOULD);
        }
        return any.build();
    }

    private static void add(Term word, float boost, IndexReader reader, BlendedTermQuery.Builder words)
            throws IOException {
        if (reader.docFreq(word) > 0) { // blending fails for a field that no passage has
            words.add(word, boost);
        }
    }

    private static List<Hit> distinct(List<Hit> hits, int limit) {
        List<Hit> kept = new ArrayList<>();
        List<Set<String>> seen = new ArrayList<>();
        for (Hit hit : hits) {
            if (kept.size() == limit) {
                break;
            }
            Set<String> sequences = sequences(hit.text());
            if (seen.stream().noneMatch(other -> repeats(sequences, other))) {
                kept.add(hit);
                seen.add(sequences);
            }
        }
        return List.copyOf(kept);
    }

    private static boolean repeats(Set<String> one, Set<String> other) {
        Set<String> smaller = one.size() <= other.size() ? one : other;
        Set<String> larger = one.size() <= other.size() ? other : one;
        long shared = smaller.stream().filter(larger::contains).count();
        return shared >= SAME * smaller.size();
    }

    private static Set<String> sequences(String text) {
        String[] words = text.strip().split("\\s+");
        Set<String> sequences = new HashSet<>();
        for (int i = 0; i + SEQUENCE <= words.length; i++) {
            sequences.add(words[i] + ' ' + words[i + 1] + ' ' + words[i + 2]);
        }
        if (sequences.isEmpty()) {
            sequences.add(String.join(" ", words));
        }
        return sequences;
    }
}
