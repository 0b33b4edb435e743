package ai.primespark.core.llm;

import ai.primespark.llm.Document;
import ai.primespark.llm.DocumentIndex;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Counts changes of the documents, so that nothing recalled from older ones is given again. Thread-safe. */
final class DocumentWatch {

    private final AtomicLong changes = new AtomicLong();

    long changes() {
        return changes.get();
    }

    DocumentIndex over(DocumentIndex index) {
        return new Watched(index, changes);
    }

    private record Watched(DocumentIndex index, AtomicLong changes) implements DocumentIndex {

        @Override
        public void add(Collection<Document> documents) {
            try {
                index.add(documents);
            } finally {
                changes.incrementAndGet(); // also when it failed: some may have got in
            }
        }

        @Override
        public void remove(String id) {
            try {
                index.remove(id);
            } finally {
                changes.incrementAndGet();
            }
        }

        @Override
        public List<Passage> search(String question, int limit) {
            return index.search(question, limit);
        }

        @Override
        public long size() {
            return index.size();
        }
    }
}
