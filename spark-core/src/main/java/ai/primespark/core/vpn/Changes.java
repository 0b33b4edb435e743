package ai.primespark.core.vpn;

import ai.primespark.vpn.VpnPeer;
import ai.primespark.vpn.VpnStatus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Tells what is worth an event from what changes with every look, such as counters and ages. */
final class Changes {

    private Changes() {}

    /** What is different, in words. */
    static List<String> between(VpnStatus before, VpnStatus now) {
        List<String> changes = new ArrayList<>();
        if (before.state() != now.state()) {
            changes.add(before.state() + " -> " + now.state());
        }
        if (!before.networks().equals(now.networks())) {
            changes.add("networks " + before.networks() + " -> " + now.networks());
        }
        if (!Objects.equals(before.key(), now.key())) {
            changes.add("another key");
        }
        Map<Object, VpnPeer> known = new HashMap<>();
        before.peers().forEach(peer -> known.put(identity(peer), peer));
        for (VpnPeer peer : now.peers()) {
            VpnPeer earlier = known.remove(identity(peer));
            if (earlier == null) {
                changes.add(peer.name() + " is new");
            } else if (earlier.state() != peer.state()) {
                changes.add(peer.name() + " " + earlier.state() + " -> " + peer.state());
            } else if (!earlier.name().equals(peer.name())
                    || !Objects.equals(earlier.remote(), peer.remote())
                    || !earlier.addresses().equals(peer.addresses())) {
                changes.add(peer.name() + " moved");
            }
        }
        known.values().forEach(peer -> changes.add(peer.name() + " is gone"));
        return changes;
    }

    private static Object identity(VpnPeer peer) {
        return peer.key() == null ? peer.name() : peer.key();
    }
}
