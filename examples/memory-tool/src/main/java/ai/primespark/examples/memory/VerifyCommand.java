package ai.primespark.examples.memory;

import ai.primespark.memory.UpkeepReport;
import ai.primespark.memory.VerifyOptions;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** Compares the tiers. */
@Command(
        name = "verify",
        description = "Compares the persistent tiers and changes nothing, except that --deep replaces damaged records.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class VerifyCommand implements Callable<Integer> {

    @ParentCommand
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private MemoryTool tool;

    @Option(names = "--deep", description = "read every record and check its checksum")
    private boolean deep;

    @Option(names = "--report-only", description = "with --deep: report damaged records and leave them")
    private boolean reportOnly;

    @Option(names = "--records-per-second", paramLabel = "N", description = "how fast at most")
    private long speed = Upkeep.FASTEST;

    @Override
    public Integer call() {
        try (Session session = Session.open(tool)) {
            var unused = session.memory(tool.namespace); // known from here on, also in a data directory of its own
            VerifyOptions options = VerifyOptions.DEFAULT
                    .withNamespaces(Upkeep.namespaces(tool))
                    .withRecordsPerSecond(speed)
                    .withDeep(deep)
                    .withMendDamaged(deep && !reportOnly);
            UpkeepReport report = Upkeep.run(tool, listener -> session.admin().verify(options, listener));
            return Upkeep.print(tool, report, false);
        }
    }
}
