package ai.primespark.vpn.cli;

import ai.primespark.vpn.wireguard.WgConfig;
import ai.primespark.vpn.wireguard.WgReport;
import ai.primespark.vpn.wireguard.WgRules;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Checks files. */
@Command(
        name = "check",
        description =
                "Checks configuration files, or the topology when none is given. Exit code 1 when one is not sound.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class CheckCommand implements Callable<Integer> {

    @ParentCommand
    @SuppressWarnings("NullAway.Init")
    private VpnTool tool;

    @Parameters(paramLabel = "FILE", description = "files of wg-quick", arity = "0..*")
    private List<Path> files = List.of();

    @Option(names = "--setconf", description = "files are for wg setconf instead, without addresses and hooks")
    private boolean setconf;

    @Option(names = "--allow-hooks", description = "take files with commands that are run as root")
    private boolean allowHooks;

    @Option(names = "--only-errors", description = "take what WireGuard takes, whether it makes sense or not")
    private boolean onlyErrors;

    @Override
    public Integer call() throws IOException {
        if (files.isEmpty()) {
            try (var directory = tool.open()) {
                int nodes = directory.topology().nodes().size();
                tool.out.println("the topology is sound: " + nodes + " nodes");
                return ToolException.OK;
            }
        }
        boolean sound = true;
        for (Path file : files) {
            WgReport report = WgConfig.read(file).check(new WgRules(!setconf, allowHooks));
            report.findings()
                    .forEach(finding -> tool.out.println(file + ":" + (finding.line() == 0 ? " " : "") + finding));
            boolean good = onlyErrors ? report.accepted() : report.sound();
            tool.out.println(file + ": " + (good ? "sound" : "NOT SOUND")
                    + (report.lookups().isEmpty()
                            ? ""
                            : ", if these names are known where it is used: " + report.lookups()));
            sound &= good;
        }
        return sound ? ToolException.OK : ToolException.UNSOUND;
    }
}
