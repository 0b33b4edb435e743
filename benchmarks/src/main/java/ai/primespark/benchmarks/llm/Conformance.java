package ai.primespark.benchmarks.llm;

import ai.primespark.benchmarks.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/** What each library makes of each fault. */
final class Conformance {

    private static final int AT_ONCE = 3;

    private Conformance() {}

    static void run() throws Exception {
        for (boolean streaming : new boolean[] {true, false}) {
            System.out.println("\n### What becomes of a call, " + (streaming ? "streaming" : "blocking") + "\n\n"
                    + table(streaming));
        }
    }

    /** Wrong cells are bold. */
    private static Table table(boolean streaming) throws Exception {
        List<Contender> contenders = Contender.all(streaming);
        List<String> titles = new ArrayList<>(List.of("The server"));
        contenders.forEach(contender -> titles.add(contender.label()));
        Table table = new Table(titles.toArray(String[]::new));
        int[] right = new int[contenders.size()];
        List<Fault> faults = Fault.all();
        ExecutorService pool = Executors.newFixedThreadPool(AT_ONCE);
        try {
            for (Fault fault : faults) {
                System.err.println((streaming ? "streaming: " : "blocking: ") + fault.name() + " …");
                List<Future<Verdict>> verdicts = new ArrayList<>();
                for (Contender contender : contenders) {
                    verdicts.add(pool.submit(() -> Verdict.of(fault, Trial.run(contender, fault))));
                }
                List<Object> cells = new ArrayList<>(List.of(fault.name()));
                for (int i = 0; i < verdicts.size(); i++) {
                    Verdict verdict = verdicts.get(i).get();
                    right[i] += verdict.right() ? 1 : 0;
                    cells.add(verdict.right() ? verdict.words() : "**" + verdict.words() + "**");
                }
                table.row(cells.toArray());
            }
        } finally {
            pool.shutdownNow();
        }
        List<Object> sums = new ArrayList<>(List.of("as it should be"));
        IntStream.of(right).forEach(count -> sums.add(count + " of " + faults.size()));
        return table.row(sums.toArray());
    }
}
