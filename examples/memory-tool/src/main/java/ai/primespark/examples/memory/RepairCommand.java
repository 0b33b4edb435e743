package ai.primespark.examples.memory;

import ai.primespark.memory.RepairOptions;
import ai.primespark.memory.UpkeepReport;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** Mends the tiers. */
@Command(
        name = "repair",
        description = "Compares the persistent tiers, and gives each what it lacks of the newest records.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class RepairCommand implements Callable<Integer> {

    @ParentCommand
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private MemoryTool tool;

    @Option(names = "--deep", description = "also read every record, and replace damaged ones")
    private boolean deep;

    @Option(names = "--records-per-second", paramLabel = "N", description = "how fast at most")
    private long speed = Upkeep.FASTEST;

    @Override
    public Integer call() {
        try (Session session = Session.open(tool)) {
            var unused = session.memory(tool.namespace); // known from here on, also in a data directory of its own
            RepairOptions options = RepairOptions.DEFAULT
                    .withNamespaces(Upkeep.namespaces(tool))
                    .withRecordsPerSecond(speed)
                    .withDeep(deep);
            UpkeepReport report = Upkeep.run(tool, listener -> session.admin().repair(options, listener));
            return Upkeep.print(tool, report, true);
        }
    }
}
