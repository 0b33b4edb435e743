package ai.primespark.core.llm;

import ai.primespark.Zone;
import ai.primespark.core.llm.budget.BudgetAccount;
import ai.primespark.core.power.Thrift;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.RouteTrace;
import ai.primespark.llm.RoutingPolicy;
import ai.primespark.llm.RoutingStrategy;
import ai.primespark.power.PowerProfile;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides which backends a request may go to, and in which order. Thread-safe.
 *
 * <p>What is not allowed is taken out before a strategy or policy sees it, and asked for again by {@link #barrier} before each
 * attempt. Backends of last resort come last, whatever a strategy or policy says.
 */
final class CandidateOrder {

    static final String CIRCUIT_OPEN = "the circuit is open after too many failures";

    private static final String ONLY_EDGE = "power management allows only the edge now";

    private static final String ONLY_EDGE_YET =
            "power management allows only the edge until it is measured that the network takes less";

    private static final Logger log = LoggerFactory.getLogger(CandidateOrder.class);

    private final List<BackendHandle> configured;
    private final List<Choice> nearestFirst;
    private final List<Choice> farthestFirst;
    private final List<Choice> asConfigured;
    private final RoutingStrategy strategy;
    private final @Nullable RoutingPolicy policy;
    private final ModelNames models;
    private final boolean cloudFallback;
    private final Thrift thrift;
    private final LongSupplier nanoTime;
    private final AtomicBoolean policyFailed = new AtomicBoolean();

    CandidateOrder(
            List<BackendHandle> backends,
            RoutingStrategy strategy,
            @Nullable RoutingPolicy policy,
            ModelNames models,
            boolean cloudFallback,
            Thrift thrift,
            LongSupplier nanoTime) {
        this.configured = List.copyOf(backends);
        Comparator<BackendHandle> byZone = Comparator.comparing(BackendHandle::zone);
        this.nearestFirst = choices(byZone, "nearest zone first: ");
        this.farthestFirst = choices(byZone.reversed(), "farthest zone first: ");
        this.asConfigured = choices(Comparator.comparing(BackendHandle::lastResort), "edge only: ");
        this.strategy = strategy;
        this.policy = policy;
        this.models = models;
        this.cloudFallback = cloudFallback;
        this.thrift = thrift;
        this.nanoTime = nanoTime;
    }

    /** Whether there is a backend that answers without a model. */
    boolean hasLastResort() {
        return configured.stream().anyMatch(BackendHandle::lastResort);
    }

    /** The name of what is configured. */
    String name() {
        return policy == null ? name(strategy) : name(policy);
    }

    /**
     * The backends that a request may go to now. Takes no lock and asks nobody.
     *
     * @param remaining nanoseconds until the request's deadline
     */
    Plan plan(LlmRequest request, long remaining) {
        RoutingStrategy asked = request.strategy().orElse(null);
        String logical = models.logical(request.model().orElse(null));
        Asked what = new Asked(request.privacy(), request.urgent(), logical, Workload.of(request), remaining);
        if (policy != null && asked == null) {
            return byPolicy(policy, request, what);
        }
        return plan(what, asked == null ? strategy : asked);
    }

    /** The same by the configured strategy, for what is no {@link LlmRequest}. */
    Plan plan(Privacy privacy, String logicalModel) {
        return plan(new Asked(privacy, false, logicalModel, Workload.NONE, Long.MAX_VALUE), strategy);
    }

    /** What matters of a request. */
    private record Asked(Privacy privacy, boolean urgent, String model, Workload work, long remaining) {}

    private Plan plan(Asked what, RoutingStrategy by) {
        List<Choice> base = switch (by) {
            case EDGE_FIRST -> nearestFirst;
            case CLOUD_FIRST -> farthestFirst;
            case BALANCED, EDGE_ONLY -> asConfigured;
        };
        long now = nanoTime.getAsLong();
        List<Choice> allowed = new ArrayList<>(base.size());
        List<RouteTrace.Skipped> skipped = new ArrayList<>(2);
        for (Choice choice : base) {
            BackendHandle backend = choice.backend();
            String barrier = barrier(backend, what.privacy(), by, what.urgent());
            if (barrier == null && backend.isCircuitBlocking()) {
                barrier = CIRCUIT_OPEN;
            }
            if (barrier == null) {
                BudgetAccount.Block spent = backend.expenses().block();
                barrier = spent == null ? null : spent.reason();
            }
            if (barrier == null) {
                Forecast forecast = backend.forecast(models.on(backend.id(), what.model()), what.work(), now);
                allowed.add(new Choice(backend, choice.reason(), forecast));
            } else {
                skipped.add(skip(backend, barrier));
            }
        }
        List<Choice> order = by == RoutingStrategy.BALANCED ? Balance.order(allowed, what.remaining()) : allowed;
        if (thrift.cheapest()) {
            order = order.stream()
                    .sorted(Comparator.comparing(
                                    (Choice choice) -> choice.backend().lastResort())
                            .thenComparingDouble(choice -> joules(choice.backend())))
                    .toList();
        }
        return new Plan(name(by), order, skipped);
    }

    private static RouteTrace.Skipped skip(BackendHandle backend, String reason) {
        return new RouteTrace.Skipped(backend.id(), backend.zone(), reason);
    }

    /** Why a request must not go to a backend now; null when it may. */
    @Nullable
    String barrier(BackendHandle backend, LlmRequest request) {
        return barrier(backend, request.privacy(), strategyOf(request), request.urgent());
    }

    /** The same for what is no {@link LlmRequest}. */
    @Nullable
    String barrier(BackendHandle backend, Privacy privacy) {
        return barrier(backend, privacy, strategy, false);
    }

    /** Why nothing at all is sent to a backend for the sake of power, not even a question how it is; null when it may be. */
    @Nullable
    String powerBarrier(BackendHandle backend) {
        if (backend.zone() == Zone.EDGE) {
            return null;
        }
        if (thrift.cheapest() && !isNetworkCheaper()) {
            return ONLY_EDGE_YET;
        }
        return thrift.edgeOnly() ? ONLY_EDGE : null;
    }

    /** What a token of a backend takes out of this machine's battery; what was not measured is taken for nothing. */
    private double joules(BackendHandle backend) {
        return backend.expenses().energy() == null
                ? thrift.networkJoules()
                : backend.expenses().joulesPerToken();
    }

    /** Whether it was measured that answering on this machine takes more than the network would. */
    private boolean isNetworkCheaper() {
        return configured.stream().anyMatch(backend -> joules(backend) > thrift.networkJoules());
    }

    /**
     * When only budgets keep a request from every backend with a model: the one whose next period is soonest to begin.
     *
     * @return null when a backend may be asked, or there is another reason why not
     */
    BudgetAccount.@Nullable Block onlyBudgets(LlmRequest request) {
        return onlyBudgets(backend -> barrier(backend, request));
    }

    /** The same for what is no {@link LlmRequest}. */
    BudgetAccount.@Nullable Block onlyBudgets(Privacy privacy) {
        return onlyBudgets(backend -> barrier(backend, privacy));
    }

    private BudgetAccount.@Nullable Block onlyBudgets(Function<BackendHandle, @Nullable String> barriers) {
        BudgetAccount.Block soonest = null;
        for (BackendHandle backend : configured) {
            if (backend.lastResort() || barriers.apply(backend) != null) {
                continue;
            }
            BudgetAccount.Block block = backend.expenses().block();
            if (block == null) {
                return null;
            }
            if (soonest == null || block.lasts() < soonest.lasts()) {
                soonest = block;
            }
        }
        return soonest;
    }

    /** How far a request and its answer may travel by what is set for good: its privacy, the strategy, and cloud-fallback. */
    Privacy reach(LlmRequest request) {
        boolean near = strategyOf(request) == RoutingStrategy.EDGE_ONLY || !cloudFallback;
        return near ? Privacy.EDGE_ONLY : request.privacy();
    }

    /** By which strategy a request is routed; null when the application's policy decides. */
    private @Nullable RoutingStrategy strategyOf(LlmRequest request) {
        return request.strategy().orElse(policy == null ? strategy : null);
    }

    private @Nullable String barrier(
            BackendHandle backend, Privacy privacy, @Nullable RoutingStrategy by, boolean urgent) {
        Zone zone = backend.zone();
        if (!privacy.allows(zone)) {
            return "privacy " + privacy + " does not allow zone " + zone;
        }
        String cutOff = backend.cutOff();
        if (cutOff != null) {
            return cutOff;
        }
        PowerProfile power = backend.lastResort() ? PowerProfile.FULL : thrift.profile();
        if (power.isAtLeast(urgent ? PowerProfile.SHUTDOWN : PowerProfile.CRITICAL)) {
            return "the power profile is " + power + ": only the cache and backends without a model answer now";
        }
        if (zone == Zone.EDGE) {
            return null;
        }
        if (by == RoutingStrategy.EDGE_ONLY) {
            return "the strategy is edge-only";
        }
        if (!cloudFallback) {
            return "cloud-fallback is off";
        }
        return powerBarrier(backend);
    }

    private Plan byPolicy(RoutingPolicy application, LlmRequest request, Asked what) {
        Plan usual = plan(what, RoutingStrategy.EDGE_FIRST);
        List<Choice> allowed = usual.choices();
        List<RoutingPolicy.Candidate> candidates = new ArrayList<>(allowed.size());
        for (BackendHandle backend : configured) {
            Choice choice = find(allowed, backend.id());
            if (choice != null) {
                candidates.add(candidate(choice));
            }
        }
        List<Choice> order;
        try {
            order = validated(application.order(request, List.copyOf(candidates)), allowed);
        } catch (RuntimeException | LinkageError e) {
            if (policyFailed.compareAndSet(false, true)) {
                log.warn( // not its message, which may quote the request
                        "the routing policy {} threw {} at {}; edge-first is used whenever it does",
                        name(application),
                        e.getClass().getName(),
                        e.getStackTrace().length == 0 ? "an unknown place" : e.getStackTrace()[0]);
            }
            return usual;
        }
        List<RouteTrace.Skipped> skipped = new ArrayList<>(usual.skipped());
        for (Choice choice : allowed) {
            if (find(order, choice.backend().id()) == null) {
                skipped.add(skip(choice.backend(), "the routing policy leaves it out"));
            }
        }
        return new Plan(name(application), order, skipped);
    }

    private static RoutingPolicy.Candidate candidate(Choice choice) {
        BackendHandle backend = choice.backend();
        Forecast forecast = Objects.requireNonNull(choice.forecast());
        return new RoutingPolicy.Candidate(
                backend.id(),
                backend.zone(),
                forecast.model(),
                forecast.inFlight(),
                forecast.expected(),
                backend.lastResort());
    }

    /** Only what was offered, each once, those of last resort at the end. */
    private static List<Choice> validated(List<RoutingPolicy.Choice> wanted, List<Choice> offered) {
        List<Choice> order = new ArrayList<>(offered.size());
        for (boolean lastResort : new boolean[] {false, true}) {
            for (RoutingPolicy.Choice want : wanted) {
                Choice known = find(offered, want.backend());
                if (known != null
                        && known.backend().lastResort() == lastResort
                        && find(order, want.backend()) == null) {
                    order.add(new Choice(known.backend(), String.valueOf(want.reason()), known.forecast()));
                }
            }
        }
        return order;
    }

    private static @Nullable Choice find(List<Choice> choices, String backend) {
        for (Choice choice : choices) {
            if (choice.backend().id().equals(backend)) {
                return choice;
            }
        }
        return null;
    }

    private List<Choice> choices(Comparator<BackendHandle> order, String reason) {
        return configured.stream()
                .sorted(Comparator.comparing(BackendHandle::lastResort).thenComparing(order))
                .map(b -> new Choice(
                        b, b.lastResort() ? "last resort: answers without a model" : reason + name(b.zone())))
                .toList();
    }

    private static String name(RoutingPolicy policy) {
        String name = policy.getClass().getSimpleName();
        return name.isEmpty() || name.contains("$$") ? "custom policy" : name; // a lambda's name says nothing
    }

    private static String name(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
