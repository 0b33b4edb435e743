package ai.primespark.core.vpn;

import ai.primespark.spi.VpnDriver;
import ai.primespark.vpn.VpnException;
import ai.primespark.vpn.VpnNode;
import ai.primespark.vpn.VpnPeer;
import ai.primespark.vpn.VpnPublicKey;
import ai.primespark.vpn.VpnState;
import ai.primespark.vpn.VpnTopology;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Who the peers are and how they are doing: names what the driver saw, probes it, and judges tunnel and peers. For one thread at a
 * time.
 */
final class PeerBook {

    /** More often than every two minutes, or a session with keepalives would be too old for a moment. */
    private static final int MOST_KEEPALIVE_SECONDS = 120;

    private static final int SHORT_KEY = 8;

    /** A probe thread may start late on a busy machine. */
    private static final Duration SLACK = Duration.ofSeconds(1);

    private final TunnelPlan plan;
    private final Surroundings around;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private Map<VpnPublicKey, String> names;
    private Set<VpnPublicKey> keepsAlive = Set.of();
    private Set<VpnPublicKey> roaming = Set.of();

    private static final class Entry {
        private final PeerHealth health = new PeerHealth();
        private VpnDriver.@Nullable Peer seen;
        private PeerHealth.@Nullable Verdict verdict;
        private boolean roams; // it was seen without an endpoint, so that one seen later came from the peer itself

        boolean isHeard() {
            PeerHealth.Verdict last = verdict;
            return last != null
                    && last.heard()
                    && (last.state() == VpnPeer.State.UP || last.state() == VpnPeer.State.IDLE);
        }

        void renewed() {
            health.renewed();
            seen = null;
            verdict = null;
            roams = false;
        }
    }

    /**
     * All that one look says.
     *
     * @param state of the tunnel
     * @param key this machine's, or null
     * @param peers each peer
     * @param networks what can be used
     * @param reason why, in words
     * @param doubtful whether to look again soon
     */
    record Page(
            VpnState state,
            @Nullable VpnPublicKey key,
            List<VpnPeer> peers,
            Set<String> networks,
            String reason,
            boolean doubtful) {}

    PeerBook(TunnelPlan plan, Surroundings around) {
        this.plan = plan;
        this.around = around;
        this.names = plan.peers();
    }

    /** Learns names and habits of a topology; names of the configuration stay. */
    void topology(VpnTopology topology, VpnNode self) {
        Map<VpnPublicKey, String> known = new HashMap<>();
        Set<VpnPublicKey> keeping = new HashSet<>();
        Set<VpnPublicKey> hidden = new HashSet<>();
        for (VpnNode node : topology.nodes().values()) {
            if (node != self) {
                known.put(node.publicKey(), node.name());
                node.keepalive()
                        .filter(every -> every.toSeconds() <= MOST_KEEPALIVE_SECONDS)
                        .ifPresent(every -> keeping.add(node.publicKey()));
                if (node.endpoint().isEmpty()) {
                    hidden.add(node.publicKey());
                }
            }
        }
        known.putAll(plan.peers());
        names = known;
        keepsAlive = keeping;
        roaming = hidden;
        entries.values().forEach(entry -> entry.roams = false); // it may have an endpoint now
    }

    /** The interface was taken away, and comes again as a new one. */
    void renewed() {
        entries.values().forEach(Entry::renewed);
    }

    String name(VpnPublicKey key) {
        String known = names.get(key);
        return known != null ? known : key.base64().substring(0, SHORT_KEY) + "…";
    }

    /** Judges what the driver saw; empty when there is no interface. */
    Page read(Optional<VpnDriver.Snapshot> seen) {
        if (seen.isEmpty()) {
            renewed();
            return new Page(VpnState.DOWN, null, List.of(), Set.of(), "the interface does not exist or is down", false);
        }
        VpnDriver.Snapshot snapshot = seen.get();
        if (snapshot.peers().isEmpty()) {
            entries.clear();
            return misconfigured(snapshot.key(), List.of(), "the interface has no peer");
        }
        boolean doubtful = judge(snapshot.peers());
        List<VpnPeer> peers = peers();
        if (snapshot.key() == null && snapshot.peers().stream().anyMatch(peer -> peer.publicKey() != null)) {
            return misconfigured(null, peers, "the interface has no private key");
        }
        return page(snapshot.key(), peers, "", doubtful);
    }

