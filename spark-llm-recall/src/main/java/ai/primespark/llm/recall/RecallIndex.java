package ai.primespark.llm.recall;

import ai.primespark.llm.Document;
import ai.primespark.llm.DocumentIndex;
import ai.primespark.llm.LlmException;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The documents as applications see them. Changes run on the engine's executor, because an interrupt of the caller would otherwise close
 * the files that Lucene is writing.
 */
final class RecallIndex implements DocumentIndex {

    /** Far below what Lucene takes for a term, and far above what an id is. */
    private static final int ID_CHARS = 1_024;

    private static final int MOST_PASSAGES = 100;

    private final String backend;
    private final TextAnalysis analysis;
    private final double minCoverage;
    private final ExecutorService executor;
    private final Duration writeTimeout;
    private final AtomicReference<@Nullable IndexStore> store = new AtomicReference<>();

    RecallIndex(
            String backend,
            TextAnalysis analysis,
            double minCoverage,
            ExecutorService executor,
            Duration writeTimeout) {
        this.backend = backend;
        this.analysis = analysis;
        this.minCoverage = minCoverage;
        this.executor = executor;
        this.writeTimeout = writeTimeout;
    }

    void open(IndexPlace place) throws IOException {
        store.set(IndexStore.open(place, analysis));
    }

    boolean isOpen() {
        return store.get() != null;
    }

    void close() throws IOException {
        IndexStore open = store.getAndSet(null);
        if (open != null) {
            open.close();
        }
    }

    @Override
    public void add(Collection<Document> documents) {
        Map<String, Document> latest = new LinkedHashMap<>();
        for (Document document : documents) {
            Objects.requireNonNull(document, "document");
            if (document.id().length() > ID_CHARS) {
                throw new IllegalArgumentException("a document's id may have " + ID_CHARS + " characters, but one has "
                        + document.id().length());
            }
            latest.put(document.id(), document);
        }
        if (!latest.isEmpty()) {
            change(opened -> opened.put(latest.values()));
        }
    }

    @Override
    public void remove(String id) {
        Objects.requireNonNull(id, "id");
        if (id.length() <= ID_CHARS) {
            change(opened -> opened.remove(id));
        }
    }

    @Override
    public List<Passage> search(String question, int limit) {
        if (limit < 1 || limit > MOST_PASSAGES) {
            throw new IllegalArgumentException("limit must be 1 to " + MOST_PASSAGES + ", but is " + limit);
        }
        return find(Question.of(question, analysis), limit).stream()
                .map(Hit::toPassage)
                .toList();
    }

    @Override
    public long size() {
        try {
            return opened().size();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    List<Hit> find(Question question, int limit) {
        try {
            return opened().find(question, limit, minCoverage);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private void change(Change change) {
        IndexStore opened = opened();
        Future<?> running = submit(() -> {
            change.to(opened);
            return null;
        });
        try {
            running.get(writeTimeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw failed(e.getCause() == null ? e : e.getCause());
        } catch (TimeoutException e) {
            running.cancel(false); // what has not begun never will; what has begun must not be interrupted
            throw failure(
                    LlmException.Kind.TIMEOUT,
                    "changing the documents of '" + backend + "' took longer than write-timeout, " + writeTimeout
                            + "; the change may still happen",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure(
                    LlmException.Kind.CANCELLED,
                    "interrupted while the documents of '" + backend + "' were changed; the change may still happen",
                    e);
        }
    }

    private Future<?> submit(java.util.concurrent.Callable<?> work) {
        try {
            return executor.submit(work);
        } catch (RejectedExecutionException e) {
            throw failure(
                    LlmException.Kind.OVERLOADED,
                    "the documents of '" + backend + "' were not changed: no thread is free, or the engine is closing",
                    e);
        }
    }

    private IndexStore opened() {
        IndexStore opened = store.get();
        if (opened == null) {
            throw new IllegalStateException(
                    "the documents of '" + backend + "' are not open: it was closed, or not started");
        }
        return opened;
    }

    private LlmException failed(Throwable cause) {
        return failure(
                LlmException.Kind.SERVER_ERROR,
                cause instanceof IndexException
                        ? String.valueOf(cause.getMessage())
                        : "the recall index failed: " + cause,
                cause);
    }

    private LlmException failure(LlmException.Kind kind, String message, Throwable cause) {
        return LlmException.builder(kind, backend, message).cause(cause).build();
    }

    @Override
    public String toString() {
        return "RecallIndex[" + backend + (isOpen() ? "" : ", closed") + "]";
    }

    private interface Change {
        void to(IndexStore store) throws IOException;
    }
}
