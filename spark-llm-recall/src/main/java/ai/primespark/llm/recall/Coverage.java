package ai.primespark.llm.recall;

import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.ScoreDoc;

/**
 * How much of a question a passage speaks of: the weight of the question's terms that occur in its text, headings or title, as a share
 * of the weight of all its terms. A term weighs the more the fewer passages have it, and most when none has it: so a question about
 * something unknown is not covered by passages that merely share its common words. Unlike a BM25 score, the share means the same in every
 * index.
 */
final class Coverage {

    private static final String[] FIELDS = {Schema.TEXT, Schema.SECTION, Schema.TITLE};

    /** Up to this many terms, a passage is expected to speak of all of them alike. */
    private static final double FEW_TERMS = 8;

    private Coverage() {}

    /**
     * What a long question can expect: no passage speaks of everything in a pasted page.
     *
     * @param terms how many terms the question has
     * @return 1 for few terms, and less the more there are
     */
    static double expectation(int terms) {
        return Math.sqrt(FEW_TERMS / Math.max(FEW_TERMS, terms));
    }

    /**
     * Measures passages.
     *
     * @param reader the index
     * @param terms of the question; at least one
     * @param found the passages
     * @return a share from 0 to 1 for each passage, in their order
     * @throws IOException when the index cannot be read
     */
    static double[] of(IndexReader reader, List<String> terms, ScoreDoc[] found) throws IOException {
        Integer[] order = new Integer[found.length]; // postings can only be read forwards
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, Comparator.comparingInt(i -> found[i].doc));
        double[] covered = new double[found.length];
        double total = 0;
        for (String term : terms) {
            double weight = weight(reader, term);
            total += weight;
            for (int i : having(reader, term, found, order)) {
                covered[i] += weight;
            }
        }
        for (int i = 0; i < covered.length; i++) {
            covered[i] /= total;
        }
        return covered;
    }

    private static double weight(IndexReader reader, String term) throws IOException {
        int passages = reader.getDocCount(Schema.TEXT);
        int having = 0;
        for (String field : FIELDS) {
            having = Math.max(having, reader.docFreq(new Term(field, term)));
        }
        return 1 + Math.log((passages + 1.0) / (having + 1.0));
    }

    private static int[] having(IndexReader reader, String term, ScoreDoc[] found, Integer[] order) throws IOException {
        boolean[] has = new boolean[found.length];
        for (String field : FIELDS) {
            int leaf = -1;
            PostingsEnum postings = null;
            for (int i : order) {
                int owner = ReaderUtil.subIndex(found[i].doc, reader.leaves());
                LeafReaderContext context = reader.leaves().get(owner);
                if (owner != leaf) {
                    leaf = owner;
                    postings = context.reader().postings(new Term(field, term), PostingsEnum.NONE);
                }
                int doc = found[i].doc - context.docBase;
                if (postings != null && postings.docID() < doc) {
                    postings.advance(doc);
                }
                has[i] |= postings != null && postings.docID() == doc;
            }
        }
        return java.util.stream.IntStream.range(0, has.length)
                .filter(i -> has[i])
                .toArray();
    }
}
