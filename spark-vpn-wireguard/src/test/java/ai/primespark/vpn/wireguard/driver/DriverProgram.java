package ai.primespark.vpn.wireguard.driver;

import ai.primespark.spi.Deadline;
import ai.primespark.spi.Settings;
import ai.primespark.vpn.VpnException;
import ai.primespark.vpn.VpnPublicKey;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A driver in a process of its own, whose user a test chooses. Arguments: the interface, its config, the program {@code wg}, the
 * command prefix, and then what to do, one after another. Prints what comes of each.
 */
final class DriverProgram {

    private DriverProgram() {}

    public static void main(String[] args) {
        Map<String, Object> settings = new HashMap<>();
        settings.put("interface", args[0]);
        settings.put("config", Path.of(args[1]));
        settings.put("wg", args[2]);
        settings.put("command-prefix", args[3].isEmpty() ? List.of() : List.of(args[3].split(" ", -1)));
        WireGuardDriver driver = new WireGuardDriver(Settings.of(WireGuardSettings.ALL, settings));
        for (String call : Arrays.asList(args).subList(4, args.length)) {
            String came;
            try {
                came = call(driver, call.split(" ", -1));
            } catch (VpnException e) {
                came = e.kind() + " " + e.getMessage();
            }
            System.out.println(call + ": " + came);
        }
        driver.close();
    }

    private static String call(WireGuardDriver driver, String[] words) {
        Deadline deadline = Deadline.in(Duration.ofMillis(words[0].equals("hurry") ? 3_000 : 20_000));
        switch (words[0]) {
            case "up" -> driver.up(deadline);
            case "down" -> driver.down(deadline);
            case "key" -> {
                return driver.publicKey(deadline).map(VpnPublicKey::base64).orElse("none");
            }
            case "look", "hurry" -> {
                return driver.read(deadline)
                        .map(seen -> "peers "
                                + seen.peers().stream()
                                        .map(peer -> peer.endpoint())
                                        .toList())
                        .orElse("nothing");
            }
            case "reconnect" -> driver.reconnect(new VpnPublicKey(words[1]), deadline);
            default -> throw new IllegalArgumentException(words[0]);
        }
        return "done";
    }
}
