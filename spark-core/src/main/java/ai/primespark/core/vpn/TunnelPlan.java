package ai.primespark.core.vpn;

import ai.primespark.spi.Settings;
import ai.primespark.vpn.VpnPublicKey;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the settings say of a tunnel.
 *
 * @param networks its names
 * @param peers names by public key
 * @param probes what to ask, by the peer's name
 * @param interval between two looks
 * @param savingInterval the same when power is saved
 * @param probeTimeout for one probe
 * @param lookTimeout for one look
 * @param timeout for a change
 * @param keepUp whether it shall be up
 * @param healing when to do something about it
 */
record TunnelPlan(
        List<String> networks,
        Map<VpnPublicKey, String> peers,
        Map<String, HostPort> probes,
        Duration interval,
        Duration savingInterval,
        Duration probeTimeout,
        Duration lookTimeout,
        Duration timeout,
        boolean keepUp,
        Healing.Rules healing) {

    static TunnelPlan of(Settings settings) {
        Map<VpnPublicKey, String> peers = new LinkedHashMap<>();
        settings.get(VpnSettings.PEERS).forEach((name, key) -> peers.put(new VpnPublicKey(key), name));
        Map<String, HostPort> probes = new LinkedHashMap<>();
        settings.get(VpnSettings.PROBES).forEach((name, where) -> probes.put(name, HostPort.parse(where)));
        Duration wait = settings.get(VpnSettings.RESTART_WAIT);
        Duration longest = settings.get(VpnSettings.RESTART_LONGEST_WAIT);
        if (longest.compareTo(wait) < 0) {
            throw new IllegalArgumentException("restart.longest-wait must not be shorter than restart.wait");
        }
        return new TunnelPlan(
                settings.get(VpnSettings.NETWORKS),
                peers,
                probes,
                settings.get(VpnSettings.INTERVAL),
                settings.get(VpnSettings.SAVING_INTERVAL),
                settings.get(VpnSettings.PROBE_TIMEOUT),
                settings.get(VpnSettings.LOOK_TIMEOUT),
                settings.get(VpnSettings.TIMEOUT),
                settings.get(VpnSettings.KEEP_UP),
                new Healing.Rules(
                        settings.get(VpnSettings.RECONNECT_AFTER),
                        settings.get(VpnSettings.RESTART_AFTER),
                        wait,
                        longest,
                        settings.get(VpnSettings.RESTART_MOST).intValue()));
    }
}
