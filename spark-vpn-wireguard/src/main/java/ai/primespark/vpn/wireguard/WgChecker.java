package ai.primespark.vpn.wireguard;

import ai.primespark.vpn.IpPrefix;
import ai.primespark.vpn.VpnSecretKey;
import ai.primespark.vpn.wireguard.WgFinding.Severity;
import ai.primespark.vpn.wireguard.WgLine.Section;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Checks a configuration line by line, as the tools read it, and then what the lines say together. For one use. */
final class WgChecker {

    private final WgRules rules;
    private final List<WgFinding> findings = new ArrayList<>();
    private final List<String> lookups = new ArrayList<>();
    private final Set<String> inSection = new HashSet<>();
    private final Map<String, Integer> peerKeys = new HashMap<>();
    private final Map<IpPrefix, Owner> owners = new HashMap<>();

    private WgLine line = new WgLine("");
    private int number;
    private Section section = Section.NONE;
    private boolean quickInterface;
    private int interfaces;
    private int peers;
    private int peerLine;
    private boolean peerHasKey;
    private byte @Nullable [] privateKey;
    private boolean hooks;

    /** The peer, by its number, that a prefix was first given to. */
    private record Owner(int peer, int line) {}

    WgChecker(WgRules rules) {
        this.rules = rules;
    }

    WgReport check(List<WgLine> lines) {
        for (int i = 0; i < lines.size(); i++) {
            line = lines.get(i);
            number = i + 1;
            if (rules.quick() && takenByQuick()) {
                continue;
            }
            if (!line.compact.isEmpty()) {
                read();
            }
        }
        endPeer();
        together();
        findings.sort(Comparator.comparingInt(WgFinding::line).thenComparingInt(WgFinding::column));
        return new WgReport(findings, lookups);
    }

    private void found(Severity severity, int column, String message) {
        findings.add(new WgFinding(severity, number, column, message));
    }

    private boolean takenByQuick() {
        if (line.isQuickSection()) {
            quickInterface = line.isQuickInterface();
        }
        String key = quickInterface ? line.quickKey() : null;
        if (key == null) {
            return false;
        }
        hooks |= WgLine.HOOKS.contains(key);
        if (List.of("MTU", "Table", "SaveConfig").contains(key) && !inSection.add(key)) {
            found(Severity.LINT, 1, key + " is set twice; the later one counts");
        }
        new WgQuickValues(rules, (severity, offset, message) -> found(severity, line.valueStart() + 1, message))
                .check(key, line.quickValue());
        return true;
    }

    private void read() {
        Section head = line.section();
        if (head != Section.NONE) {
            endPeer();
            section = head;
            inSection.clear();
            if (head == Section.PEER) {
                peers++;
                peerLine = number;
                peerHasKey = false;
            } else if (++interfaces == 2) {
                found(Severity.WARNING, 1, "[Interface] is there twice; WireGuard takes both for one");
            }
            return;
        }
        String key = section == Section.NONE
                ? null
                : line.key(section == Section.INTERFACE ? WgLine.INTERFACE_KEYS : WgLine.PEER_KEYS);
        if (key == null) {
            unknown();
            return;
        }
        if (!key.equals("AllowedIPs") && !inSection.add(key)) {
            found(Severity.LINT, line.column(0), key + " is set twice in this section; the later one counts");
        }
        value(key);
        if (line.raw.length() >= line.valueEnd() && hasInnerBlank(key)) {
            found(
                    Severity.WARNING,
                    line.column(0),
                    "blanks within " + key + " are ignored by wg, and not by every other program");
        }
    }

    private boolean hasInnerBlank(String key) {
        String value = line.raw.substring(line.valueStart(), line.valueEnd());
        for (int i = 1; i < value.length(); i++) {
            if (WgLine.isBlank(value.charAt(i))
                    && !(key.equals("AllowedIPs")
                            && value.substring(0, i).strip().endsWith(","))
                    && !(key.equals("AllowedIPs") && value.substring(i).strip().startsWith(","))) {
                return true;
            }
        }
        return false;
    }

    private void value(String key) {
        String value = line.value(key);
        int start = key.length() + 1;
        WgValues values = new WgValues(
                (severity, offset, message) -> found(severity, line.column(start + offset), message), lookups);
        switch (key) {
            case "PrivateKey" -> privateKey = values.key(key, value);
            case "PresharedKey" -> {
                var unused = values.key(key, value);
            }
            case "PublicKey" -> publicKey(values.key(key, value));
            case "ListenPort" -> values.listenPort(value);
            case "FwMark" -> values.fwMark(value);
            case "PersistentKeepalive" -> values.keepalive(value);
            case "Endpoint" -> values.endpoint(value);
            default -> own(values.allowedIps(value));
        }
    }

