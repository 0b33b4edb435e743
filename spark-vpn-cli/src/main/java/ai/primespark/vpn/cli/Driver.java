package ai.primespark.vpn.cli;

import ai.primespark.spi.Deadline;
import ai.primespark.spi.Meters;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Settings;
import ai.primespark.spi.VpnDriver;
import ai.primespark.spi.VpnDriverProvider;
import ai.primespark.vpn.wireguard.KeyMask;
import ai.primespark.vpn.wireguard.SecretFiles;
import ai.primespark.vpn.wireguard.WgConfig;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** This machine's driver, and how the command line names its parts. */
final class Driver {

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "this machine's wg-quick file; /etc/wireguard/INTERFACE.conf unless given")
    private @Nullable Path config;

    @Option(
            names = "--key-file",
            paramLabel = "FILE",
            description = "where this machine's private key is, if not in that file")
    private @Nullable Path keyFile;

    @Option(
            names = "--prefix",
            paramLabel = "WORD",
            description = "what commands begin with, such as: --prefix sudo --prefix -n")
    private List<String> prefix = new ArrayList<>();

    /** For one change. */
    static final Duration PATIENCE = Duration.ofSeconds(60);

    /**
     * Brings a tunnel up as a file says, after taking it down. When that fails, it is brought up again as it was.
     *
     * @param before what the file says while the tunnel is up; null when it is not up, or came from no file
     */
    static void restart(VpnDriver opened, Path file, @Nullable WgConfig before, WgConfig next, PrintStream err)
            throws IOException {
        opened.down(Deadline.in(PATIENCE));
        try {
            write(file, next);
            opened.up(Deadline.in(PATIENCE));
        } catch (RuntimeException | IOException e) {
            if (before != null) {
                bringBack(opened, file, before, err, e);
            }
            throw e;
        }
    }

    private static void bringBack(VpnDriver opened, Path file, WgConfig before, PrintStream err, Exception because) {
        try {
            write(file, before);
            opened.up(Deadline.in(PATIENCE));
            err.println("spark-vpn: the tunnel and its file are as they were before");
        } catch (RuntimeException | IOException e) {
            because.addSuppressed(e);
            err.println("spark-vpn: THE TUNNEL IS DOWN: " + KeyMask.mask(String.valueOf(e.getMessage())));
        }
    }

    /** Writes a config, in a folder of mode 0700. */
    static void write(Path file, WgConfig config) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null) {
            var unused = SecretFiles.folder(folder);
        }
        SecretFiles.write(file, config.bytes());
    }

    Path config(String interfaceName) {
        return config == null
                ? Path.of("/etc/wireguard", interfaceName + ".conf")
                : config.toAbsolutePath().normalize();
    }

    @Nullable
    Path keyFile() {
        return keyFile == null ? null : keyFile.toAbsolutePath();
    }

    VpnDriver open(String interfaceName) {
        return open(interfaceName, keyFile());
    }

    VpnDriver open(String interfaceName, @Nullable Path privateKey) {
        for (VpnDriverProvider provider : ServiceLoader.load(VpnDriverProvider.class, Driver.class.getClassLoader())) {
            if (provider.name().equals("wireguard")) {
                Map<String, Object> values = new HashMap<>();
                values.put("interface", interfaceName);
                values.put("config", config(interfaceName));
                values.put("command-prefix", prefix);
                if (privateKey != null) {
                    values.put("private-key-file", privateKey);
                }
                return provider.create(new Context(Settings.of(provider.settings(), values)));
            }
        }
        throw new ToolException(ToolException.MISSING, "this program was packed without the WireGuard driver");
    }

    /** Executors that the driver for WireGuard has no use for are made when somebody asks. */
    private record Context(Settings settings) implements ProviderContext {

        @Override
        public String id() {
            return "cli";
        }

        @Override
        public String nodeId() {
            return "cli";
        }

        @Override
        public InstantSource clock() {
            return InstantSource.system();
        }

        @Override
        public ExecutorService blocking() {
            return Executors.newCachedThreadPool(Context::daemon);
        }

        @Override
        public ScheduledExecutorService scheduler() {
            return Executors.newSingleThreadScheduledExecutor(Context::daemon);
        }

        private static Thread daemon(Runnable task) {
            Thread thread = new Thread(task, "spark-vpn-cli");
            thread.setDaemon(true);
            return thread;
        }

        @Override
        public Path dataDirectory() {
            return Path.of(System.getProperty("java.io.tmpdir"), "spark-vpn-cli");
        }

        @Override
        public Meters meters() {
            return Meters.discarding();
        }
    }
}
