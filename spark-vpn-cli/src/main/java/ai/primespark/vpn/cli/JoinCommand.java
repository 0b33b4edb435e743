package ai.primespark.vpn.cli;

import ai.primespark.spi.Deadline;
import ai.primespark.spi.VpnDriver;
import ai.primespark.vpn.wireguard.ConfigDriver;
import ai.primespark.vpn.wireguard.SecretFiles;
import ai.primespark.vpn.wireguard.WgConfig;
import ai.primespark.vpn.wireguard.WgReport;
import ai.primespark.vpn.wireguard.WgRules;
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

/** Takes a file that was rendered for this machine. */
@Command(
        name = "join",
        description = {
            "Makes this machine the node that a file was rendered for elsewhere: puts it in its place and brings the tunnel up,"
                    + " or changes the running one without dropping peers that stay. Needs root.",
            "Where MTU, DNS, table or hooks have changed, the tunnel is taken down and up; and as it was, if it does not come up."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class JoinCommand implements Callable<Integer> {

    private static final String SUFFIX = ".conf";

    @ParentCommand
    @SuppressWarnings("NullAway.Init")
    private VpnTool tool;

    @Parameters(paramLabel = "FILE", description = "what render wrote for this machine; its hooks are run as root")
    private Path file = Path.of("");

    @Option(
            names = "--interface",
            paramLabel = "NAME",
            description = "the tunnel's name here; what the file is called unless given")
    private @Nullable String interfaceName;

    @Mixin
    @SuppressWarnings("NullAway.Init")
    private Driver driver;

    @Option(names = "--file-only", description = "put the file in its place, and touch no interface; needs no root")
    private boolean fileOnly;

    @Override
    public Integer call() throws Exception {
        String name = interfaceName == null ? nameOf(file) : interfaceName;
        WgConfig next = sound();
        Path target = driver.config(name);
        Path keyFile = keyFile(name);
        WgConfig before = Files.exists(target) ? WgConfig.parse(SecretFiles.read(target)) : null;
        boolean same = before != null && Arrays.equals(before.bytes(), next.bytes());
        if (tool.dryRun) {
            tool.out.println(same ? target + " would stay as it is" : "would write " + target);
            return ToolException.OK;
        }
        if (next.privateKey().isEmpty() && !Files.exists(keyFile)) {
            throw new ToolException(
                    ToolException.USAGE,
                    "there is no " + keyFile
                            + "; make one with `spark-vpn key`, and give its public key to whoever keeps"
                            + " the network");
        }
        if (!fileOnly) {
            join(name, target, keyFile, before, next);
        } else if (!same) {
            Driver.write(target, next);
            tool.out.println("wrote " + target);
        }
        return ToolException.OK;
    }

    private void join(String name, Path target, Path keyFile, @Nullable WgConfig before, WgConfig next)
            throws Exception {
        try (VpnDriver opened = driver.open(name, keyFile)) {
            Deadline deadline = Deadline.in(Driver.PATIENCE);
            boolean up = opened.read(deadline).isPresent();
            if (up && before != null && before.sameInterface(next)) {
                if (!Arrays.equals(before.bytes(), next.bytes())) {
                    ((ConfigDriver) opened).apply(next, deadline); // there is no other that the command line knows
                }
                tool.out.println("'" + name + "' is up to date");
            } else {
                Driver.restart(opened, target, up ? before : null, next, tool.err);
                tool.out.println("'" + name + "' is up");
            }
        }
    }

    private static String nameOf(Path file) {
        String name = Objects.requireNonNullElse(file.getFileName(), file).toString();
        if (!name.endsWith(SUFFIX)) {
            throw new ToolException(
                    ToolException.USAGE, "'" + name + "' is not called INTERFACE.conf; pass --interface");
        }
        return name.substring(0, name.length() - SUFFIX.length());
    }

    private WgConfig sound() throws IOException {
        WgConfig config = WgConfig.read(file);
        WgReport report = config.check(WgRules.QUICK.withHooks());
        if (!report.sound()) {
            report.findings().forEach(finding -> tool.err.println(file + ":" + finding));
            throw new ToolException(ToolException.UNSOUND, file + " is not sound; nothing was changed");
        }
        return config;
    }

    private Path keyFile(String name) {
        Path given = driver.keyFile();
        return given != null ? given : Path.of("/etc/wireguard", name + ".key");
    }
}
