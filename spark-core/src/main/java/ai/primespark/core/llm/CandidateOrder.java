package ai.primespark.core.llm;

import ai.primespark.Zone;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.Privacy;
import ai.primespark.llm.RouteTrace;
import ai.primespark.llm.RoutingPolicy;
import ai.primespark.llm.RoutingStrategy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
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

    private static final Logger log = LoggerFactory.getLogger(CandidateOrder.class);

    private final List<BackendHandle> configured;
    private final List<Choice> nearestFirst;
    private final List<Choice> farthestFirst;
    private final List<Choice> asConfigured;
    private final RoutingStrategy strategy;
    private final @Nullable RoutingPolicy policy;
    private final ModelNames models;
    private final boolean cloudFallback;
    private final BooleanSupplier edgeOnly;
    private final AtomicBoolean policyFailed = new AtomicBoolean();

    CandidateOrder(
            List<BackendHandle> backends,
            RoutingStrategy strategy,
            @Nullable RoutingPolicy policy,
            ModelNames models,
            boolean cloudFallback,
            BooleanSupplier edgeOnly) {
        this.configured = List.copyOf(backends);
        Comparator<BackendHandle> byZone = Comparator.comparing(BackendHandle::zone);
        this.nearestFirst = choices(byZone, "nearest zone first: ");
        this.farthestFirst = choices(byZone.reversed(), "farthest zone first: ");
        this.asConfigured = choices(Comparator.comparing(BackendHandle::lastResort), "edge only: ");
        this.strategy = strategy;
        this.policy = policy;
        this.models = models;
        this.cloudFallback = cloudFallback;
        this.edgeOnly = edgeOnly;
    }

    /** The name of what is configured. */
    String name() {
        return policy == null ? name(strategy) : name(policy);
    }

    /** The backends that a request may go to now. */
    Plan plan(LlmRequest request) {
        RoutingStrategy asked = request.strategy().orElse(null);
        if (policy != null && asked == null) {
            return byPolicy(policy, request);
        }
        return plan(request.privacy(), asked == null ? strategy : asked);
    }

    /** The same by the configured strategy, for what is no {@link LlmRequest}. */
    Plan plan(Privacy privacy) {
        return plan(privacy, strategy);
    }

    private Plan plan(Privacy privacy, RoutingStrategy by) {
        List<Choice> base = switch (by) {
            case EDGE_FIRST -> nearestFirst;
            case CLOUD_FIRST -> farthestFirst;
            case BALANCED, EDGE_ONLY -> asConfigured;
        };
        List<Choice> allowed = new ArrayList<>(base.size());
        List<RouteTrace.Skipped> skipped = new ArrayList<>(2);
        for (Choice choice : base) {
            String barrier = barrier(choice.backend(), privacy, by);
            if (barrier == null && choice.backend().isCircuitBlocking()) {
                barrier = CIRCUIT_OPEN;
            }
            if (barrier == null) {
                allowed.add(choice);
            } else {
                skipped.add(skip(choice.backend(), barrier));
            }
        }
        return new Plan(name(by), by == RoutingStrategy.BALANCED ? balanced(allowed) : allowed, skipped);
    }

    private static RouteTrace.Skipped skip(BackendHandle backend, String reason) {
        return new RouteTrace.Skipped(backend.id(), backend.zone(), reason);
    }

    /** Why a request must not go to a backend now; null when it may. */
    @Nullable
    String barrier(BackendHandle backend, LlmRequest request) {
        return barrier(backend, request.privacy(), request.strategy().orElse(policy == null ? strategy : null));
    }

    /** The same for what is no {@link LlmRequest}. */
    @Nullable
    String barrier(BackendHandle backend, Privacy privacy) {
        return barrier(backend, privacy, strategy);
    }

    private @Nullable String barrier(BackendHandle backend, Privacy privacy, @Nullable RoutingStrategy by) {
        Zone zone = backend.zone();
        if (!privacy.allows(zone)) {
            return "privacy " + privacy + " does not allow zone " + zone;
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
        return edgeOnly.getAsBoolean() ? "power management allows only the edge now" : null;
    }

    /** Not measured ones first, so that they are measured; then by the expected time to the first token. */
    private static List<Choice> balanced(List<Choice> allowed) {
        List<Expected> expected = new ArrayList<>(allowed.size());
        for (Choice choice : allowed) {
            BackendHandle backend = choice.backend();
            long once = backend.firstTokenNanos();
            int before = backend.inFlight();
            expected.add(new Expected(backend, once, before, (double) once * (1 + before)));
        }
        expected.sort(
                Comparator.comparing((Expected e) -> e.backend().lastResort()).thenComparingDouble(Expected::score));
        List<Choice> order = new ArrayList<>(expected.size());
        for (Expected e : expected) {
            order.add(new Choice(e.backend(), e.words()));
        }
        return order;
    }

    private Plan byPolicy(RoutingPolicy application, LlmRequest request) {
        Plan usual = plan(request.privacy(), RoutingStrategy.EDGE_FIRST);
        List<Choice> allowed = usual.choices();
        List<RoutingPolicy.Candidate> candidates = new ArrayList<>(allowed.size());
        for (BackendHandle backend : configured) {
            if (find(allowed, backend.id()) != null) {
                candidates.add(candidate(backend, request));
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

    private RoutingPolicy.Candidate candidate(BackendHandle backend, LlmRequest request) {
        Duration expected = backend.expectedFirstToken();
        String model = models.on(backend.id(), models.logical(request.model().orElse(null)));
        return new RoutingPolicy.Candidate(
                backend.id(), backend.zone(), model, backend.inFlight(), expected, backend.lastResort());
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
                    order.add(new Choice(known.backend(), String.valueOf(want.reason())));
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

    private record Expected(BackendHandle backend, long once, int before, double score) {

        String words() {
            if (backend.lastResort()) {
                return "last resort: answers without a model";
            }
            return once == 0
                    ? "balanced: not measured yet"
                    : "balanced: first token expected after " + once / 1_000_000 + " ms, " + before + " calls before";
        }
    }
}
