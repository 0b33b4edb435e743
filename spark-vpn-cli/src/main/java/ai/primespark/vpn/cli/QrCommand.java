package ai.primespark.vpn.cli;

import ai.primespark.vpn.wireguard.ConfigQr;
import ai.primespark.vpn.wireguard.SecretFiles;
import ai.primespark.vpn.wireguard.VpnDirectory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Shows a configuration to a phone. */
@Command(
        name = "qr",
        description =
                "Shows a node's configuration, PRIVATE KEY INCLUDED, as a QR code for WireGuard's app on a phone.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class QrCommand implements Callable<Integer> {

    private static final int SCALE = 8;

    @ParentCommand
    @SuppressWarnings("NullAway.Init")
    private VpnTool tool;

    @Parameters(paramLabel = "NODE", description = "a node whose private key is held here")
    private String name = "";

    @Option(
            names = {"-o", "--out"},
            paramLabel = "FILE",
            description = "a .png or .svg file of mode 0600, in a folder of mode 0700; the terminal unless given")
    private @Nullable Path file;

    @Override
    public Integer call() throws IOException {
        try (VpnDirectory directory = tool.open()) {
            ConfigQr code = new ConfigQr(directory.render(directory.topology(), name, true));
            if (tool.dryRun) {
                tool.out.println("would show node '" + name + "'");
                return ToolException.OK;
            }
            directory.save();
            if (file == null) {
                tool.out.print(code.terminal());
                return ToolException.OK;
            }
            String lower = file.toString().toLowerCase(Locale.ROOT);
            if (lower.endsWith(".png")) {
                SecretFiles.write(file, code.png(SCALE));
            } else if (lower.endsWith(".svg")) {
                SecretFiles.write(file, code.svg().getBytes(StandardCharsets.UTF_8));
            } else {
                throw new ToolException(ToolException.USAGE, file + " is neither a .png nor a .svg file");
            }
            tool.out.println("wrote " + file + "; delete it when the phone has it");
        }
        return ToolException.OK;
    }
}
