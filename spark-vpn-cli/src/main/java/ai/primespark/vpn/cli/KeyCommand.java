package ai.primespark.vpn.cli;

import ai.primespark.vpn.VpnSecretKey;
import ai.primespark.vpn.wireguard.KeyStore;
import ai.primespark.vpn.wireguard.SecretFiles;
import ai.primespark.vpn.wireguard.WireGuardKeys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Makes a node's private key on the node. */
@Command(
        name = "key",
        description = "Makes a private key in a file of mode 0600, unless there is one, and prints its public key.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class KeyCommand implements Callable<Integer> {

    @ParentCommand
    @SuppressWarnings("NullAway.Init")
    private VpnTool tool;

    @Parameters(
            paramLabel = "FILE",
            description = "for example /etc/wireguard/wg0.key, where rendered configurations look")
    @SuppressWarnings("NullAway.Init")
    private Path file;

    @Override
    public Integer call() throws IOException {
        VpnSecretKey key;
        if (Files.exists(file)) {
            key = KeyStore.read(file);
        } else if (tool.dryRun) {
            tool.out.println("would make " + file);
            return ToolException.OK;
        } else {
            key = new WireGuardKeys().newPrivateKey();
            Path folder = file.toAbsolutePath().getParent();
            if (folder != null) {
                var unused = SecretFiles.folder(folder);
            }
            SecretFiles.write(file, (key.reveal() + "\n").getBytes(StandardCharsets.US_ASCII));
        }
        tool.out.println(WireGuardKeys.publicKey(key));
        return ToolException.OK;
    }
}
