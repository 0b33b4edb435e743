package ai.primespark.vpn.wireguard.driver;

import ai.primespark.spi.Deadline;
import ai.primespark.spi.Settings;
import ai.primespark.vpn.VpnException;
import ai.primespark.vpn.VpnException.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The programs that the driver uses, and what it means when one fails. Thread-safe.
 *
 * <p>{@code wg} says "Unable to access interface" for a missing right and a missing interface alike, so the interface and the
 * process's rights are looked at separately.
 */
final class Tools {

    /** What {@code wg-quick} and we call, and where it comes from. */
    private static final Map<String, String> PACKAGES = Map.of(
            "wg", "wireguard-tools",
            "wg-quick", "wireguard-tools",
            "ip", "iproute2",
            "nft", "nftables",
            "iptables", "iptables",
            "resolvconf", "openresolv, or leave DNS out of the config",
            "wireguard-go", "wireguard-go",
            "boringtun-cli", "boringtun",
            "sudo", "sudo");

    private static final Pattern NOT_FOUND = Pattern.compile(
            "(?:([\\w.+-]+): command not found|exec of \"([^\"]+)\" failed: No such file|sudo: ([^\\s:]+): command not found)");

    private static final Pattern NOT_PERMITTED = Pattern.compile(
            "(?i)operation not permitted|permission denied|a password is required|a terminal is required|may not run sudo"
                    + "|not in the sudoers|is not allowed to|must be (?:run as )?root");

    private final ToolRunner runner = new ToolRunner();
    private final Rights rights;
    private final List<String> prefix;
    private final String wg;
    private final String wgQuick;
    private final String userspace;
    private final String interfaceName;

    Tools(Settings settings, Rights rights) {
        this.rights = rights;
        this.prefix = settings.get(WireGuardSettings.COMMAND_PREFIX);
        this.wg = settings.get(WireGuardSettings.WG);
        this.wgQuick = settings.get(WireGuardSettings.WG_QUICK);
        this.userspace = settings.get(WireGuardSettings.USERSPACE);
        this.interfaceName = settings.get(WireGuardSettings.INTERFACE);
    }

    /** Ends whatever is running. */
    void close() {
        runner.close();
    }

    /** How an interface is there. */
    enum Link {
        MISSING,
        DOWN,
        UP
    }

    /** Whether the interface is there; needs no right. The lowest bit of its flags says that it is up (netdevice(7), IFF_UP). */
    Link link(Deadline deadline) {
        String path = "/sys/class/net/" + interfaceName + "/flags";
        try {
            String flags;
            if (prefix.isEmpty()) {
                flags = Files.readString(Path.of(path), StandardCharsets.ISO_8859_1);
            } else { // another namespace has a sysfs of its own
                Optional<ToolRunner.Result> read = cat(deadline, path);
                if (read.isEmpty()) {
                    return Link.MISSING;
                }
                flags = read.get().said();
            }
            return (Integer.decode(flags.strip()) & 1) == 0 ? Link.DOWN : Link.UP;
        } catch (NoSuchFileException e) {
            return Link.MISSING;
        } catch (IOException e) {
            throw ioFailure("looking for the interface", "", e);
        }
    }

    /** Whether programs may have other rights than this process, or see another network. */
    boolean havePrefix() {
        return !prefix.isEmpty();
    }

