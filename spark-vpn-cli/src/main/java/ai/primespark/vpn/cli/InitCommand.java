package ai.primespark.vpn.cli;

import ai.primespark.vpn.wireguard.TopologyFile;
import ai.primespark.vpn.wireguard.VpnDirectory;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** Starts a network. */
@Command(
        name = "init",
        description = "Starts a network: a folder with an empty topology. Harmless when there is one already.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class InitCommand implements Callable<Integer> {

    @ParentCommand
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private VpnTool tool;

    @Option(
            names = "--subnet",
            paramLabel = "PREFIX",
            description = "address range; give it twice for IPv4 and IPv6. Default: ${DEFAULT-VALUE}",
            defaultValue = "10.8.0.0/24")
    private List<String> subnets = List.of();

    @Option(
            names = "--interface",
            paramLabel = "NAME",
            description = "the tunnel's name on every node. Default: ${DEFAULT-VALUE}",
            defaultValue = "wg0")
    private String interfaceName = "";

    @Override
    public Integer call() throws IOException {
        if (VpnDirectory.exists(tool.dir)) {
            tool.out.println("there is a network in " + tool.dir + " already");
            return ToolException.OK;
        }
        String text = """
                # A private network. What each setting means: docs/vpn.md. There are no secrets in this file.
                network {
                  interface = "%s"
                  subnets = [%s]
                }

                nodes {
                }
                """.formatted(
                        interfaceName, subnets.stream().map(s -> '"' + s + '"').collect(Collectors.joining(", ")));
        var checked = TopologyFile.parse(text); // before anything is made
        if (tool.dryRun) {
            tool.out.println("would make " + tool.dir.resolve("topology.conf") + " for "
                    + checked.network().subnets());
            return ToolException.OK;
        }
        try (VpnDirectory directory = VpnDirectory.create(tool.dir, text)) {
            directory.save();
        }
        tool.out.println("made " + tool.dir.resolve("topology.conf") + "; next: add-node");
        return ToolException.OK;
    }
}
