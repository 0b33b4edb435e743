package ai.primespark.core.llm;

import ai.primespark.TypeRef;
import ai.primespark.Zone;
import ai.primespark.core.llm.budget.Budgets;
import ai.primespark.core.llm.observe.CallReports;
import ai.primespark.core.llm.observe.CallWatch;
import ai.primespark.core.llm.observe.ObservedModels;
import ai.primespark.core.llm.observe.SteadyMeters;
import ai.primespark.core.llm.tools.ToolHost;
import ai.primespark.core.power.Thrift;
import ai.primespark.event.SparkEvent;
import ai.primespark.llm.BackendModels;
import ai.primespark.llm.Budget;
import ai.primespark.llm.DocumentIndex;
import ai.primespark.llm.EmbedRequest;
import ai.primespark.llm.Embeddings;
import ai.primespark.llm.Llm;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.LlmRun;
import ai.primespark.llm.LlmStats;
import ai.primespark.llm.ModelManager;
import ai.primespark.llm.RouteTrace;
import ai.primespark.llm.Toolbox;
import ai.primespark.power.PowerProfile;
import ai.primespark.spi.BackendInfo;
import ai.primespark.spi.CallLimits;
import ai.primespark.spi.LlmBackend;
import ai.primespark.spi.Meters;
import ai.primespark.spi.Settings;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The router. Opens calls that find their way over the backends by themselves; see {@link RouterCall}. Thread-safe.
 *
 * <p>{@link #close()} ends what is running; the backends belong to whoever made them.
 */
public final class LlmEngine implements Llm, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(LlmEngine.class);

    private final List<BackendHandle> backends;
    private final Budgets budgets;
    private final RouterContext context;
    private final Runs runs;
    private final Embedder embedder;
    private final ModelSurvey survey;
    private final StatusWatch watch;
    private final String idPrefix;
    private final AtomicLong lastId = new AtomicLong();
    private final DocumentWatch documentWatch = new DocumentWatch();
    private final @Nullable SharedAnswers shared;
    private final InstantSource clock;
    private final Consumer<SparkEvent> events;

    /**
     * Makes an engine; begins nothing.
     *
     * @param settings values of {@link LlmSettings#ALL}
     * @param given backends created and started, in the configured order
     * @param around what it works with
     * @throws IllegalArgumentException when two backends have one id, a setting by backend is no number, prices and budgets do not
     *     fit the backends, or the semantic cache is on without a model
     */
    public LlmEngine(Settings settings, List<LlmBackend> given, LlmEnvironment around) {
        InstantSource clock = around.clock();
        ExecutorService blocking = around.blocking();
        ScheduledExecutorService scheduler = around.scheduler();
        Meters meters = new SteadyMeters(around.meters());
        Thrift thrift = around.thrift();
        Supplier<PowerProfile> profile = thrift::profile;
        AnswerStore store = around.answers();
        Metering metering = around.metering();
        Consumer<SparkEvent> listener = around.listener();
        Consumer<SparkEvent> events = event -> tell(listener, event);
        this.clock = clock;
        this.events = events;
        List<Budget> limits = SpendingSettings.budgets(settings);
        this.budgets = new Budgets(
                limits, SpendingSettings.timeZone(settings), clock, metering.store(), meters, blocking, scheduler);
        this.backends = given.stream()
                .map(b -> new BackendHandle(
                        b,
                        settings,
                        clock,
                        meters,
                        events,
                        Expenses.of(b.info(), settings, budgets.of(b.info()), metering.energy(), meters),
                        () -> around.cutOff().apply(b.info().id())))
                .toList();
        SpendingChecks.check(limits, Prices.named(settings), backends);
        List<String> ids = distinctIds();
        ModelNames models = new ModelNames(
                settings.find(LlmSettings.DEFAULT_MODEL).orElse(null), settings.get(LlmSettings.ALIASES), ids);
        CandidateOrder order = new CandidateOrder(
                backends,
                settings.get(LlmSettings.STRATEGY),
                around.policy(),
                models,
                settings.get(LlmSettings.CLOUD_FALLBACK),
                thrift,
                System::nanoTime);
        ModelIdentity identity = new ModelIdentity(backends, models);
        boolean caching = settings.get(LlmSettings.CACHE_ENABLED);
        Duration life = settings.get(LlmSettings.CACHE_LIFE);
        this.shared = store != null && caching && settings.get(LlmSettings.CACHE_TIERS)
                ? new SharedAnswers(
                        store, settings.get(LlmSettings.CACHE_PATIENCE), AnswerCache.staleLife(life), blocking, meters)
                : null;
        Hedging hedging = new Hedging(
                settings.get(LlmSettings.HEDGE_ENABLED), settings.get(LlmSettings.HEDGE_MAX_SHARE), profile, meters);
        this.context = new RouterContext(
                new BackendInfo(RouterContext.ROUTER, RouterContext.ROUTER, Zone.EDGE, "", false),
                LlmSettings.limits(settings),
                settings.get(LlmSettings.RETRIES).intValue(),
                settings.get(LlmSettings.RETRY_BACKOFF),
                order,
                models,
                new SmallerModels(settings.get(LlmSettings.SMALLER_MODELS)),
                caching ? new AnswerCache(clock, life, documentWatch::changes, identity, shared) : null,
                SimilarAnswers.of(settings, order, identity, this::embedForComparing, blocking, clock, meters),
                settings.get(LlmSettings.QUEUE_WAIT),
                hedging,
                thrift,
                new Ledger(clock, meters, events),
                new CallReports(around.spans(), settings.get(LlmSettings.LOG_PROMPTS), clock, events),
                new RunningCalls(),
                scheduler,
                blocking);
        ToolHost tools = new ToolHost(scheduler, settings.get(LlmSettings.TOOLS_TIMEOUT), meters);
        this.runs = new Runs(context, settings.get(LlmSettings.RE_ASKS).intValue(), tools, this::open);
        this.embedder = new Embedder(context);
        this.survey = new ModelSurvey(backends, order::powerBarrier, blocking);
        this.watch = new StatusWatch(
                backends,
                (backend, privacy) -> order.barrier(backend, privacy) == null,
                settings.get(LlmSettings.STATUS_INTERVAL),
                thrift::stretch,
                clock,
                blocking,
                scheduler);
        // tells the requests of one run from those of the next
        this.idPrefix = around.nodeId()
                + '-'
                + Integer.toString(ThreadLocalRandom.current().nextInt(1 << 24), 36)
                + '-';
    }

    @Override
    public LlmCall open(LlmRequest request) {
        return open(request, context.limits());
    }

    @Override
    public <T> LlmRun<T> open(LlmRequest request, Toolbox toolbox, TypeRef<T> type) {
        requireOpen();
        RunCall<T> run = runs.open(request, toolbox, type);
        context.running().opened(run);
        return run;
    }

    /** The same within other limits. */
    LlmCall open(LlmRequest request, CallLimits limits) {
        Objects.requireNonNull(request, "request");
        requireOpen();
        context.ledger().begun();
        context.hedging().requested();
        watch.used(request.privacy());
        Duration timeout = request.timeout().orElse(limits.total());
        String model = RateBook.key(context.models().logical(request.model().orElse(null)));
        CallWatch report = context.reports().call(nextId(), model, request);
        RouterCall call = new RouterCall(context, request, report, limits.withTotalAtMost(timeout));
        context.running().opened(call);
        return call;
    }

    /**
     * {@inheritDoc}
     *
     * <p>Asks backends in the order of the configured strategy, each once. Does not appear in {@link #stats()} except for the
     * backends' own numbers.
     */
    @Override
    public Embeddings embed(EmbedRequest request) {
        Objects.requireNonNull(request, "request");
        requireOpen();
        return embedder.embed(request, nextId());
    }

    private Embeddings embedForComparing(EmbedRequest request) {
        return embedder.embed(request, nextId());
    }

    @Override
    public List<BackendModels> models() {
        return models(ModelSurvey.LIMIT);
    }

    /** The same for somebody who has less time. */
    List<BackendModels> models(Duration limit) {
        requireOpen();
        return survey.take(limit);
    }

    @Override
    public Optional<ModelManager> modelManager(String backend) {
        return handle(backend)
                .backend()
                .modelManager()
                .map(m -> new ObservedModels(m, backend, clock, events, context.thrift()::profile));
    }

    /**
     * Whether a backend answers without a model.
     *
     * @param backend its id
     * @return what it says of itself
     * @throws IllegalArgumentException when there is no such backend; the message lists those there are
     */
    public boolean isLastResort(String backend) {
        return handle(backend).lastResort();
    }

    @Override
    public Optional<DocumentIndex> documents() {
        for (BackendHandle handle : backends) {
            Optional<DocumentIndex> documents = handle.backend().documents();
            if (documents.isPresent()) {
                return documents.map(documentWatch::over);
            }
        }
        return Optional.empty();
    }

    @Override
    public LlmStats stats() {
        Ledger ledger = context.ledger();
        return new LlmStats(
                context.order().name(),
                backends.stream().map(BackendHandle::stats).toList(),
                ledger.requests(),
                ledger.cacheHits(),
                ledger.failovers(),
                context.hedging().count(),
                context.hedging().countWon(),
                ledger.recent(),
                budgets.stats());
    }

    /**
     * Says that networks came or went: attempts on backends that are cut off now end, and their calls go on elsewhere. Does not
     * wait.
     */
    public void reachabilityChanged() {
        backends.forEach(BackendHandle::endIfCutOff);
    }

    /**
     * Ends the running calls and saves what was spent; further ones are refused. Waits for answers on their way to the store, a
     * second at most, but not for calls; harmless when repeated.
     */
    @Override
    public void close() {
        watch.close();
        context.running().close();
        if (shared != null) {
            shared.close();
        }
        budgets.close();
    }

    /**
     * Where a request would go now, and what is expected of each backend; nobody is asked.
     *
     * @param request what would be asked
     * @return the backends that would be tried, best first
     */
    public List<RouteTrace.Candidate> decide(LlmRequest request) {
        Duration timeout = request.timeout().orElse(context.limits().total());
        return context.order().plan(request, timeout.toNanos()).candidates();
    }

    /** The parts that tests look into. */
    RouterContext context() {
        return context;
    }

    /** What is known about a backend. */
    BackendHandle handle(String id) {
        Objects.requireNonNull(id, "backend");
        for (BackendHandle handle : backends) {
            if (handle.id().equals(id)) {
                return handle;
            }
        }
        throw new IllegalArgumentException("there is no backend '" + id + "', there are "
                + backends.stream().map(BackendHandle::id).toList());
    }

    private List<String> distinctIds() {
        Set<String> seen = new HashSet<>();
        for (BackendHandle handle : backends) {
            if (!seen.add(handle.id())) {
                throw new IllegalArgumentException("two language model backends have the id '" + handle.id() + "'");
            }
        }
        return List.copyOf(seen);
    }

    private void requireOpen() {
        if (context.running().isClosed()) {
            throw new IllegalStateException("Prime Spark is closed");
        }
    }

    private String nextId() {
        return idPrefix + lastId.incrementAndGet();
    }

    private static void tell(Consumer<SparkEvent> events, SparkEvent event) {
        try {
            events.accept(event);
        } catch (RuntimeException e) { // a listener's fault must not end a call that has its answer
            log.warn("a listener failed on {}", event.getClass().getSimpleName(), e);
        }
    }
}
