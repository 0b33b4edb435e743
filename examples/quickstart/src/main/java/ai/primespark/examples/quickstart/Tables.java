package ai.primespark.examples.quickstart;

import ai.primespark.llm.AnswerSource;
import ai.primespark.llm.LlmResponse;
import ai.primespark.llm.RouteTrace;
import ai.primespark.memory.MemoryStats;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Small tables for the terminal. */
final class Tables {

    private Tables() {}

    static void printTrace(LlmResponse response, PrintStream out) {
        RouteTrace trace = response.trace();
        out.printf(
                "%nHow it was answered (%s, %s%s):%n",
                trace.strategy(), millis(trace.total()), source(response.answerSource()));
        List<String[]> rows = new ArrayList<>();
        rows.add(new String[] {"backend", "zone", "model", "outcome", "first word", "took", "why"});
        for (RouteTrace.Attempt attempt : trace.attempts()) {
            String outcome =
                    attempt.errorKind().map(Enum::name).orElse(attempt.outcome().name());
            rows.add(new String[] {
                attempt.backend(),
                lower(attempt.zone()),
                attempt.model().isEmpty() ? "-" : attempt.model(),
                outcome.toLowerCase(Locale.ROOT),
                attempt.timeToFirstToken().map(Tables::millis).orElse("-"),
                millis(attempt.duration()),
                attempt.reason()
            });
        }
        for (RouteTrace.Skipped skipped : trace.skipped()) {
            rows.add(new String[] {skipped.backend(), lower(skipped.zone()), "-", "skipped", "-", "-", skipped.reason()
            });
        }
        print(rows, out);
    }

    private static String source(AnswerSource source) {
        return switch (source) {
            case LIVE -> "";
            case SMALLER_MODEL -> "; a smaller model answered, because the wanted one could not";
            case CACHE -> "; from the cache";
            case STALE_CACHE -> "; from the cache, where it is over its time, because nothing could answer";
            case SEMANTIC_CACHE -> "; from the cache, where a similar question was answered";
            case RECALL -> "; degraded: no model answered, this is quoted from the documents";
        };
    }

    static void printMemory(MemoryStats stats, PrintStream out) {
        List<String[]> rows = new ArrayList<>();
        rows.add(new String[] {"tier", "type", "zone", "state", "keys", "bytes", "hits", "misses"});
        for (MemoryStats.TierStats tier : stats.tiers()) {
            rows.add(new String[] {
                tier.number() + " " + tier.id(),
                tier.type(),
                lower(tier.zone()),
                lower(tier.state()),
                count(tier.keys()),
                count(tier.bytes()),
                count(tier.hits()),
                count(tier.misses())
            });
        }
        print(rows, out);
    }

    static String millis(Duration duration) {
        return String.format(Locale.ROOT, "%.1f ms", duration.toNanos() / 1e6);
    }

    private static String count(long value) {
        return value < 0 ? "?" : Long.toString(value);
    }

    private static String lower(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private static void print(List<String[]> rows, PrintStream out) {
        int[] widths = new int[rows.get(0).length];
        for (String[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder("  ");
            for (int i = 0; i < row.length; i++) {
                line.append(row[i]).append(" ".repeat(widths[i] - row[i].length() + 2));
            }
            out.println(line.toString().stripTrailing());
        }
    }
}