    /** Judges without the driver: by probes, if there are any and only the driver's rights or tools are lacking. */
    Page unread(VpnException why) {
        boolean lacks = why.kind() == VpnException.Kind.NOT_PERMITTED || why.kind() == VpnException.Kind.TOOL_MISSING;
        String reason = String.valueOf(why.getMessage());
        if (!lacks || plan.probes().isEmpty()) {
            return new Page(VpnState.UNKNOWN, null, List.of(), Set.of(), reason, false);
        }
        List<VpnDriver.Peer> probed = new ArrayList<>();
        plan.probes()
                .forEach((name, where) ->
                        probed.add(new VpnDriver.Peer(name, null, where.toString(), List.of(), null, 0, 0, 0)));
        boolean doubtful = judge(probed);
        return page(null, peers(), " (by probes alone: " + reason + ")", doubtful);
    }

    private static Page misconfigured(@Nullable VpnPublicKey key, List<VpnPeer> peers, String reason) {
        return new Page(VpnState.MISCONFIGURED, key, peers, Set.of(), reason, false);
    }

    private Page page(@Nullable VpnPublicKey key, List<VpnPeer> peers, String addition, boolean doubtful) {
        List<String> connected =
                peers.stream().filter(VpnPeer::isConnected).map(VpnPeer::name).toList();
        if (connected.isEmpty()) {
            String each = peers.stream()
                    .limit(5)
                    .map(peer -> peer.name() + ": " + peer.reason())
                    .reduce((one, other) -> one + "; " + other)
                    .orElse("");
            return new Page(
                    VpnState.DEGRADED,
                    key,
                    peers,
                    Set.of(),
                    (peers.size() == 1 ? "" : "not one of " + peers.size() + " peers can be reached: ")
                            + each
                            + (peers.size() > 5 ? "; …" : "")
                            + addition,
                    doubtful);
        }
        Set<String> networks = new TreeSet<>();
        for (String network : plan.networks()) {
            networks.add(network);
            connected.forEach(name -> networks.add(network + "/" + name));
        }
        String reason = connected.size() + " of " + peers.size() + (peers.size() == 1 ? " peer" : " peers")
                + " can be reached" + addition;
        return new Page(VpnState.UP, key, peers, networks, reason, doubtful);
    }

    // --- peers

    /** Judges each peer. Gives whether one is in doubt. */
    private boolean judge(List<VpnDriver.Peer> seen) {
        Map<String, HostPort> asked = new LinkedHashMap<>();
        Set<String> present = new HashSet<>();
        for (VpnDriver.Peer peer : seen) {
            String id = identity(peer);
            present.add(id);
            Entry entry = entries.computeIfAbsent(id, unused -> new Entry());
            entry.seen = peer;
            entry.roams |= peer.publicKey() != null && (peer.endpoint() == null || roaming.contains(peer.publicKey()));
            HostPort where = plan.probes().get(name(peer));
            if (where == null && peer.publicKey() == null && peer.endpoint() != null) {
                where = HostPort.parse(peer.endpoint());
            }
            if (where != null) {
                asked.put(id, where);
            }
        }
        entries.keySet().retainAll(present);
        long sighted = around.nanoTime().getAsLong();
        Map<String, Probe.Outcome> outcomes = probe(asked);
        boolean doubtful = false;
        for (Map.Entry<String, Entry> one : entries.entrySet()) {
            HostPort where = asked.get(one.getKey());
            Entry entry = one.getValue();
            VpnDriver.Peer peer = Objects.requireNonNull(entry.seen);
            PeerHealth.Verdict verdict = entry.health.see(new PeerHealth.Sight(
                    sighted,
                    around.clock().instant(),
                    peer.publicKey() != null,
                    peer.handshake(),
                    peer.receivedBytes(),
                    peer.sentBytes(),
                    peer.keepaliveSeconds(),
                    isKeptAlive(peer),
                    peer.endpoint() != null,
                    outcomes.getOrDefault(one.getKey(), Probe.Outcome.NONE),
                    where == null ? "" : where.toString()));
            entry.verdict = verdict;
            doubtful |= verdict.doubtful();
        }
        return doubtful;
    }

