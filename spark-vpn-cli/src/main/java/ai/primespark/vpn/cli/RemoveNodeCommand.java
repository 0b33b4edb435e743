package ai.primespark.vpn.cli;

import ai.primespark.vpn.wireguard.TopologyFile;
import ai.primespark.vpn.wireguard.VpnDirectory;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Removes a node. */
@Command(
        name = "remove-node",
        description =
                "Removes a node and the keys held for it. Its address is kept free for as long as there are others.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class RemoveNodeCommand implements Callable<Integer> {

    @ParentCommand
    @SuppressWarnings("NullAway.Init")
    private VpnTool tool;

    @Parameters(paramLabel = "NAME", description = "the node")
    private String name = "";

    @Override
    public Integer call() throws IOException {
        try (VpnDirectory directory = tool.open()) {
            if (!directory.file().nodes().containsKey(name)) {
                tool.out.println("there is no node '" + name + "'");
                return ToolException.OK;
            }
            TopologyFile without = directory.file().withoutNode(name);
            directory.change(without);
            var unused = directory.topology(); // does the rest work without it?
            if (!tool.dryRun) {
                directory.save();
                directory.keys().forget(name);
            } else {
                tool.out.println("nothing was written (--dry-run)");
            }
            tool.out.println("node '" + name
                    + "' is removed; until its peers are rendered and applied anew, it can still connect");
        }
        return ToolException.OK;
    }
}
