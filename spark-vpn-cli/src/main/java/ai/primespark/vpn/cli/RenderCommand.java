package ai.primespark.vpn.cli;

import ai.primespark.vpn.VpnTopology;
import ai.primespark.vpn.wireguard.KeyStore.Age;
import ai.primespark.vpn.wireguard.SecretFiles;
import ai.primespark.vpn.wireguard.TopologyFile.NodeSpec;
import ai.primespark.vpn.wireguard.VpnDirectory;
import ai.primespark.vpn.wireguard.WgConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Writes configurations. */
@Command(
        name = "render",
        description = {
            "Writes OUT/NODE/INTERFACE.conf, mode 0600, for the nodes named or for all. Needs no root.",
            "A private key that is held here gets into the file of a node that is named, or into all with --bundle; otherwise"
                    + " the node reads its own from /etc/wireguard/INTERFACE.key or its key-file. Preshared keys are always in"
                    + " it: hand each node its own file only."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class RenderCommand implements Callable<Integer> {

    @ParentCommand
    @SuppressWarnings("NullAway.Init")
    private VpnTool tool;

    @Parameters(paramLabel = "NODE", description = "nodes; all with a public key unless given", arity = "0..*")
    private List<String> names = new ArrayList<>();

    @Option(names = "--bundle", description = "with every private key that is held here")
    private boolean bundle;

    @Option(names = "--no-private-key", description = "without private keys, even of nodes that are named")
    private boolean noPrivateKey;

    @Option(
            names = {"-o", "--out"},
            paramLabel = "OUT",
            description = "where to; DIR/rendered unless given")
    private @Nullable Path out;

    @Option(names = "--allow-hooks", description = "render the hooks of the topology, which are run as root")
    private boolean allowHooks;

    @Override
    public Integer call() throws IOException {
        if (bundle && noPrivateKey) {
            throw new ToolException(ToolException.USAGE, "--bundle and --no-private-key exclude each other");
        }
        try (VpnDirectory directory = tool.open()) {
            VpnTopology topology = directory.topology();
            List<String> nodes = names.isEmpty() ? List.copyOf(topology.nodes().keySet()) : names;
            Path target = out == null ? tool.dir.resolve("rendered") : out;
            List<WgConfig> configs = new ArrayList<>();
            for (String node : nodes) {
                refuseHooks(directory, node, allowHooks);
                boolean held = directory.keys().privateKey(node, Age.CURRENT).isPresent();
                boolean withKey = held && !noPrivateKey && (bundle || !names.isEmpty());
                configs.add(directory.render(topology, node, withKey));
            }
            if (!tool.dryRun) {
                directory.save(); // preshared keys first: a file with others would be useless
            }
            int changed = 0;
            for (int i = 0; i < nodes.size(); i++) {
                NodeSpec node = Objects.requireNonNull(directory.file().nodes().get(nodes.get(i)));
                Path file = target.resolve(node.name()).resolve(node.interfaceName() + ".conf");
                changed += write(file, configs.get(i)) ? 1 : 0;
            }
            tool.out.println(nodes.size() + " rendered, " + changed + (tool.dryRun ? " would change" : " changed"));
            directory.file().nodes().values().stream()
                    .filter(n -> n.publicKey().isEmpty())
                    .forEach(n ->
                            tool.err.println("spark-vpn: left out node '" + n.name() + "': it has no public key yet"));
        }
        return ToolException.OK;
    }

    static void refuseHooks(VpnDirectory directory, String node, boolean allowed) {
        NodeSpec spec = directory.file().nodes().get(node);
        if (spec != null && !allowed && !spec.settings().hooks().isEmpty()) {
            throw new ToolException(
                    ToolException.USAGE,
                    "node '" + node
                            + "' has hooks, which run as root; look at them in topology.conf and pass --allow-hooks");
        }
    }

    private boolean write(Path file, WgConfig config) throws IOException {
        byte[] bytes = config.bytes();
        if (Files.exists(file) && Arrays.equals(SecretFiles.read(file), bytes)) {
            return false;
        }
        tool.out.println((tool.dryRun ? "would write " : "wrote ") + file);
        if (!tool.dryRun) {
            Path folder = file.toAbsolutePath().getParent();
            if (folder != null) {
                var unused = SecretFiles.folder(folder);
            }
            SecretFiles.write(file, bytes);
        }
        return true;
    }
}
