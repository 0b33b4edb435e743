package ai.primespark.core.llm;

import ai.primespark.Zone;
import ai.primespark.llm.LlmRequest;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one call tries when nobody could answer with the model that it wants, or before that while power is short: smaller models, on the edge, each backend once a
 * model. Not thread-safe.
 *
 * <p>Requests with tools are not handed down: what a smaller model makes of tools may act on the world.
 */
final class StepDown {

    private final RouterContext context;
    private final LlmRequest request;
    private final String wanted;
    private final Route route;
    private final String reason;
    private final List<String> models;
    private final boolean images;
    private final Queue<Choice> choices = new ArrayDeque<>(2);
    private final Set<String> tried = new HashSet<>();
    private int position;

    /**
     * Makes one.
     *
     * @param context what all calls share
     * @param request what is asked
     * @param wanted the logical model that is wanted
     * @param route what was tried with it
     * @param reason why a smaller one is asked, for the trace
     */
    StepDown(RouterContext context, LlmRequest request, String wanted, Route route, String reason) {
        this.context = context;
        this.request = request;
        this.wanted = wanted;
        this.route = route;
        this.reason = reason;
        this.images = request.messages().stream()
                .anyMatch(message -> !message.images().isEmpty());
        this.models = request.tools().isEmpty() ? context.smaller().after(wanted) : List.of();
    }

    /**
     * An attempt.
     *
     * @param choice where
     * @param model the logical name of the stand-in
     */
    record Step(Choice choice, String model) {}

    /** The next attempt; null when there is none left. */
    @Nullable
    Step next(long remainingNanos) {
        while (choices.isEmpty() && position < models.size()) {
            plan(models.get(position++), remainingNanos);
        }
        Choice choice = choices.poll();
        return choice == null ? null : new Step(choice, models.get(position - 1));
    }

    private void plan(String model, long remainingNanos) {
        LlmRequest smaller = request.toBuilder().model(model).build();
        for (Choice choice : context.order().plan(smaller, remainingNanos).choices()) {
            BackendHandle backend = choice.backend();
            if (backend.zone() != Zone.EDGE || backend.lastResort() || route.isOut(backend)) {
                continue;
            }
            if (isWorthAsking(backend, wanted, model)) {
                choices.add(new Choice(backend, "smaller model, because " + reason, choice.forecast()));
            }
        }
    }

    /** Whether the name is not one that this backend was asked for already, and the model can see what there is to see. */
    private boolean isWorthAsking(BackendHandle backend, String larger, String model) {
        String there = RateBook.key(context.models().on(backend.id(), model));
        if (images && backend.knowledge().cannot(there, "vision")) { // it would answer as if there were none
            return false;
        }
        return !there.equals(RateBook.key(context.models().on(backend.id(), larger)))
                && tried.add(backend.id() + '/' + there);
    }

    /** What was tried, in words. */
    String words() {
        if (!request.tools().isEmpty()) {
            return "no smaller model is asked for requests with tools";
        }
        if (wanted.isEmpty() || models.isEmpty()) {
            return "no smaller model is set for " + (wanted.isEmpty() ? "the backends' defaults" : "'" + wanted + "'")
                    + " (primespark.llm.smaller-models)";
        }
        return "no backend of the edge answered with a smaller model " + models;
    }
}
