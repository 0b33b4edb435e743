package ai.primespark.core.llm;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Orders backends by how soon each is expected to give its first token. What was never measured goes first, so that it is
 * measured, unless its model would have to be loaded; of about equal ones the cheapest goes first; what would miss the deadline
 * or does not have the model goes last. Stateless.
 */
final class Balance {

    /** What differs by less is about equal. */
    private static final double CLOSE = 1.1;

    private static final long CLOSE_NANOS = Duration.ofMillis(20).toNanos();

    private static final Comparator<Choice> SOONEST = Comparator.comparingInt(Balance::rank)
            .thenComparingLong(choice -> forecast(choice).nanos());

    private static final int LATE = 1;

    private Balance() {}

    /**
     * Orders.
     *
     * @param allowed with forecasts; those without a model at the end, where they stay
     * @param remaining nanoseconds until the deadline
     */
    static List<Choice> order(List<Choice> allowed, long remaining) {
        List<Choice> late = new ArrayList<>(0);
        List<Choice> lastResort = new ArrayList<>(1);
        List<Choice> order = new ArrayList<>(allowed.size());
        for (Choice choice : allowed) {
            Forecast forecast = forecast(choice);
            if (choice.backend().lastResort()) {
                lastResort.add(choice);
            } else if (forecast.nanos() > remaining) {
                late.add(worded(choice, "balanced: would miss the deadline, "));
            } else {
                order.add(worded(choice, "balanced: "));
            }
        }
        order.sort(SOONEST);
        preferCheap(order);
        late.sort(SOONEST);
        order.addAll(late);
        order.addAll(lastResort);
        return order;
    }

    private static Choice worded(Choice choice, String before) {
        return new Choice(choice.backend(), before + forecast(choice).words(), choice.forecast());
    }

    /** Among those that are about as soon as the soonest, the cheapest first; and so on with the rest. */
    private static void preferCheap(List<Choice> order) {
        int from = 0;
        while (from < order.size()) {
            Forecast soonest = forecast(order.get(from));
            double close = Math.max(soonest.nanos() * CLOSE, soonest.nanos() + (double) CLOSE_NANOS);
            int to = from + 1;
            while (to < order.size()
                    && rank(order.get(to)) == rank(order.get(from))
                    && forecast(order.get(to)).nanos() <= close) {
                to++;
            }
            if (to - from > 1) {
                order.subList(from, to)
                        .sort(Comparator.comparingDouble(c -> c.backend().cost()));
            }
            from = to;
        }
    }

    private static int rank(Choice choice) {
        return forecast(choice).lacking() ? LATE : 0;
    }

    private static Forecast forecast(Choice choice) {
        Forecast forecast = choice.forecast();
        if (forecast == null) {
            throw new IllegalArgumentException("no forecast for " + choice.backend());
        }
        return forecast;
    }
}