    private boolean isKeptAlive(VpnDriver.Peer peer) {
        VpnPublicKey key = peer.publicKey();
        return peer.keepaliveSeconds() > 0 && peer.keepaliveSeconds() <= MOST_KEEPALIVE_SECONDS
                || key != null && keepsAlive.contains(key);
    }

    /** Asks all at the same time. */
    private Map<String, Probe.Outcome> probe(Map<String, HostPort> asked) {
        Map<String, Future<Probe.Outcome>> running = new LinkedHashMap<>();
        asked.forEach((id, where) -> {
            try {
                running.put(id, around.blocking().submit(() -> around.probe().ask(where, plan.probeTimeout())));
            } catch (RejectedExecutionException e) {
                // no thread is free, or the engine is closing: nobody was asked
            }
        });
        Map<String, Probe.Outcome> outcomes = new HashMap<>();
        long end = System.nanoTime() + plan.probeTimeout().plus(SLACK).toNanos();
        running.forEach((id, future) -> outcomes.put(id, outcome(future, end)));
        return outcomes;
    }

    private static Probe.Outcome outcome(Future<Probe.Outcome> future, long end) {
        try {
            return future.get(Math.max(1, end - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            future.cancel(true);
            return Probe.Outcome.SILENT;
        } catch (ExecutionException | CancellationException e) {
            return Probe.Outcome.SILENT;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            future.cancel(true);
            return Probe.Outcome.NONE;
        }
    }

    private List<VpnPeer> peers() {
        List<VpnPeer> peers = new ArrayList<>(entries.size());
        for (Entry entry : entries.values()) {
            VpnDriver.Peer peer = Objects.requireNonNull(entry.seen);
            PeerHealth.Verdict verdict = Objects.requireNonNull(entry.verdict);
            peers.add(new VpnPeer(
                    name(peer),
                    peer.publicKey(),
                    peer.allowed(),
                    peer.endpoint(),
                    verdict.state(),
                    peer.handshake(),
                    peer.receivedBytes(),
                    peer.sentBytes(),
                    verdict.receivedPerSecond(),
                    verdict.sentPerSecond(),
                    verdict.reason()));
        }
        return peers;
    }

    /** Whether something has come through the interface, from a peer that can be counted on. */
    boolean heard() {
        return entries.values().stream().anyMatch(Entry::isHeard);
    }

    /** Whether it is this end that calls a peer. Whoever roams calls by itself, and making the tunnel anew brings it no sooner. */
    boolean calls() {
        return entries.values().stream().anyMatch(entry -> entry.seen != null && !entry.roams);
    }

    /** Peers with keys whose endpoint should be looked up again now. */
    List<VpnPublicKey> toCall(Healing healing) {
        healing.keepOnly(entries.keySet());
        List<VpnPublicKey> peers = new ArrayList<>();
        long now = around.nanoTime().getAsLong();
        entries.forEach((id, entry) -> {
            VpnDriver.Peer peer = entry.seen;
            PeerHealth.Verdict verdict = entry.verdict;
            if (peer != null
                    && peer.publicKey() != null
                    && peer.endpoint() != null
                    && verdict != null
                    && healing.calls(id, verdict, now)) {
                peers.add(peer.publicKey());
            }
        });
        return peers;
    }

    private String name(VpnDriver.Peer peer) {
        VpnPublicKey key = peer.publicKey();
        if (key != null && names.containsKey(key)) {
            return name(key);
        }
        return peer.name() != null ? peer.name() : name(Objects.requireNonNull(key));
    }

    private static String identity(VpnDriver.Peer peer) {
        return peer.publicKey() != null ? peer.publicKey().base64() : Objects.requireNonNull(peer.name());
    }
}
