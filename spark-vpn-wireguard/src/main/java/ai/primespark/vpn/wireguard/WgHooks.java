package ai.primespark.vpn.wireguard;

import ai.primespark.vpn.IpPrefix;
import ai.primespark.vpn.wireguard.NodeSettings.Firewall;
import ai.primespark.vpn.wireguard.NodeSettings.Hook;
import ai.primespark.vpn.wireguard.NodeSettings.Nat;
import java.util.ArrayList;
import java.util.List;

/**
 * The commands of a node that forwards packets, and hides them behind its own address where asked. No outward interface is named:
 * the rules are for whatever leaves by any other than the tunnel, so that they hold when a machine has another one tomorrow.
 * Forwarding is not switched off again when the tunnel goes down: others may need it.
 */
final class WgHooks {

    /**
     * A machine that forwards IPv6 takes no router advertisements unless accept_ra is 2 (the kernel's ip-sysctl.rst), and loses the
     * default route that it has from one. So interfaces that take them go on to: those that do not forward yet, with accept_ra 1.
     */
    private static final String KEEP_ADVERTISED_ROUTES = "for d in /proc/sys/net/ipv6/conf/*; do"
            + " [ \"$(cat $d/forwarding)$(cat $d/accept_ra)\" != 01 ] || echo 2 >$d/accept_ra; done";

    private WgHooks() {}

    static List<Hook> of(NodeSettings settings, List<IpPrefix> subnets, String interfaceName, boolean forward) {
        List<Hook> hooks = new ArrayList<>();
        settings.keyFile().ifPresent(file -> hooks.add(new Hook("PostUp", "wg set %i private-key " + file)));
        boolean four = subnets.stream().anyMatch(s -> !s.isIpv6());
        boolean six = subnets.stream().anyMatch(IpPrefix::isIpv6);
        if (forward) {
            if (four) {
                hooks.add(new Hook("PostUp", "sysctl -q -w net.ipv4.ip_forward=1"));
            }
            if (six) {
                hooks.add(new Hook("PostUp", KEEP_ADVERTISED_ROUTES));
                hooks.add(new Hook("PostUp", "sysctl -q -w net.ipv6.conf.all.forwarding=1"));
            }
            if (settings.firewall() == Firewall.IPTABLES) {
                iptablesForward(hooks, four, six);
            }
        }
        if (settings.nat() == Nat.ON) {
            if (settings.firewall() == Firewall.NFTABLES) {
                nftables(hooks, subnets, interfaceName);
            } else {
                iptablesNat(hooks, subnets);
            }
        }
        hooks.addAll(settings.hooks());
        return hooks;
    }

    /** Tables of their own, so that going down takes away exactly what coming up made; "add" and "flush" also mend leftovers. */
    private static void nftables(List<Hook> hooks, List<IpPrefix> subnets, String interfaceName) {
        String table = "spark_vpn_" + interfaceName.replaceAll("[^A-Za-z0-9_]", "_");
        for (String family : List.of("ip", "ip6")) {
            List<IpPrefix> mine = subnets.stream()
                    .filter(s -> s.isIpv6() == family.equals("ip6"))
                    .toList();
            if (mine.isEmpty()) {
                continue;
            }
            StringBuilder rules = new StringBuilder();
            for (IpPrefix subnet : mine) {
                rules.append("; add rule ")
                        .append(family)
                        .append(' ')
                        .append(table)
                        .append(" post ")
                        .append(family);
                rules.append(" saddr ").append(subnet).append(" oifname != \"%i\" masquerade");
            }
            hooks.add(new Hook(
                    "PostUp",
                    "nft 'add table " + family + " " + table + "; flush table " + family + " " + table + "; add chain "
                            + family + " " + table + " post { type nat hook postrouting priority 100; }" + rules
                            + "'"));
            hooks.add(new Hook("PostDown", "nft delete table " + family + " " + table));
        }
    }

    private static void iptablesForward(List<Hook> hooks, boolean four, boolean six) {
        for (String program : programs(four, six)) {
            rule(hooks, program + " -w", "FORWARD -i %i -j ACCEPT");
            rule(hooks, program + " -w", "FORWARD -o %i -j ACCEPT");
        }
    }

    private static void iptablesNat(List<Hook> hooks, List<IpPrefix> subnets) {
        for (IpPrefix subnet : subnets) {
            rule(
                    hooks,
                    programs(!subnet.isIpv6(), subnet.isIpv6()).get(0) + " -w -t nat",
                    "POSTROUTING -s " + subnet + " ! -o %i -j MASQUERADE");
        }
    }

    private static List<String> programs(boolean four, boolean six) {
        return four ? six ? List.of("iptables", "ip6tables") : List.of("iptables") : List.of("ip6tables");
    }

    /** Not there twice, whatever was left behind. */
    private static void rule(List<Hook> hooks, String program, String rule) {
        String chain = rule.substring(0, rule.indexOf(' '));
        String match = rule.substring(rule.indexOf(' ') + 1);
        hooks.add(new Hook(
                "PostUp", program + " -C " + rule + " 2>/dev/null || " + program + " -I " + chain + " 1 " + match));
        hooks.add(new Hook("PostDown", program + " -D " + rule));
    }
}
