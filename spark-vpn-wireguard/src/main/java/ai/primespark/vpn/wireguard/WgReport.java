package ai.primespark.vpn.wireguard;

import ai.primespark.vpn.wireguard.WgFinding.Severity;
import java.util.List;

/**
 * What the check of a configuration file found.
 *
 * @param findings in the order of lines
 * @param lookups names of hosts and services that WireGuard would look up, which the check never does: whether it takes the file
 *     depends on the answers too
 */
public record WgReport(List<WgFinding> findings, List<String> lookups) {

    /** Copies the lists. */
    public WgReport {
        findings = List.copyOf(findings);
        lookups = List.copyOf(lookups);
    }

    /**
     * Whether WireGuard's own tools would take the file, if all {@link #lookups()} have answers.
     *
     * @return true without an error
     */
    public boolean accepted() {
        return !has(Severity.ERROR);
    }

    /**
     * Whether the file also means what it says.
     *
     * @return true without an error and without lint
     */
    public boolean sound() {
        return accepted() && !has(Severity.LINT);
    }

    private boolean has(Severity severity) {
        return findings.stream().anyMatch(f -> f.severity() == severity);
    }
}
