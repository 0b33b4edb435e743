package ai.primespark.benchmarks.vpn;

import ai.primespark.benchmarks.Table;
import ai.primespark.vpn.VpnNode;
import ai.primespark.vpn.VpnSecretKey;
import ai.primespark.vpn.VpnTopology;
import ai.primespark.vpn.wireguard.NodeSettings;
import ai.primespark.vpn.wireguard.WgConfig;
import ai.primespark.vpn.wireguard.WgRenderer;
import ai.primespark.vpn.wireguard.WgRules;
import ai.primespark.vpn.wireguard.WireGuardKeys;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Renders whole networks on one thread. Each measure is the processor time of that thread, so that a busy machine does not
 * count; the first of several runs is told apart, because a command line makes only one.
 */
public final class Networks {

    private static final int NODES = 1000;
    private static final int RUNS = 9;

    private final WireGuardKeys keys = new WireGuardKeys();
    private final List<VpnSecretKey> privateKeys = new ArrayList<>();
    private final List<VpnSecretKey> presharedKeys = new ArrayList<>();

    private Networks() {
        for (int i = 0; i < NODES; i++) {
            privateKeys.add(keys.newPrivateKey());
            presharedKeys.add(keys.newPresharedKey());
        }
    }

    /** Measures everything. */
    public static Table run() {
        Networks networks = new Networks();
        Table table = new Table("1,000 nodes", "first ms", "median ms", "bytes");
        VpnTopology star = networks.topology(1);
        networks.row(table, "hub and spokes, rendered with keys", () -> networks.render(star, true));
        networks.row(
                table,
                "hub and spokes, topology built and rendered",
                () -> networks.render(networks.topology(1), true));
        VpnTopology hubs = networks.topology(10);
        networks.row(table, "ten hubs, rendered with keys", () -> networks.render(hubs, true));
        VpnTopology mesh = networks.topology(0);
        networks.row(table, "full mesh, rendered without private keys", () -> networks.render(mesh, false));
        WgConfig hub = new WgRenderer("wg0")
                .render(star, "n0", null, NodeSettings.builder().build());
        byte[] text = hub.bytes();
        networks.row(table, "the hub's file, read and checked", () -> {
            if (!WgConfig.parse(text).check(WgRules.QUICK.withHooks()).sound()) {
                throw new IllegalStateException("our own file is not sound");
            }
            return text.length;
        });
        return table;
    }

    private VpnTopology topology(int hubs) {
        VpnTopology.Builder builder = VpnTopology.builder("10.8.0.0/16", "fd00:8::/64");
        for (int i = 0; i < NODES; i++) {
            int number = i + 1;
            VpnNode.Builder node = VpnNode.builder("n" + i, WireGuardKeys.publicKey(privateKeys.get(i)))
                    .address("10.8." + (number >> 8) + "." + (number & 255) + "/16")
                    .address("fd00:8::" + Integer.toHexString(number) + "/64");
            if (i < hubs || hubs == 0) {
                node.endpoint("n" + i + ".example.org:51820");
            } else {
                node.keepalive(Duration.ofSeconds(25)).hub("n" + i % hubs);
            }
            if (i < hubs) {
                builder.hub(node.build());
            } else {
                builder.node(node.build());
                if (hubs > 0) {
                    builder.presharedKey("n" + i, "n" + i % hubs, presharedKeys.get(i));
                }
            }
        }
        return builder.build();
    }

    private long render(VpnTopology topology, boolean withKeys) {
        WgRenderer renderer = new WgRenderer("wg0");
        NodeSettings settings = NodeSettings.builder().build();
        long bytes = 0;
        for (int i = 0; i < NODES; i++) {
            bytes += renderer.render(topology, "n" + i, withKeys ? privateKeys.get(i) : null, settings)
                    .reveal()
                    .length();
        }
        return bytes;
    }

    private void row(Table table, String what, LongSupplier work) {
        double[] millis = new double[RUNS];
        long bytes = 0;
        for (int i = 0; i < RUNS; i++) {
            long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
            bytes = work.getAsLong();
            millis[i] = (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start) / 1e6;
        }
        double first = millis[0];
        Arrays.sort(millis);
        table.row(what, Table.number(first), Table.number(millis[RUNS / 2]), Table.count(bytes));
    }
}
