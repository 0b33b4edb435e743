package ai.primespark.vpn.wireguard.driver;

import ai.primespark.spi.Setting;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** The settings of a driver of type {@code wireguard}. */
final class WireGuardSettings {

    /** What {@code wg-quick} takes for an interface; also keeps names from being options or paths. */
    static final String INTERFACE_RULE = "[a-zA-Z0-9_=+.-]{1,15}";

    static final Setting<String> INTERFACE = Setting.text("interface", "The tunnel's network interface.")
            .must(WireGuardSettings::isInterface, "1 to 15 of [a-zA-Z0-9_=+.-], not beginning with a dash")
            .defaultsTo("wg0");

    static final Setting<Path> CONFIG = Setting.path(
                    "config",
                    "The wg-quick file that the tunnel is made from; its name must be that of the interface with .conf. By"
                            + " default /etc/wireguard/<interface>.conf.")
            .must(Path::isAbsolute, "absolute")
            .optional();

    static final Setting<Path> PRIVATE_KEY_FILE = Setting.path(
                    "private-key-file",
                    "Where this machine's private key is read from when a topology is applied and there is no config yet.")
            .must(Path::isAbsolute, "absolute")
            .optional();

    static final Setting<List<String>> COMMAND_PREFIX = Setting.texts(
                    "command-prefix",
                    "What each command begins with, such as [sudo, -n] for a process that is not root, or [ip, netns, exec,"
                            + " NAME] for a tunnel in another network namespace. Never through a shell.")
            .must(words -> words.stream().noneMatch(String::isBlank), "a list of words")
            .defaultsTo(List.of());

    static final Setting<String> WG = Setting.text("wg", "The program wg, by name or path.")
            .must(text -> !text.isBlank(), "not blank")
            .defaultsTo("wg");

    static final Setting<String> WG_QUICK = Setting.text("wg-quick", "The program wg-quick, by name or path.")
            .must(text -> !text.isBlank(), "not blank")
            .defaultsTo("wg-quick");

    static final Setting<String> USERSPACE = Setting.text(
                    "userspace", "The program that wg-quick starts where the kernel has no WireGuard, by name or path.")
            .must(text -> !text.isBlank(), "not blank")
            .defaultsTo("wireguard-go");

    /** All of them. */
    static final List<Setting<?>> ALL =
            List.of(INTERFACE, CONFIG, PRIVATE_KEY_FILE, COMMAND_PREFIX, WG, WG_QUICK, USERSPACE);

    private WireGuardSettings() {}

    static boolean isInterface(String name) {
        return name.matches(INTERFACE_RULE) && !name.startsWith("-") && !name.equals(".") && !name.equals("..");
    }

    /** The config's place, checked to be one that {@code wg-quick} takes for this interface. */
    static Path config(String name, Path given) {
        Path fileName = Objects.requireNonNull(given.getFileName(), "a file");
        if (!fileName.toString().equals(name + ".conf")) {
            throw new IllegalArgumentException("config must be a file called '" + name
                    + ".conf', because wg-quick names the interface after it, and not '" + fileName + "'");
        }
        return given.normalize();
    }
}
