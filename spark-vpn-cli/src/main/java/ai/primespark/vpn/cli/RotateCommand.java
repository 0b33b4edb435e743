package ai.primespark.vpn.cli;

import ai.primespark.vpn.VpnPublicKey;
import ai.primespark.vpn.wireguard.KeyRotation;
import ai.primespark.vpn.wireguard.VpnDirectory;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Renews keys. */
@Command(
        name = "rotate",
        description = {
            "Renews a node's private and preshared keys in three steps, one a call: announced, switched, done.",
            "After each, render and apply on the nodes it names; then call it again. It goes on where it was."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class RotateCommand implements Callable<Integer> {

    @ParentCommand
    @SuppressWarnings("NullAway.Init")
    private VpnTool tool;

    @Parameters(paramLabel = "NODE", description = "whose keys")
    private String name = "";

    @Option(
            names = "--public-key",
            paramLabel = "KEY",
            description = "for the first step of a node that keeps its own key: the next one, from `key` there")
    private @Nullable String publicKey;

    @Option(names = "--abort", description = "back to the keys from before")
    private boolean abort;

    @Override
    public Integer call() throws IOException {
        try (VpnDirectory directory = tool.open()) {
            if (tool.dryRun) {
                tool.out.println("node '" + name + "' is "
                        + directory
                                .lock()
                                .rotating()
                                .filter(r -> r.node().equals(name))
                                .map(r -> "being rotated: " + r.step())
                                .orElse("not being rotated"));
                return ToolException.OK;
            }
            KeyRotation rotation = new KeyRotation(directory);
            KeyRotation.Outcome outcome = abort
                    ? rotation.abort(name)
                    : rotation.advance(name, publicKey == null ? null : new VpnPublicKey(publicKey));
            directory.save();
            tool.out.println(
                    "node '" + name + "': " + outcome.step().map(Enum::name).orElse(abort ? "ABORTED" : "DONE"));
            tool.out.println("render and apply on: " + String.join(", ", outcome.apply()));
            tool.out.println(outcome.advice());
        }
        return ToolException.OK;
    }
}
