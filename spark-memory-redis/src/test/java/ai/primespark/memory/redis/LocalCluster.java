package ai.primespark.memory.redis;

import static org.awaitility.Awaitility.await;

import ai.primespark.testkit.LocalRedis;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A cluster of three masters. */
public final class LocalCluster implements AutoCloseable {

    private static final int SLOTS = 16_384;

    private final List<LocalRedis> nodes = new ArrayList<>();

    private LocalCluster() {}

    /** Starts the nodes and waits until they are one. */
    public static LocalCluster start() {
        LocalCluster cluster = new LocalCluster();
        for (int i = 0; i < 3; i++) {
            cluster.nodes.add(Servers.start(
                    "--cluster-enabled",
                    "yes",
                    "--cluster-config-file",
                    "nodes.conf",
                    "--cluster-node-timeout",
                    "5000"));
        }
        for (int i = 0; i < 3; i++) {
            List<String> words = new ArrayList<>(List.of("CLUSTER", "ADDSLOTS"));
            for (int slot = i * SLOTS / 3; slot < (i + 1) * SLOTS / 3; slot++) {
                words.add(String.valueOf(slot));
            }
            LocalRedis node = cluster.nodes.get(i);
            node.command(words.toArray(String[]::new));
            cluster.nodes.get(0).command("CLUSTER", "MEET", "127.0.0.1", String.valueOf(node.port()));
        }
        await().atMost(Duration.ofSeconds(60))
                .until(() -> cluster.nodes.stream().allMatch(node -> {
                    String info = node.command("CLUSTER", "INFO");
                    return info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:3");
                }));
        return cluster;
    }

    public List<LocalRedis> nodes() {
        return nodes;
    }

    /** The node that has a slot. */
    public LocalRedis owner(int slot) {
        return nodes.stream().filter(node -> owns(node, slot)).findFirst().orElseThrow();
    }

    private static boolean owns(LocalRedis node, int slot) {
        String own = node.command("CLUSTER", "NODES")
                .lines()
                .filter(line -> line.contains("myself"))
                .findFirst()
                .orElseThrow();
        for (String range : own.substring(own.indexOf(" connected") + 10).trim().split(" ")) {
            String[] ends = range.split("-");
            if (slot >= Integer.parseInt(ends[0]) && slot <= Integer.parseInt(ends[ends.length - 1])) {
                return true;
            }
        }
        return false;
    }

    /** Moves a slot and its keys from one node to another, as an operator does. */
    public void move(int slot, LocalRedis from, LocalRedis to) {
        String name = String.valueOf(slot);
        String target = to.command("CLUSTER", "MYID");
        to.command("CLUSTER", "SETSLOT", name, "IMPORTING", from.command("CLUSTER", "MYID"));
        from.command("CLUSTER", "SETSLOT", name, "MIGRATING", target);
        for (String key : from.command("CLUSTER", "GETKEYSINSLOT", name, "1000")
                .lines()
                .filter(line -> !line.isBlank())
                .toList()) {
            from.command("MIGRATE", "127.0.0.1", String.valueOf(to.port()), key, "0", "5000");
        }
        to.command("CLUSTER", "SETSLOT", name, "NODE", target);
        for (LocalRedis node : nodes) {
            node.command("CLUSTER", "SETSLOT", name, "NODE", target);
        }
    }

    /** The setting that finds it: one node, by which the others are found. */
    public List<String> seeds() {
        return List.of("127.0.0.1:" + nodes.get(1).port());
    }

    @Override
    public void close() {
        nodes.forEach(LocalRedis::close);
    }
}
