package ai.primespark.vpn.wireguard;

import ai.primespark.vpn.IpPrefix;
import ai.primespark.vpn.VpnException;
import ai.primespark.vpn.wireguard.TopologyFile.NodeSpec;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Gives every node an address in each range: the one chosen by hand, else the one it had, else the lowest that nobody has or had,
 * else that of the node which is gone longest. For one use.
 */
final class AddressPlan {

    private final TopologyFile file;
    private final TopologyLock before;
    private final Map<String, Set<IpPrefix>> addresses = new LinkedHashMap<>();
    private final Map<String, Set<IpPrefix>> released = new LinkedHashMap<>();
    private final Set<IpPrefix> taken = new HashSet<>();
    private final Set<IpPrefix> remembered = new HashSet<>();
    private final Map<IpPrefix, Long> lowest = new HashMap<>();

    AddressPlan(TopologyFile file, TopologyLock before) {
        this.file = file;
        this.before = before;
    }

    TopologyLock assign() {
        List<IpPrefix> subnets = file.network().subnets();
        before.released().forEach((node, prefixes) -> released.put(node, new LinkedHashSet<>(prefixes)));
        before.addresses().forEach((node, prefixes) -> {
            if (!file.nodes().containsKey(node)) {
                released.remove(node); // to the end: gone just now
                released.put(node, new LinkedHashSet<>(prefixes));
            }
        });
        for (NodeSpec node : file.nodes().values()) {
            Set<IpPrefix> mine = new LinkedHashSet<>(node.addresses());
            addresses.put(node.name(), mine);
            taken.addAll(mine);
        }
        for (NodeSpec node : file.nodes().values()) {
            keep(node, subnets);
        }
        released.values().forEach(remembered::addAll);
        for (NodeSpec node : file.nodes().values()) {
            Set<IpPrefix> mine = addresses.getOrDefault(node.name(), Set.of());
            for (IpPrefix subnet : subnets) {
                if (in(subnet, mine) == null) {
                    IpPrefix fresh = fresh(node.name(), subnet, subnets.get(0), mine);
                    mine.add(fresh);
                    taken.add(fresh);
                }
            }
        }
        taken.forEach(this::forget);
        released.keySet().removeAll(file.nodes().keySet());
        released.values().removeIf(Set::isEmpty);
        return new TopologyLock(ordered(subnets), released, before.rotation());
    }

    private void keep(NodeSpec node, List<IpPrefix> subnets) {
        Set<IpPrefix> mine = addresses.getOrDefault(node.name(), Set.of());
        Set<IpPrefix> old = new LinkedHashSet<>(before.addresses().getOrDefault(node.name(), Set.of()));
        old.addAll(released.getOrDefault(node.name(), Set.of())); // back again
        for (IpPrefix subnet : subnets) {
            IpPrefix had = in(subnet, old);
            if (had != null && in(subnet, mine) == null) {
                IpPrefix kept = new IpPrefix(had.address(), subnet.length());
                if (kept.isUsableHost() && taken.add(kept)) {
                    mine.add(kept);
                }
            }
        }
    }

    private static @Nullable IpPrefix in(IpPrefix subnet, Set<IpPrefix> prefixes) {
        return prefixes.stream()
                .filter(p -> subnet.contains(p.host()))
                .findFirst()
                .orElse(null);
    }

    private IpPrefix fresh(String node, IpPrefix subnet, IpPrefix first, Set<IpPrefix> mine) {
        IpPrefix model = in(first, mine);
        if (model != null && !subnet.equals(first)) { // …8.0.7 and …8::7 belong together
            IpPrefix same = subnet.at(index(model, first)).orElse(null);
            if (same != null && same.isUsableHost() && !taken.contains(same) && !remembered.contains(same)) {
                return same;
            }
        }
        long index = lowest.getOrDefault(subnet, 0L);
        for (IpPrefix next = subnet.at(index).orElse(null);
                next != null;
                next = subnet.at(++index).orElse(null)) {
            if (next.isUsableHost() && !taken.contains(next) && !remembered.contains(next)) {
                lowest.put(subnet, index);
                return next;
            }
        }
        lowest.put(subnet, index);
        for (Set<IpPrefix> gone : released.values()) {
            IpPrefix old = in(subnet, gone);
            if (old != null && !taken.contains(old)) {
                return old;
            }
        }
        throw new VpnException(
                VpnException.Kind.INVALID,
                "there is no address left in " + subnet + " for node '" + node + "'; use a larger network.subnets",
                null);
    }

    /** The host's number; those of IPv6 that do not fit are just not alike. */
    private static long index(IpPrefix address, IpPrefix subnet) {
        byte[] bytes = address.address().getAddress();
        byte[] base = subnet.address().getAddress();
        long index = 0;
        for (int i = Math.max(0, bytes.length - 7); i < bytes.length; i++) {
            index = index << 8 | (bytes[i] ^ base[i]) & 255;
        }
        return index;
    }

    private void forget(IpPrefix address) {
        released.values().forEach(gone -> gone.remove(address));
    }

    /** In the order of the ranges, whatever order they came in. */
    private Map<String, Set<IpPrefix>> ordered(List<IpPrefix> subnets) {
        Map<String, Set<IpPrefix>> ordered = new LinkedHashMap<>();
        addresses.forEach((node, mine) -> {
            Set<IpPrefix> sorted = new LinkedHashSet<>();
            for (IpPrefix subnet : subnets) {
                mine.stream().filter(a -> subnet.contains(a.host())).forEach(sorted::add);
            }
            ordered.put(node, sorted);
        });
        return ordered;
    }
}
