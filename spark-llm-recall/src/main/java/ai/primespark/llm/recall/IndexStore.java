package ai.primespark.llm.recall;

import ai.primespark.llm.Document;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.index.SerialMergeScheduler;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.TopDocs;
import org.apache.lucene.store.Directory;
import org.apache.lucene.util.IOUtils;
import org.jspecify.annotations.Nullable;

/**
 * The index itself. Every change is one commit, so that it is there as a whole or not at all, whatever happens to the process. Readers see
 * commits only. Thread-safe; changes must not run on a thread that may be interrupted, because that closes Lucene's files.
 */
final class IndexStore implements AutoCloseable {

    private static final String LANGUAGE = "prime-spark-language";
    private static final String FORMAT = "prime-spark-format";
    private static final double BUFFER_MB = 16;
    private static final long CLOSE_SECONDS = 5;

    private final IndexPlace place;
    private final Directory directory;
    private final TextAnalysis analysis;
    private final SearcherManager searchers;
    private final ReentrantLock writing = new ReentrantLock();
    private @Nullable IndexWriter writer; // guarded by writing; null after a failure and after close
    private volatile boolean closed;

    private IndexStore(
            IndexPlace place,
            Directory directory,
            TextAnalysis analysis,
            IndexWriter writer,
            SearcherManager searchers) {
        this.place = place;
        this.directory = directory;
        this.analysis = analysis;
        this.writer = writer;
        this.searchers = searchers;
    }

    static IndexStore open(IndexPlace place, TextAnalysis analysis) throws IOException {
        return open(place, place.open(), analysis);
    }

    /** Takes over the directory. */
    static IndexStore open(IndexPlace place, Directory directory, TextAnalysis analysis) throws IOException {
        IndexWriter writer = null;
        try {
            writer = newWriter(directory, analysis);
            if (!DirectoryReader.indexExists(directory)) {
                writer.setLiveCommitData(Map.of(
                                FORMAT,
                                Schema.FORMAT,
                                LANGUAGE,
                                analysis.language().name())
                        .entrySet());
                writer.commit();
            }
            SearcherManager searchers = new SearcherManager(directory, null);
            IndexStore store = new IndexStore(place, directory, analysis, writer, searchers);
            store.checkKind();
            return store;
        } catch (IOException e) {
            abandon(writer, directory, e);
            throw place.explain(e);
        } catch (RuntimeException | Error e) {
            abandon(writer, directory, e);
            throw e;
        }
    }

    private static IndexWriter newWriter(Directory directory, TextAnalysis analysis) throws IOException {
        return new IndexWriter(
                directory,
                new IndexWriterConfig(analysis.indexing())
                        .setOpenMode(IndexWriterConfig.OpenMode.CREATE_OR_APPEND)
                        .setMergeScheduler(new SerialMergeScheduler()) // no threads of its own
                        .setRAMBufferSizeMB(BUFFER_MB)
                        .setCommitOnClose(false));
    }

    private static void abandon(@Nullable IndexWriter writer, Directory directory, Throwable why) {
        try {
            if (writer != null) {
                writer.rollback();
            }
        } catch (IOException | RuntimeException e) {
            why.addSuppressed(e);
        } finally {
            IOUtils.closeWhileHandlingException(directory);
        }
    }

    private void checkKind() throws IOException {
        Map<String, String> data = SegmentInfos.readLatestCommit(directory).getUserData();
        String language = data.get(LANGUAGE);
        String wanted = analysis.language().name();
        if (!Schema.FORMAT.equals(data.get(FORMAT)) || language == null) {
            searchers.close();
            throw place.otherwise("was made by something else, or by a newer version; set another path");
        }
        if (!language.equals(wanted)) {
            searchers.close();
            throw place.otherwise("was made with language = " + lower(language) + ", but language = " + lower(wanted)
                    + " is set; set it back, or set another path and add the documents again");
        }
    }

    private static String lower(String name) {
        return name.toLowerCase(java.util.Locale.ROOT);
    }

    /** Adds or replaces documents, all or none. Those that are there already, unchanged, are left alone. */
    void put(Collection<Document> documents) throws IOException {
        change(target -> {
            boolean changed = false;
            for (Document document : documents) {
                if (!holds(document)) {
                    target.updateDocuments(Schema.owner(document.id()), Schema.toLucene(document));
                    changed = true;
                }
            }
            return changed;
        });
    }

    void remove(String id) throws IOException {
        change(target -> {
            if (read(searcher -> searcher.count(new TermQuery(Schema.record(id)))) == 0) {
                return false;
            }
            target.deleteDocuments(Schema.owner(id));
            return true;
        });
    }

    long size() throws IOException {
        return read(searcher -> searcher.count(new TermQuery(Schema.allRecords())));
    }

    List<Hit> find(Question question, int limit, double minCoverage) throws IOException {
        return read(searcher -> PassageSearch.find(searcher, question, limit, minCoverage));
    }

    private boolean holds(Document document) throws IOException {
        return read(searcher -> {
            TopDocs found = searcher.search(new TermQuery(Schema.record(document.id())), 1);
            return found.scoreDocs.length > 0
                    && Schema.isUnchanged(searcher.storedFields().document(found.scoreDocs[0].doc), document);
        });
    }

    private <T> T read(Reading<T> reading) throws IOException {
        IndexSearcher searcher = searchers.acquire();
        try {
            return reading.with(searcher);
        } catch (IOException e) {
            throw place.explain(e);
        } finally {
            searchers.release(searcher);
        }
    }

    private void change(Change change) throws IOException {
        writing.lock();
        try {
            if (closed) {
                throw place.otherwise("is closed");
            }
            if (writer == null) {
                writer = newWriter(directory, analysis);
            }
            if (change.to(writer)) {
                writer.commit();
                searchers.maybeRefreshBlocking();
            }
        } catch (IOException e) {
            undo(e);
            throw place.explain(e);
        } catch (RuntimeException | Error e) {
            undo(e);
            throw e;
        } finally {
            releaseIfClosed();
            writing.unlock();
        }
    }

    /** Forgets what was not committed. The next change begins with a new writer. */
    private void undo(Throwable why) {
        IndexWriter failed = writer;
        writer = null;
        try {
            if (failed != null) {
                failed.rollback();
            }
        } catch (IOException | RuntimeException e) {
            why.addSuppressed(e);
        }
    }

    /** Waits a few seconds for a change that is running; one that takes longer closes the index when it ends. */
    @Override
    public void close() throws IOException {
        closed = true;
        if (!lockForClosing()) {
            throw place.otherwise("is still being written; it is closed as soon as that ends");
        }
        try {
            releaseIfClosed();
        } finally {
            writing.unlock();
        }
    }

    private boolean lockForClosing() {
        try {
            return writing.tryLock(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return writing.tryLock();
        }
    }

    private void releaseIfClosed() throws IOException {
        if (closed) {
            IndexWriter open = writer;
            writer = null;
            try {
                if (open != null) {
                    open.rollback(); // everything that was acknowledged is committed
                }
            } finally {
                IOUtils.close(searchers, directory);
            }
        }
    }

    private interface Reading<T> {
        T with(IndexSearcher searcher) throws IOException;
    }

    private interface Change {
        /** Says whether there is anything to commit. */
        boolean to(IndexWriter writer) throws IOException;
    }
}
