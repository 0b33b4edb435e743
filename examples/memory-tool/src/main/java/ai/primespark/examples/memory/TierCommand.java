package ai.primespark.examples.memory;

import ai.primespark.memory.MemoryStats.TierState;
import ai.primespark.memory.MemoryStats.TierStats;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** Shows the tiers. */
@Command(
        name = "tier",
        description = "Shows the tiers: state, keys, bytes, and what they have still to get.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class TierCommand implements Callable<Integer> {

    @ParentCommand
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private MemoryTool tool;

    @Override
    public Integer call() {
        try (Session session = Session.open(tool)) {
            List<TierStats> tiers = session.admin().tiers();
            if (tool.json) {
                tiers.forEach(this::printJson);
            } else {
                print(tiers);
            }
            return tiers.stream().allMatch(TierCommand::answers) ? ToolException.OK : ToolException.UNKNOWN;
        }
    }

    /** A tier whose usage could not be asked may not have been given up yet, but it did not answer. */
    private static boolean answers(TierStats tier) {
        return tier.state() != TierState.DOWN && (tier.state() == TierState.UP || tier.keys() >= 0);
    }

    private void print(List<TierStats> tiers) {
        List<List<String>> rows = new ArrayList<>();
        for (TierStats tier : tiers) {
            rows.add(List.of(
                    tier.number() + " " + tier.id(),
                    tier.type(),
                    tier.zone().name().toLowerCase(Locale.ROOT),
                    tier.state().name().toLowerCase(Locale.ROOT),
                    Output.number(tier.keys()),
                    Output.size(tier.bytes()),
                    Output.number(tier.pending()),
                    tier.detail()));
        }
        Output.table(tool.out, List.of("TIER", "TYPE", "ZONE", "STATE", "KEYS", "BYTES", "PENDING", ""), rows);
    }

    private void printJson(TierStats tier) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("tier", tier.id());
        fields.put("number", tier.number());
        fields.put("type", tier.type());
        fields.put("zone", tier.zone().name().toLowerCase(Locale.ROOT));
        fields.put("state", tier.state().name().toLowerCase(Locale.ROOT));
        fields.put("keys", tier.keys());
        fields.put("bytes", tier.bytes());
        fields.put("pending", tier.pending());
        fields.put("detail", tier.detail());
        tool.out.println(Output.json(fields));
    }
}