    private void publicKey(byte @Nullable [] key) {
        peerHasKey = true;
        if (key != null) {
            Integer other = peerKeys.putIfAbsent(Base64.getEncoder().encodeToString(key), number);
            if (other != null) {
                found(
                        Severity.LINT,
                        line.column(0),
                        "PublicKey is that of the peer at line " + other + " too; WireGuard keeps one of them");
            }
        }
    }

    private void own(List<IpPrefix> prefixes) {
        for (IpPrefix prefix : prefixes) {
            Owner owner = owners.putIfAbsent(prefix, new Owner(peers, number));
            if (owner == null) {
                continue;
            }
            if (owner.peer != peers) {
                found(
                        Severity.LINT,
                        line.column(0),
                        "AllowedIPs " + prefix + " is the peer's at line " + owner.line
                                + " too; WireGuard silently gives it to the later one");
            } else {
                found(Severity.WARNING, line.column(0), "AllowedIPs " + prefix + " is there twice");
            }
        }
    }

    private void unknown() {
        int column = line.column(0);
        if (number == 1 && (line.raw.startsWith("\uFEFF") || line.raw.startsWith("\u00EF\u00BB\u00BF"))) {
            found(Severity.ERROR, 1, "the file begins with a byte order mark, which WireGuard refuses");
            return;
        }
        String quick = line.quickKey();
        String name = line.safeName();
        if (section == Section.NONE) {
            found(Severity.ERROR, column, name + " stands before any [Interface] or [Peer]");
        } else if (line.compact.startsWith("[")) {
            found(Severity.ERROR, column, "there are no sections but [Interface] and [Peer]");
        } else if (quick != null) {
            found(
                    Severity.ERROR,
                    column,
                    section == Section.PEER
                            ? quick + " belongs into [Interface]"
                            : quick + " belongs to wg-quick only; strip it before wg reads the file");
        } else {
            found(Severity.ERROR, column, why(name));
        }
    }

    private String why(String name) {
        String wanted = section == Section.INTERFACE ? "[Interface]" : "[Peer]";
        if (line.compact.indexOf('=') < 0) {
            return name + " has no '='";
        }
        String bare = line.compact.substring(0, line.compact.indexOf('='));
        boolean known = Stream.of(WgLine.INTERFACE_KEYS, WgLine.PEER_KEYS)
                .flatMap(List::stream)
                .anyMatch(k -> WgLine.same(k, bare));
        if (known && line.compact.endsWith("=") && line.compact.indexOf('=') == line.compact.length() - 1) {
            return name + " has no value; leave the line out instead";
        }
        if (known) {
            return name + " does not belong into " + wanted;
        }
        String near = name.startsWith("'") ? WgLine.nearest(bare) : "";
        return name + " is nothing that WireGuard knows" + (near.isEmpty() ? "" : "; did you mean " + near + "?");
    }

    private void endPeer() {
        if (section == Section.PEER && !peerHasKey) {
            findings.add(new WgFinding(Severity.ERROR, peerLine, 1, "this [Peer] has no PublicKey"));
        }
    }

    private void together() {
        if (interfaces == 0) {
            findings.add(new WgFinding(Severity.WARNING, 0, 0, "there is no [Interface]"));
        } else if (privateKey == null
                && !hooks
                && findings.stream().noneMatch(f -> f.message().startsWith("PrivateKey"))) {
            findings.add(new WgFinding(
                    Severity.WARNING, 0, 0, "there is no PrivateKey: WireGuard will take the interface's away"));
        }
        byte[] own = privateKey;
        if (own != null && !WgValues.isZero(own)) {
            String publicKey =
                    WireGuardKeys.publicKey(VpnSecretKey.ofPrivate(own)).toString();
            if (peerKeys.containsKey(publicKey)) {
                findings.add(new WgFinding(
                        Severity.LINT,
                        Objects.requireNonNull(peerKeys.get(publicKey)),
                        1,
                        "PublicKey is this interface's own; WireGuard silently leaves such a peer out"));
            }
        }
        for (Map.Entry<IpPrefix, Owner> entry : owners.entrySet()) {
            overlap(entry.getKey(), entry.getValue());
        }
    }

    /** Looks for the prefixes around one: at most 128 look-ups, however many peers there are. */
    private void overlap(IpPrefix prefix, Owner owner) {
        for (int length = prefix.length() - 1; length > 0; length--) {
            IpPrefix around = new IpPrefix(prefix.address(), length).network();
            Owner other = owners.get(around);
            if (other != null && other.peer != owner.peer) {
                findings.add(new WgFinding(
                        Severity.WARNING,
                        owner.line,
                        1,
                        "AllowedIPs " + prefix + " lies within " + around + " of the peer at line " + other.line
                                + "; the longer one wins"));
                return;
            }
        }
    }
}
