package ai.primespark.core.vpn;

import ai.primespark.ProviderSpec;
import ai.primespark.spi.Setting;
import ai.primespark.vpn.VpnPublicKey;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The settings of {@code primespark.vpn}. */
public final class VpnSettings {

    private static final String NAME = "[a-z][a-z0-9-]{0,62}";
    private static final Duration SHORTEST = Duration.ofMillis(50);
    private static final Duration DAY = Duration.ofDays(1);

    public static final Setting<List<ProviderSpec>> DRIVER = Setting.providers(
                    "driver",
                    "What watches and steers the tunnel, such as driver = {type = wireguard, interface = wg0}, or"
                            + " {type = static, …} for a network that somebody else manages. Without it there is no VPN.")
            .optional();

    public static final Setting<List<String>> NETWORKS = Setting.texts(
                    "networks",
                    "The names by which LLM backends ask for this tunnel: via = vpn is any of its peers, via = vpn/server the one"
                            + " called so.")
            .must(names -> !names.isEmpty() && names.stream().allMatch(n -> n.matches(NAME)), "names of [a-z0-9-]")
            .defaultsTo(List.of("vpn"));

    public static final Setting<Map<String, String>> PEERS = Setting.textMap(
                    "peers",
                    "What peers are called: public keys by name. A topology that is applied names them as well.")
            .must(VpnSettings::areKeys, "public keys by names of [a-z0-9-]")
            .defaultsTo(Map.of());

    public static final Setting<Map<String, String>> PROBES = Setting.textMap(
                    "probes",
                    "What peers are asked to find out whether they can be reached: host:port by the peer's name. A TCP connection"
                            + " is made and closed at once; a refusal is an answer, too.")
            .must(VpnSettings::areProbes, "host:port or [IPv6]:port by names of [a-z0-9-]")
            .defaultsTo(Map.of());

    public static final Setting<Duration> INTERVAL = Setting.duration(
                    "interval", "How often the tunnel is looked at and its peers are probed.")
            .atLeast(SHORTEST)
            .atMost(DAY)
            .defaultsTo(Duration.ofSeconds(10));

    public static final Setting<Duration> SAVING_INTERVAL = Setting.duration(
                    "saving-interval", "The same when power management saves.")
            .atLeast(SHORTEST)
            .atMost(DAY)
            .defaultsTo(Duration.ofMinutes(1));

    public static final Setting<Duration> PROBE_TIMEOUT = Setting.duration(
                    "probe-timeout", "How long a peer may take to answer a probe.")
            .atLeast(SHORTEST)
            .atMost(Duration.ofMinutes(1))
            .defaultsTo(Duration.ofSeconds(2));

    public static final Setting<Duration> LOOK_TIMEOUT = Setting.duration(
                    "look-timeout", "How long the driver may take to say how the tunnel is.")
            .atLeast(SHORTEST)
            .atMost(Duration.ofMinutes(5))
            .defaultsTo(Duration.ofSeconds(5));

    public static final Setting<Duration> TIMEOUT = Setting.duration(
                    "timeout", "How long bringing the tunnel up or down, or changing it, may take.")
            .atLeast(SHORTEST)
            .atMost(Duration.ofMinutes(10))
            .defaultsTo(Duration.ofSeconds(30));

    public static final Setting<Boolean> KEEP_UP = Setting.bool(
                    "keep-up",
                    "Whether this instance brings the tunnel up when it starts and whenever it is not there, and makes it anew"
                            + " when nothing comes through. Otherwise it only does so after Vpn.up().")
            .defaultsTo(false);

    public static final Setting<Duration> RECONNECT_AFTER = Setting.duration(
                    "reconnect-after",
                    "From which age of the last handshake on the endpoint of a peer that does not answer is looked up again,"
                            + " because a dynamic address may have changed.")
            .atLeast(Duration.ofMillis(100))
            .atMost(DAY)
            .defaultsTo(Duration.ofSeconds(135));

    public static final Setting<Duration> RESTART_AFTER = Setting.duration(
                    "restart.after",
                    "How long no peer at all may be reached before a tunnel that is kept up is made anew.")
            .atLeast(Duration.ofMillis(100))
            .atMost(DAY)
            .defaultsTo(Duration.ofMinutes(5));

    public static final Setting<Duration> RESTART_WAIT = Setting.duration(
                    "restart.wait", "How long to wait before the next attempt; twice as long after each.")
            .atLeast(Duration.ofMillis(100))
            .atMost(DAY)
            .defaultsTo(Duration.ofSeconds(30));

    public static final Setting<Duration> RESTART_LONGEST_WAIT = Setting.duration(
                    "restart.longest-wait", "How long that becomes at most.")
            .atLeast(Duration.ofMillis(100))
            .atMost(DAY)
            .defaultsTo(Duration.ofMinutes(30));

    public static final Setting<Long> RESTART_MOST = Setting.number(
                    "restart.most",
                    "How often in a row the tunnel is made anew without a peer being reached; then it is left alone until one is,"
                            + " or until Vpn.up(). 0 for never.")
            .atLeast(0L)
            .atMost(1_000L)
            .defaultsTo(5L);

    /** All of them. */
    public static final List<Setting<?>> ALL = List.of(
            DRIVER,
            NETWORKS,
            PEERS,
            PROBES,
            INTERVAL,
            SAVING_INTERVAL,
            PROBE_TIMEOUT,
            LOOK_TIMEOUT,
            TIMEOUT,
            KEEP_UP,
            RECONNECT_AFTER,
            RESTART_AFTER,
            RESTART_WAIT,
            RESTART_LONGEST_WAIT,
            RESTART_MOST);

    private VpnSettings() {}

    private static boolean areKeys(Map<String, String> peers) {
        return peers.entrySet().stream().allMatch(e -> e.getKey().matches(NAME) && isKey(e.getValue()))
                && peers.values().stream().distinct().count() == peers.size();
    }

    private static boolean isKey(String text) {
        try {
            return !new VpnPublicKey(text).base64().isEmpty();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean areProbes(Map<String, String> probes) {
        return probes.entrySet().stream().allMatch(e -> e.getKey().matches(NAME) && HostPort.isValid(e.getValue()));
    }
}
