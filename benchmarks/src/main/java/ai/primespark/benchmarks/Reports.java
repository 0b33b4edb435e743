package ai.primespark.benchmarks;

import java.util.List;
import java.util.Locale;

/** Turns results into tables with ratios. The goals are those of the design. */
final class Reports {

    private static final double NEAR_GOAL = 1.5;
    private static final double ROUTER_GOAL_MICROS = 15;
    private static final double DECISION_GOAL_MICROS = 5;
    private static final double DIRECTORY_GOAL = 1.3;
    private static final double VPN_GOAL = 100; // milliseconds

    private Reports() {}

    static Table near(Results results) {
        Table table = new Table("Value", "Keys", "Caffeine ns", "Facade ns", "Ratio", "Goal", "");
        for (String value : List.of("text", "bytes", "record")) {
            for (int keys : new int[] {1, 10_000}) {
                Results.Run bare = results.find(value + "Caffeine", keys);
                Results.Run facade = results.find(value + "Facade", keys);
                double ratio = facade.typical() / bare.typical();
                table.row(
                        value,
                        keys,
                        spread(bare),
                        spread(facade),
                        times(ratio),
                        "≤ " + times(NEAR_GOAL),
                        met(ratio, NEAR_GOAL));
            }
        }
        return table;
    }

    static Table router(Results results) {
        Table table = new Table("Request", "Median µs", "p99 µs", "Overhead µs", "Goal µs", "");
        Results.Run direct = results.find("direct");
        table.row(
                "backend itself", Table.number(direct.percentile(50)), Table.number(direct.percentile(99)), "", "", "");
        for (String way : List.of("bypass", "miss", "hit")) {
            Results.Run routed = results.find(way);
            double overhead = routed.percentile(50) - direct.percentile(50);
            table.row(
                    switch (way) {
                        case "bypass" -> "routed, cache bypassed";
                        case "miss" -> "routed, cache missed";
                        default -> "routed, cache hit";
                    },
                    Table.number(routed.percentile(50)),
                    Table.number(routed.percentile(99)),
                    String.format(Locale.ROOT, "%.2f", overhead),
                    "< " + (int) ROUTER_GOAL_MICROS,
                    met(overhead, ROUTER_GOAL_MICROS));
        }
        Results.Run decision = results.find("decision");
        table.row(
                "decision alone, balanced over four",
                Table.number(decision.percentile(50)),
                Table.number(decision.percentile(99)),
                "",
                "≤ " + (int) DECISION_GOAL_MICROS,
                met(decision.percentile(50), DECISION_GOAL_MICROS));
        return table;
    }

    static Table directory(Results results) {
        Table table = new Table("Operation", "Median µs", "Mean µs", "p99 µs", "Ratio of medians", "Goal", "");
        Results.Run put = results.find("putBare");
        Results.Run get = results.find("getBare");
        file(table, "put: write and sync a file", put, put, false);
        file(table, "put: write aside, sync, rename", results.find("putBareSafe"), put, false);
        file(table, "put: directory tier", results.find("putTier"), put, true);
        file(table, "put: facade, JOURNALED", results.find("putFacade"), put, false);
        file(table, "get: read a file", get, get, false);
        file(table, "get: directory tier", results.find("getTier"), get, true);
        return table;
    }

    private static void file(Table table, String operation, Results.Run run, Results.Run peer, boolean judged) {
        double ratio = run.percentile(50) / peer.percentile(50);
        table.row(
                operation,
                Table.number(run.percentile(50)),
                Table.number(run.mean()),
                Table.number(run.percentile(99)),
                run.equals(peer) ? "" : times(ratio),
                judged ? "≤ " + times(DIRECTORY_GOAL) : "",
                judged ? met(ratio, DIRECTORY_GOAL) : "");
    }

    static Table vpn(Results results) {
        Results.Run parse = results.find("parse", 10_000);
        return new Table("Operation", "Mean ms", "Goal", "")
                .row(
                        "read a dump of 10,000 peers",
                        Table.number(parse.mean()),
                        "< 100 ms",
                        met(parse.mean(), VPN_GOAL));
    }

    private static String spread(Results.Run run) {
        double[] iterations = run.iterations();
        return Table.number(run.typical()) + " (" + Table.number(iterations[0]) + "–"
                + Table.number(iterations[iterations.length - 1]) + ")";
    }

    private static String times(double ratio) {
        return String.format(Locale.ROOT, "%.2f×", ratio);
    }

    private static String met(double value, double goal) {
        return value <= goal ? "met" : "missed";
    }
}