    /**
     * Reads a file with the rights that programs have.
     *
     * @return empty when there is none
     * @throws VpnException when it cannot be read
     */
    Optional<ToolRunner.Result> cat(Deadline deadline, String file) {
        List<String> command = with("cat", file);
        try {
            ToolRunner.Result result = runner.run(command, Map.of(), deadline);
            if (result.succeeded()) {
                return Optional.of(result);
            }
            if (result.errors().contains(file + ": No such file")) {
                return Optional.empty();
            }
            throw failure(command, result, deadline);
        } catch (IOException e) {
            throw ioFailure(ToolRunner.name(command), command.get(0), e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /**
     * Runs {@code wg}.
     *
     * @throws VpnException when it fails
     */
    ToolRunner.Result wg(Deadline deadline, String... arguments) {
        return run(with(wg, arguments), deadline, false);
    }

    /** Runs {@code ip}. */
    ToolRunner.Result ip(Deadline deadline, String... arguments) {
        return run(with("ip", arguments), deadline, false);
    }

    /** Runs {@code wg-quick}, which may leave a process behind that is the tunnel. */
    ToolRunner.Result wgQuick(Deadline deadline, String action, Path config) {
        if (prefix.isEmpty() && rights.known() && !rights.root()) { // it would ask for a password on the terminal
            throw new VpnException(
                    Kind.NOT_PERMITTED,
                    "'wg-quick " + action + " " + config + "' needs root. Run as root, or allow 'sudo -n " + wgQuick
                            + "' and set command-prefix = [sudo, -n], or let the system bring the tunnel up (systemctl enable"
                            + " --now wg-quick@" + interfaceName + ") and leave it to this process to watch it",
                    null);
        }
        return run(with(wgQuick, action, config.toString()), deadline, true);
    }

    private ToolRunner.Result run(List<String> command, Deadline deadline, boolean leaves) {
        // one name that cannot be resolved would otherwise hold everything up for minutes
        Map<String, String> environment =
                Map.of("WG_ENDPOINT_RESOLUTION_RETRIES", "0", "WG_QUICK_USERSPACE_IMPLEMENTATION", userspace);
        ToolRunner.Result result;
        try {
            result = leaves
                    ? runner.runAndLeave(command, environment, deadline)
                    : runner.run(command, environment, deadline);
        } catch (IOException e) {
            throw ioFailure(ToolRunner.name(command), command.get(0), e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
        if (!result.succeeded()) {
            throw failure(command, result, deadline);
        }
        return result;
    }

    private List<String> with(String program, String... arguments) {
        List<String> command = new ArrayList<>(prefix);
        command.add(program);
        command.addAll(List.of(arguments));
        return command;
    }

    // --- failures

    private VpnException ioFailure(String what, String program, IOException e) {
        if (e instanceof ToolRunner.RunawayException) {
            return new VpnException(Kind.TIMEOUT, String.valueOf(e.getMessage()), e);
        }
        String why = String.valueOf(e.getMessage());
        if (why.contains("error=2,")) { // ENOENT
            return missing(program, e);
        }
        return new VpnException(
                why.contains("error=13,") ? Kind.NOT_PERMITTED : Kind.FAILED,
                what + " failed: " + Masking.mask(why),
                e);
    }

    private VpnException missing(String program, @Nullable Exception cause) {
        String name = program.substring(program.lastIndexOf('/') + 1);
        String debian = PACKAGES.get(name);
        return new VpnException(
                Kind.TOOL_MISSING,
                "the program '" + program + "' is not installed"
                        + (debian == null ? "" : "; install the package " + debian + " (Debian's name)"),
                cause);
    }

    private VpnException failure(List<String> command, ToolRunner.Result result, Deadline deadline) {
        String said = result.errors().isEmpty() ? result.said() : result.errors();
        String what = ToolRunner.name(command) + " failed (exit code " + result.exit() + ")"
                + (said.isEmpty() ? "" : ": " + shortened(said));
        Matcher lacking = NOT_FOUND.matcher(said);
        if (lacking.find()) {
            return missing(
                    Stream.of(lacking.group(1), lacking.group(2), lacking.group(3))
                            .filter(group -> group != null)
                            .findFirst()
                            .orElse("?"),
                    null);
        }
        if (said.contains("Unknown device type") && !said.contains("Falling back")) {
            return new VpnException(
                    Kind.TOOL_MISSING,
                    "the kernel of this machine has no WireGuard, and the program '" + userspace
                            + "' that could stand in for it is not installed; load the module (modprobe wireguard) or install"
                            + " the package wireguard-go (Debian's name)",
                    null);
        }
        if (said.contains("No such device")
                || said.contains("Cannot find device")
                || said.contains("is not a WireGuard interface")) {
            return new VpnException(
                    Kind.NO_INTERFACE, "there is no WireGuard interface '" + interfaceName + "': " + what, null);
        }
        if (said.contains("Unable to access interface")) {
            return inaccessible(what, deadline);
        }
        if (NOT_PERMITTED.matcher(said).find()) {
            return notPermitted(what);
        }
        if (said.contains(".conf' does not exist")) { // wg-quick, where this process could not look itself
            return new VpnException(Kind.INVALID, "the config of '" + interfaceName + "' is not there: " + what, null);
        }
        Set<String> ours = Set.of("Line unrecognized", "Configuration parsing error", "Key is not the correct length");
        return new VpnException(ours.stream().anyMatch(said::contains) ? Kind.INVALID : Kind.FAILED, what, null);
    }

    private VpnException inaccessible(String what, Deadline deadline) {
        if (link(deadline) == Link.MISSING) {
            return new VpnException(Kind.NO_INTERFACE, "there is no interface '" + interfaceName + "'", null);
        }
        // wireguard-go has a socket, which is its user's: what is said then tells more than the rights that the kernel
        // asks for
        return NOT_PERMITTED.matcher(what).find() || lacksRight(deadline)
                ? notPermitted(what)
                : new VpnException(
                        Kind.NO_INTERFACE, "'" + interfaceName + "' is no WireGuard interface: " + what, null);
    }

    /** Whether programs run without the right to configure networks, as far as that can be told. */
    private boolean lacksRight(Deadline deadline) {
        if (prefix.isEmpty()) {
            return rights.known() && !rights.netAdmin();
        }
        try {
            ToolRunner.Result status = runner.run(with("cat", "/proc/self/status"), Map.of(), deadline);
            return status.succeeded() && !Rights.of(status.text()).effective();
        } catch (IOException e) {
            return false; // not known
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static VpnException notPermitted(String what) {
        return new VpnException(
                Kind.NOT_PERMITTED,
                what
                        + ". Run as root, give the process CAP_NET_ADMIN (systemd: AmbientCapabilities=CAP_NET_ADMIN), or set"
                        + " command-prefix = [sudo, -n] and allow that",
                null);
    }

    private static VpnException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new VpnException(Kind.FAILED, "interrupted while a program was running; it was ended", e);
    }

    /** The end of what a tool said, where it says what went wrong. */
    private static String shortened(String said) {
        String oneLine = said.replace("\n", " | ");
        return oneLine.length() <= 600 ? oneLine : "…" + oneLine.substring(oneLine.length() - 600);
    }
}
