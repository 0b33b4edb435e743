package ai.primespark.examples.memory;

import ai.primespark.memory.UpkeepProgress;
import ai.primespark.memory.UpkeepReport;
import ai.primespark.memory.UpkeepReport.Damage;
import ai.primespark.memory.UpkeepRun;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/** What verify and repair have in common. */
final class Upkeep {

    /** As fast as the tiers go: somebody is waiting. */
    static final long FASTEST = 1_000_000;

    private Upkeep() {}

    static Set<String> namespaces(MemoryTool tool) {
        return tool.namespace == null ? Set.of() : Set.of(tool.namespace);
    }

    /** Runs it to its end with a progress bar; the key combination that ends the tool cancels it first. */
    static UpkeepReport run(MemoryTool tool, Function<Consumer<UpkeepProgress>, UpkeepRun<UpkeepReport>> begin) {
        try (ProgressBar bar = new ProgressBar(tool)) {
            UpkeepRun<UpkeepReport> run = begin.apply(progress ->
                    bar.show(progress.namespace() + ", " + progress.step(), progress.examined(), progress.expected()));
            while (true) {
                Optional<UpkeepReport> report = run.await(Duration.ofHours(1));
                if (report.isPresent()) {
                    return report.get();
                }
            }
        }
    }

    static int print(MemoryTool tool, UpkeepReport report, boolean mends) {
        if (tool.json) {
            tool.out.println(Output.json(fields(report)));
        } else {
            tool.out.println("compared    " + report.compared() + " records in "
                    + Duration.between(report.began(), report.ended()).toSeconds() + " s");
            tool.out.println("differing   " + report.differing() + " keys");
            report.mended().forEach((tier, count) -> tool.out.println("mended      " + count + " in " + tier));
            tool.out.println("damaged     " + report.damaged() + ", not mended: " + report.unmendable());
            for (Damage damage : report.damages()) {
                tool.out.println("  " + (damage.mended() ? "mended  " : "DAMAGED ") + damage.namespace() + "/"
                        + damage.key() + " in " + damage.tier() + ": " + damage.detail());
            }
            report.skipped().forEach(reason -> tool.out.println("left out    " + reason));
        }
        if (report.unmendable() > 0) {
            return ToolException.DAMAGED;
        }
        boolean different = !mends && report.differing() > 0;
        return report.isClean() && !different ? ToolException.OK : ToolException.UNKNOWN;
    }

    private static Map<String, Object> fields(UpkeepReport report) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("began", report.began().toString());
        fields.put("ended", report.ended().toString());
        fields.put("complete", report.complete());
        fields.put("compared", report.compared());
        fields.put("differing", report.differing());
        fields.put("mended", report.mended());
        fields.put("damaged", report.damaged());
        fields.put("unmendable", report.unmendable());
        List<Map<String, Object>> damages = new ArrayList<>();
        for (Damage damage : report.damages()) {
            Map<String, Object> its = new LinkedHashMap<>();
            its.put("namespace", damage.namespace());
            its.put("key", damage.key());
            its.put("tier", damage.tier());
            its.put("mended", damage.mended());
            its.put("detail", damage.detail());
            damages.add(its);
        }
        fields.put("damages", damages);
        fields.put("skipped", report.skipped());
        return fields;
    }
}
