package ai.primespark.testkit;

import ai.primespark.Zone;
import ai.primespark.llm.EmbedRequest;
import ai.primespark.llm.Embeddings;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.ModelInfo;
import ai.primespark.llm.Usage;
import ai.primespark.spi.BackendInfo;
import ai.primespark.spi.BackendStatus;
import ai.primespark.spi.CallLimits;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.LlmBackend;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An LLM backend without a server, which answers as a test says. Scripts that were queued by {@link #next} are used up one a
 * call; when there is none, each call plays the script of {@link #always}.
 *
 * <pre>{@code
 * ScriptedLlmBackend edge = new ScriptedLlmBackend("edge", Zone.EDGE);
 * edge.next(LlmScript.text("Hel").thenFail(LlmException.Kind.RESET));
 * edge.always(LlmScript.text("Hello", " world"));
 * }</pre>
 *
 * <p>A script says a whole answer. When the backend is {@link #resumable} and told to go on with a text, it plays what follows
 * that text in the script, and refuses when the script begins otherwise.
 *
 * <p>Thread-safe.
 */
public final class ScriptedLlmBackend implements LlmBackend {

    private final BackendInfo info;
    private final ScheduledThreadPoolExecutor scheduler;
    private final ExecutorService executor;
    private final Deque<LlmScript> queue = new ArrayDeque<>(); // guarded by itself
    private final List<LlmRequest> requests = new CopyOnWriteArrayList<>();
    private final Set<LlmCall> running = ConcurrentHashMap.newKeySet();
    private volatile LlmScript always = LlmScript.text("a scripted", " answer");
    private volatile List<ModelInfo> models = List.of();
    private volatile LlmException.@Nullable Kind down;
    private final List<String> resumed = new CopyOnWriteArrayList<>();
    private volatile boolean resumable;
    private volatile int cancelled;
    private volatile boolean closed;

    /**
     * Makes a backend that answers every call with the same short text.
     *
     * @param id the instance's id
     * @param zone where it says it is
     */
    public ScriptedLlmBackend(String id, Zone zone) {
        this(id, zone, false);
    }

    /**
     * Makes a backend that answers every call with the same short text.
     *
     * @param id the instance's id
     * @param zone where it says it is
     * @param lastResort whether it says that it answers without a model
     */
    public ScriptedLlmBackend(String id, Zone zone, boolean lastResort) {
        this.info = new BackendInfo(id, "scripted", zone, "", lastResort);
        ThreadFactory threads = work -> {
            Thread thread = new Thread(work, "testkit-scripted-" + id);
            thread.setDaemon(true);
            return thread;
        };
        this.scheduler = new ScheduledThreadPoolExecutor(1, threads);
        this.scheduler.setRemoveOnCancelPolicy(true);
        this.executor =
                new ThreadPoolExecutor(0, Integer.MAX_VALUE, 1, TimeUnit.SECONDS, new SynchronousQueue<>(), threads);
    }

    /**
     * Queues a script for one call.
     *
     * @param script what the call does
     */
    public void next(LlmScript script) {
        synchronized (queue) {
            queue.add(Objects.requireNonNull(script, "script"));
        }
    }

    /**
     * Sets the script for calls that find the queue empty.
     *
     * @param script what such calls do
     */
    public void always(LlmScript script) {
        always = Objects.requireNonNull(script, "script");
    }

    /**
     * Takes the backend down: calls, embeddings and status fail until {@link #up()}.
     *
     * @param kind how they fail
     */
    public void down(LlmException.Kind kind) {
        down = Objects.requireNonNull(kind, "kind");
    }

    /** Puts the backend up again. */
    public void up() {
        down = null;
    }

    /**
     * Sets what {@link #status} lists.
     *
     * @param offered the models
     */
    public void models(ModelInfo... offered) {
        models = List.of(offered);
    }

    /**
     * Sets whether the backend goes on with answers of others; it does not unless told so.
     *
     * @param able whether it does
     */
    public void resumable(boolean able) {
        resumable = able;
    }

    /**
     * The texts that the backend was told to go on with.
     *
     * @return oldest first
     */
    public List<String> resumed() {
        return List.copyOf(resumed);
    }

    /**
     * What was asked so far.
     *
     * @return oldest first
     */
    public List<LlmRequest> requests() {
        return List.copyOf(requests);
    }

    /**
     * How many calls are open now.
     *
     * @return calls that were opened and have not ended
     */
    public int running() {
        return running.size();
    }

    /**
     * How many calls ended before their script did: by being cancelled or by a limit.
     *
     * @return never decreases
     */
    public int cancelled() {
        return cancelled;
    }

    @Override
    public BackendInfo info() {
        return info;
    }

    @Override
    public CompletionStage<BackendStatus> status(Deadline deadline) {
        LlmException failure = failure();
        return failure != null
                ? CompletableFuture.failedFuture(failure)
                : CompletableFuture.completedFuture(new BackendStatus("scripted", models));
    }

    @Override
    public LlmCall open(LlmRequest request, CallLimits limits) {
        requests.add(Objects.requireNonNull(request, "request"));
        LlmException failure = failure();
        return play(request, failure == null ? script() : LlmScript.failing(failure.kind()), limits);
    }

    @Override
    public Optional<LlmCall> resume(LlmRequest request, String textSoFar, CallLimits limits) {
        if (!resumable) {
            return Optional.empty();
        }
        requests.add(Objects.requireNonNull(request, "request"));
        resumed.add(textSoFar);
        LlmException failure = failure();
        LlmScript rest = failure == null ? script().after(textSoFar) : LlmScript.failing(failure.kind());
        return Optional.of(play(request, rest == null ? LlmScript.failing(LlmException.Kind.REJECTED) : rest, limits));
    }

    private LlmCall play(LlmRequest request, LlmScript script, CallLimits limits) {
        ScriptedLlmCall call = new ScriptedLlmCall(this, request, script, limits, scheduler, executor);
        running.add(call);
        if (closed) {
            call.close(); // closed between the look above and here
        }
        return call;
    }

    /** Gives each text a vector of its length and its hash, so that equal texts have equal vectors. */
    @Override
    public CompletionStage<Embeddings> embed(EmbedRequest request, CallLimits limits) {
        LlmException failure = failure();
        if (failure != null) {
            return CompletableFuture.failedFuture(failure);
        }
        List<float[]> vectors = new ArrayList<>();
        request.inputs().forEach(text -> vectors.add(new float[] {text.length(), text.hashCode()}));
        return CompletableFuture.completedFuture(new Embeddings(
                vectors, info.id(), info.zone(), request.modelName().orElse("scripted"), Usage.NONE));
    }

    @Override
    public void close() {
        closed = true;
        running.forEach(LlmCall::close);
        scheduler.shutdownNow();
        // the executor stays, so that calls opened from now on can say that they fail; its threads end by themselves
    }

    @Override
    public String toString() {
        return "ScriptedLlmBackend[" + info.id() + ", " + info.zone() + "]";
    }

    void ended(LlmCall call, boolean early) {
        if (running.remove(call) && early) {
            synchronized (queue) {
                cancelled++;
            }
        }
    }

    private LlmScript script() {
        synchronized (queue) {
            LlmScript script = queue.poll();
            return script == null ? always : script;
        }
    }

    private @Nullable LlmException failure() {
        LlmException.Kind kind = closed ? LlmException.Kind.UNREACHABLE : down;
        return kind == null
                ? null
                : LlmException.builder(
                                kind,
                                info.id(),
                                "backend '" + info.id() + "' is " + (closed ? "closed" : "down in this test"))
                        .build();
    }
}
