package ai.primespark.vpn.cli;

import ai.primespark.spi.Deadline;
import ai.primespark.spi.VpnDriver;
import ai.primespark.vpn.VpnTopology;
import ai.primespark.vpn.wireguard.KeyStore.Age;
import ai.primespark.vpn.wireguard.SecretFiles;
import ai.primespark.vpn.wireguard.TopologyFile.NodeSpec;
import ai.primespark.vpn.wireguard.VpnDirectory;
import ai.primespark.vpn.wireguard.WgConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Brings this machine's tunnel up to date. */
@Command(
        name = "apply",
        description = {
            "Makes this machine a node: writes its configuration and brings the tunnel up, or changes the running one without"
                    + " dropping peers that stay. Needs root.",
            "MTU, DNS, table and hooks take effect when the tunnel comes up; it says so where they have changed."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class ApplyCommand implements Callable<Integer> {

    @ParentCommand
    @SuppressWarnings("NullAway.Init")
    private VpnTool tool;

    @Parameters(paramLabel = "NODE", description = "which node this machine is")
    private String name = "";

    @Mixin
    @SuppressWarnings("NullAway.Init")
    private Driver driver;

    @Option(
            names = "--restart",
            description = "take a running tunnel down and up again, which drops all peers for a moment")
    private boolean restart;

    @Option(names = "--allow-hooks", description = "take the hooks of the topology, which are run as root")
    private boolean allowHooks;

    @Override
    public Integer call() throws Exception {
        try (VpnDirectory directory = tool.open()) {
            RenderCommand.refuseHooks(directory, name, allowHooks);
            VpnTopology topology = directory.topology();
            boolean held = directory.keys().privateKey(name, Age.CURRENT).isPresent();
            WgConfig next = directory.render(topology, name, held, keyFile());
            NodeSpec node = Objects.requireNonNull(directory.file().nodes().get(name)); // or it was not rendered
            String interfaceName = node.interfaceName();
            Path file = driver.config(interfaceName);
            WgConfig before = Files.exists(file) ? WgConfig.parse(SecretFiles.read(file)) : null;
            boolean same = before != null && Arrays.equals(before.bytes(), next.bytes());
            if (tool.dryRun) {
                tool.out.println(same ? file + " would stay as it is" : "would write " + file);
                return ToolException.OK;
            }
            directory.save();
            try (VpnDriver opened = driver.open(interfaceName, held ? null : keyOf(node))) {
                Deadline deadline = Deadline.in(Driver.PATIENCE);
                boolean up = opened.read(deadline).isPresent();
                if (up && before != null && !restart) {
                    change(opened, topology, file, before, next, deadline);
                } else {
                    Driver.restart(opened, file, up ? before : null, next, tool.err);
                    tool.out.println("'" + interfaceName + "' is up");
                }
            }
        }
        return ToolException.OK;
    }

    /** Where a node that keeps its own key has it. */
    private Path keyOf(NodeSpec node) {
        Path given = driver.keyFile();
        return given != null
                ? given
                : Path.of(node.settings()
                        .keyFile()
                        .orElse(VpnDirectory.DEFAULT_KEY_FILE)
                        .replace("%i", node.interfaceName()));
    }

    private @Nullable String keyFile() {
        Path given = driver.keyFile();
        return given == null ? null : given.toString();
    }

    /** The driver works from the file: its peers are the old ones until they are changed, its own section is the new one. */
    private void change(
            VpnDriver opened, VpnTopology topology, Path file, WgConfig before, WgConfig next, Deadline deadline)
            throws IOException {
        Driver.write(file, next.withPeersOf(before));
        try {
            opened.apply(topology, name, deadline);
        } catch (RuntimeException e) {
            Driver.write(file, before);
            throw e;
        }
        Driver.write(file, next);
        tool.out.println("'" + opened.interfaceName() + "' is up to date");
        if (!before.sameInterface(next)) {
            tool.out.println(
                    "MTU, DNS, table, hooks or the default route have changed: they take effect at the next up, or with"
                            + " --restart");
        }
    }
}
