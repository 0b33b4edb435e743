package ai.primespark.vpn.wireguard.driver;

import ai.primespark.spi.Deadline;
import ai.primespark.vpn.VpnException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Makes a running interface fit a new config, with {@code wg syncconf}, which leaves sessions alone that stay as they are; and takes
 * everything back when a step fails. Used once.
 */
final class LiveChange {

    private static final Duration TAKING_BACK = Duration.ofSeconds(5);

    private final Tools tools;
    private final ConfigFile config;
    private final String interfaceName;
    private final Change change;

    LiveChange(Tools tools, ConfigFile config, String interfaceName, Change change) {
        this.tools = tools;
        this.config = config;
        this.interfaceName = interfaceName;
        this.change = change;
    }

    /**
     * Does it.
     *
     * @param next what the config becomes, in a file beside it
     */
    void run(Path next, Deadline deadline) {
        ToolRunner.Result was = tools.wg(deadline, "showconf", interfaceName);
        Path old = config.beside(was.output());
        try {
            was.wipe();
            sync(change.live(show(deadline, "listen-port"), show(deadline, "fwmark")), deadline);
            try {
                batch(change.additions(), false, deadline);
                config.replaceBy(next);
            } catch (RuntimeException e) {
                takeBack(old, e);
                throw e;
            }
            batch(change.removals(false), true, deadline);
        } finally {
            ConfigFile.delete(old);
        }
    }

    private void takeBack(Path old, RuntimeException because) {
        Deadline deadline = Deadline.in(TAKING_BACK); // even when the time is over
        try {
            batch(change.removals(true), true, deadline);
            var unused = tools.wg(deadline, "syncconf", interfaceName, old.toString());
        } catch (RuntimeException e) {
            because.addSuppressed(e);
        }
    }

    private String show(Deadline deadline, String what) {
        return tools.wg(deadline, "show", interfaceName, what).text();
    }

    private void sync(byte[] live, Deadline deadline) {
        Path file = config.beside(live);
        try {
            var unused = tools.wg(deadline, "syncconf", interfaceName, file.toString());
        } finally {
            ConfigFile.delete(file);
        }
    }

    /** Runs lines of {@code ip} in one process. */
    private void batch(String lines, boolean tolerant, Deadline deadline) {
        if (lines.isEmpty()) {
            return;
        }
        Path file = config.beside(lines.getBytes(StandardCharsets.US_ASCII));
        try {
            if (tolerant) {
                var unused = tools.ip(deadline, "-force", "-batch", file.toString());
            } else {
                var unused = tools.ip(deadline, "-batch", file.toString());
            }
        } catch (VpnException e) {
            if (!tolerant || e.kind() == VpnException.Kind.TIMEOUT) { // what is not there need not be taken away
                throw e;
            }
        } finally {
            ConfigFile.delete(file);
        }
    }
}
