package ai.primespark.vpn.cli;

import ai.primespark.vpn.VpnException;
import ai.primespark.vpn.wireguard.KeyMask;
import ai.primespark.vpn.wireguard.VpnDirectory;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The command line; {@code README.md} describes it. */
@Command(
        name = "spark-vpn",
        description =
                "Sets up a private WireGuard network. Only apply, join and status need root; keys are never printed, except by qr.",
        mixinStandardHelpOptions = true,
        version = "spark-vpn 0.1",
        sortOptions = false,
        subcommands = {
            InitCommand.class,
            AddNodeCommand.class,
            RemoveNodeCommand.class,
            KeyCommand.class,
            RenderCommand.class,
            CheckCommand.class,
            QrCommand.class,
            RotateCommand.class,
            ApplyCommand.class,
            JoinCommand.class,
            StatusCommand.class,
            CommandLine.HelpCommand.class
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:the checked file is not sound",
            "2:wrong command line, topology or file",
            "3:the tunnel is down, or no peer of it can be counted on",
            "4:a program or a right is missing"
        })
public final class VpnTool {

    @Option(
            names = {"-d", "--dir"},
            paramLabel = "DIR",
            scope = ScopeType.INHERIT,
            description = "the network's folder; the working directory unless given")
    Path dir = Path.of(".");

    @Option(
            names = {"-n", "--dry-run"},
            scope = ScopeType.INHERIT,
            description = "say what would be done, and do nothing")
    boolean dryRun;

    final PrintStream out;
    final PrintStream err;

    VpnTool(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
    }

    /**
     * Runs a command and ends the process.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) {
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
        int code = run(args, out, err);
        out.flush();
        System.exit(code);
    }

    static int run(String[] args, PrintStream out, PrintStream err) {
        CommandLine line = new CommandLine(new VpnTool(out, err));
        line.setOut(new PrintWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8), true));
        line.setErr(new PrintWriter(new OutputStreamWriter(err, StandardCharsets.UTF_8), true));
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setExecutionExceptionHandler((failure, command, parsed) -> report(failure, err));
        if (args.length == 0) {
            line.usage(line.getErr());
            return ToolException.USAGE;
        }
        int code = line.execute(args);
        out.flush();
        return code;
    }

    private static int report(Exception failure, PrintStream err) {
        String message = String.valueOf(failure.getMessage());
        int code = ToolException.USAGE;
        if (failure instanceof ToolException own) {
            code = own.exitCode();
        } else if (failure instanceof VpnException vpn) {
            code = switch (vpn.kind()) {
                case TOOL_MISSING, NOT_PERMITTED, UNSUPPORTED -> ToolException.MISSING;
                case INVALID -> ToolException.USAGE;
                default -> ToolException.DOWN;
            };
        } else if (failure instanceof AccessDeniedException) {
            code = ToolException.MISSING;
            message = "this user may not touch " + message;
        } else if (failure instanceof NoSuchFileException) {
            message = "no such file: " + message;
        } else if (!(failure instanceof IOException) && !(failure instanceof IllegalArgumentException)) {
            message = failure.toString();
        }
        err.println("spark-vpn: " + KeyMask.mask(message));
        return code;
    }

    VpnDirectory open() throws IOException {
        return VpnDirectory.open(dir);
    }

    /** Writes what has changed, or says that it would. */
    void save(VpnDirectory directory) throws IOException {
        if (dryRun) {
            out.println("nothing was written (--dry-run)");
        } else {
            directory.save();
        }
    }
}
