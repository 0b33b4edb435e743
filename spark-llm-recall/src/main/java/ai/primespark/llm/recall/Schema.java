package ai.primespark.llm.recall;

import ai.primespark.llm.Document;
import ai.primespark.llm.Privacy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.IndexableField;
import org.apache.lucene.index.Term;
import org.apache.lucene.util.BytesRef;

/**
 * How documents lie in the index: one record that holds the hash of what was added, followed by its passages. All of them name their
 * document in {@link #OWNER}, so that they are replaced together.
 */
final class Schema {

    /** Changes when indexes of older versions cannot be read any more. */
    static final String FORMAT = "1";

    static final String TITLE = "title";
    static final String SECTION = "section";
    static final String TEXT = "text";

    private static final String OWNER = "owner";
    private static final String RECORD = "record";
    private static final String KIND = "kind";
    private static final String HASH = "hash";
    private static final String NUMBER = "number";
    private static final String PRIVACY = "privacy";

    private static final Term ALL_RECORDS = new Term(KIND, RECORD);

    private Schema() {}

    static Term owner(String id) {
        return new Term(OWNER, id);
    }

    static Term record(String id) {
        return new Term(RECORD, id);
    }

    static Term allRecords() {
        return ALL_RECORDS;
    }

    static List<Iterable<? extends IndexableField>> toLucene(Document document) {
        List<Iterable<? extends IndexableField>> block = new ArrayList<>();
        block.add(List.of(
                new StringField(OWNER, document.id(), Field.Store.NO),
                new StringField(RECORD, document.id(), Field.Store.NO),
                new StringField(KIND, RECORD, Field.Store.NO),
                new StoredField(HASH, hash(document))));
        int number = 0;
        for (Excerpt excerpt : PassageSplitter.split(document.title(), document.text())) {
            block.add(List.of(
                    new StringField(OWNER, document.id(), Field.Store.YES),
                    new TextField(TITLE, document.title(), Field.Store.YES),
                    new TextField(SECTION, excerpt.section(), Field.Store.YES),
                    new TextField(TEXT, excerpt.text(), Field.Store.YES),
                    new StoredField(NUMBER, number++),
                    new StoredField(PRIVACY, document.privacy().name())));
        }
        return block;
    }

    static Hit toHit(org.apache.lucene.document.Document passage, double score) {
        return new Hit(
                passage.get(OWNER),
                passage.get(TITLE),
                passage.get(SECTION),
                passage.get(TEXT),
                passage.getField(NUMBER).numericValue().intValue(),
                score,
                Privacy.valueOf(passage.get(PRIVACY)));
    }

    static boolean isUnchanged(org.apache.lucene.document.Document record, Document document) {
        return new BytesRef(hash(document)).bytesEquals(record.getBinaryValue(HASH));
    }

    private static byte[] hash(Document document) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update((byte) PassageSplitter.VERSION);
            for (String part : List.of(document.privacy().name(), document.title(), document.text())) {
                byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
                digest.update(
                        ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
                digest.update(bytes);
            }
            return digest.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
