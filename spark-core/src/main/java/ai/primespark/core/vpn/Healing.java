package ai.primespark.core.vpn;

import ai.primespark.vpn.VpnState;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Decides when to look a peer's endpoint up again, and when to bring the tunnel up or make it anew. Pure: time comes in with each
 * question. For one thread at a time.
 *
 * <p>Both back off, doubling up to a longest time; and a tunnel that exists is made anew only so often in a row, for if that has not
 * helped five times, it is not this end that is broken. It has helped when something came through, and not before. Where all peers
 * roam, it cannot help.
 */
final class Healing {

    private static final Duration FIRST_CALL_WAIT = Duration.ofSeconds(15);
    private static final Duration LONGEST_CALL_WAIT = Duration.ofMinutes(5);

    /**
     * When to do what.
     *
     * @param reconnectAfter the age of the last handshake from which a peer that does not answer is looked up again
     * @param restartAfter how long no peer at all may be reached before the tunnel is made anew
     * @param firstWait between two restarts
     * @param longestWait between two restarts
     * @param maxRestarts in a row; 0 for never
     */
    record Rules(
            Duration reconnectAfter,
            Duration restartAfter,
            Duration firstWait,
            Duration longestWait,
            int maxRestarts) {}

    /** What to do with the tunnel. */
    enum Step {
        NONE,
        /** It is not there, and should be. */
        BRING_UP,
        /** It is there, and nothing comes through. */
        RESTART
    }

    private record Wait(long until, Duration next) {}

    private final Rules rules;
    private final Map<String, Wait> calls = new HashMap<>();
    private long stuckSince;
    private boolean stuck;
    private boolean anyTried;
    private long tunnelWaitsUntil;
    private Duration tunnelWait;
    private int restarts;

    Healing(Rules rules) {
        this.rules = rules;
        this.tunnelWait = rules.firstWait;
    }

    /** Somebody has just steered the tunnel, or a peer was reached: everything is allowed again. */
    void succeeded() {
        stuck = false;
        anyTried = false;
        restarts = 0;
        tunnelWait = rules.firstWait;
    }

    /** Peers that are not there any more are forgotten. */
    void keepOnly(Set<String> peers) {
        calls.keySet().retainAll(peers);
    }

    /** Whether to look a peer's endpoint up again and call it now. Each yes makes the next one come later. */
    boolean calls(String peer, PeerHealth.Verdict verdict, long now) {
        if (verdict.state() == ai.primespark.vpn.VpnPeer.State.UP
                || verdict.state() == ai.primespark.vpn.VpnPeer.State.IDLE) {
            if (!verdict.doubtful()) {
                calls.remove(peer);
            }
            return false;
        }
        boolean old = verdict.age() < 0 || verdict.age() > rules.reconnectAfter.toNanos();
        Wait wait = calls.get(peer);
        if (!old || wait != null && now - wait.until < 0) {
            return false;
        }
        Duration next = wait == null ? FIRST_CALL_WAIT : wait.next;
        calls.put(peer, new Wait(now + next.toNanos(), shorter(next.multipliedBy(2), LONGEST_CALL_WAIT)));
        return true;
    }

    /**
     * What to do with a tunnel that somebody wants. Each step makes the next one come later.
     *
     * @param state how it is
     * @param heard whether something has come through it, from a peer that can be counted on
     * @param calling whether there is a peer that this end calls
     * @param now by the monotonic clock
     */
    Step tunnel(VpnState state, boolean heard, boolean calling, long now) {
        boolean missing = state == VpnState.DOWN;
        if (!missing && (state != VpnState.DEGRADED || !calling)) {
            if (state == VpnState.UP && (heard || restarts == 0)) {
                succeeded();
            }
            stuck &= state != VpnState.UP && state != VpnState.DEGRADED; // what is not known changes nothing
            return Step.NONE;
        }
        if (!stuck) {
            stuck = true;
            stuckSince = now;
        }
        if (anyTried && now - tunnelWaitsUntil < 0) {
            return Step.NONE;
        }
        if (!missing && (restarts >= rules.maxRestarts || now - stuckSince < rules.restartAfter.toNanos())) {
            return Step.NONE;
        }
        if (!missing) {
            restarts++;
            calls.clear(); // whoever is there shows it at the first call
        }
        anyTried = true;
        tunnelWaitsUntil = now + tunnelWait.toNanos();
        tunnelWait = shorter(tunnelWait.multipliedBy(2), rules.longestWait);
        return missing ? Step.BRING_UP : Step.RESTART;
    }

    /** How often in a row the tunnel was made anew without that helping. */
    int restarts() {
        return restarts;
    }

    /** Whether it was made anew as often as it may be. */
    boolean hasGivenUp() {
        return rules.maxRestarts > 0 && restarts >= rules.maxRestarts;
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
