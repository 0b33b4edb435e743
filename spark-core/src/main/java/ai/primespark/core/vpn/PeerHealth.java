package ai.primespark.core.vpn;

import ai.primespark.vpn.VpnPeer.State;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Judges one peer from one sight of it after another. Pure: time comes in with each sight. For one thread at a time.
 *
 * <p>WireGuard makes handshakes only when there is something to send, at most every 120 s, and drops keys after 180 s (WireGuard paper,
 * section 6.1; {@code device/constants.go} of wireguard-go). What is sent is answered within 10 s, by an empty packet if nothing
 * else, so 15 s without one mean that nobody is there. Ages are measured by the monotonic clock from the moment at which a
 * handshake was first seen, so that a step of the wall clock makes no peer older or younger.
 *
 * <p>It takes two bad sights in a row to leave UP or IDLE, and one good to come back. Whoever was silent before the interface was made
 * anew comes back only when it is heard: that nothing was sent yet is no good sight then.
 */
final class PeerHealth {

    static final Duration REJECT_AFTER = Duration.ofMinutes(3);
    static final Duration UNANSWERED_AFTER = Duration.ofSeconds(15);
    static final Duration FIRST_HANDSHAKE = Duration.ofSeconds(5);

    private static final int KEEPALIVE_BYTES = 32; // an empty packet: 16 of header, 16 of authenticator
    private static final int BAD_IN_A_ROW = 2;
    private static final long NEVER = Long.MIN_VALUE;

    /**
     * What is seen of a peer.
     *
     * @param nanos when, by the monotonic clock
     * @param wall when, by the wall clock
     * @param keyed whether it has handshakes and counters at all; otherwise only the probe counts
     * @param handshake the last one by the wall clock; null for never
     * @param received bytes, an unsigned number
     * @param sent bytes, an unsigned number
     * @param keepaliveSeconds our own; 0 when off
     * @param keptAlive whether either side sends something at least every two minutes
     * @param callable whether its endpoint is known
     * @param probe what came of asking it
     * @param probed what was asked, in words
     */
    record Sight(
            long nanos,
            Instant wall,
            boolean keyed,
            @Nullable Instant handshake,
            long received,
            long sent,
            int keepaliveSeconds,
            boolean keptAlive,
            boolean callable,
            Probe.Outcome probe,
            String probed) {}

    /**
     * What that means.
     *
     * @param state the verdict
     * @param reason why, in words
     * @param doubtful whether the next sight may change it for the worse, and should come soon
     * @param unheard for how many nanoseconds the peer has been given reason to answer and has not; 0 when it has
     * @param age nanoseconds since the last handshake; negative for never
     * @param heard whether anything has come from it since the interface was made
     * @param receivedPerSecond bytes
     * @param sentPerSecond bytes
     */
    record Verdict(
            State state,
            String reason,
            boolean doubtful,
            long unheard,
            long age,
            boolean heard,
            double receivedPerSecond,
            double sentPerSecond) {}

    private @Nullable Sight last;
    private State state = State.IDLE;
    private long handshakeAt = NEVER;
    private long unansweredSince = NEVER;
    private long sendingSince = NEVER; // without there ever having been a handshake
    private boolean doubted; // it was silent on the interface before, and has not been heard on this one
    private int bad;

    /** The interface is a new one: forgets everything, except that the peer was silent. */
    void renewed() {
        last = null;
        handshakeAt = NEVER;
        unansweredSince = NEVER;
        sendingSince = NEVER;
        if (isConnected()) {
            state = State.IDLE;
            bad = 0;
        } else {
            doubted = true;
        }
    }

    Verdict see(Sight now) {
        Sight before = last;
        if (before != null
                && (Long.compareUnsigned(now.received, before.received) < 0
                        || Long.compareUnsigned(now.sent, before.sent) < 0
                        || before.handshake != null && now.handshake == null)) {
            renewed(); // counters only fall when the interface or the peer was made anew
            before = null;
        }
        noteHandshake(now, before);
        noteTraffic(now, before);
        last = now;
        String reason = now.keyed ? judgeKeyed(now) : judgeByProbe(now);
        long unheard = unansweredSince == NEVER ? 0 : Math.max(1, now.nanos - unansweredSince);
        return new Verdict(
                state,
                reason,
                bad > 0 && bad < BAD_IN_A_ROW,
                unheard,
                age(now),
                now.handshake != null || now.received != 0 || now.probe == Probe.Outcome.ANSWERED,
                rate(before, now, before == null ? 0 : now.received - before.received),
                rate(before, now, before == null ? 0 : now.sent - before.sent));
    }

    private static double rate(@Nullable Sight before, Sight now, long bytes) {
        long elapsed = before == null ? 0 : now.nanos - before.nanos;
        return elapsed <= 0 ? 0 : bytes * 1e9 / elapsed;
    }

    // --- what is noted

    private void noteHandshake(Sight now, @Nullable Sight before) {
        if (now.handshake == null) {
            handshakeAt = NEVER;
            return;
        }
        if (before != null && now.handshake.equals(before.handshake)) {
            return;
        }
        Duration apart = Duration.between(now.handshake, now.wall);
        long age = apart.isNegative() ? 0 : apart.compareTo(Duration.ofDays(365)) > 0 ? days(365) : apart.toNanos();
        if (before != null) { // it was made since the last sight, whatever the wall clock says
            age = Math.min(age, now.nanos - before.nanos);
        }
        handshakeAt = now.nanos - age;
    }

    private static long days(int days) {
        return Duration.ofDays(days).toNanos();
    }

    private void noteTraffic(Sight now, @Nullable Sight before) {
        if (now.probe == Probe.Outcome.ANSWERED) {
            unansweredSince = NEVER;
        }
        if (now.handshake == null) {
            sendingSince = now.sent == 0 ? NEVER : sendingSince == NEVER ? now.nanos : sendingSince;
        } else {
            sendingSince = NEVER;
        }
        if (before == null) {
            return;
        }
        if (now.received != before.received) {
            unansweredSince = NEVER;
        } else if (unansweredSince == NEVER && now.sent - before.sent > unansweredByNature(now, before)) {
            unansweredSince = now.nanos;
        }
        if (now.probe == Probe.Outcome.SILENT && unansweredSince == NEVER) {
            unansweredSince = now.nanos;
        }
    }

    /** Bytes of keepalives, which the other end does not answer. */
    private static long unansweredByNature(Sight now, Sight before) {
        if (now.keepaliveSeconds <= 0) {
            return 0;
        }
        long seconds = (now.nanos - before.nanos) / 1_000_000_000L;
        return (seconds / now.keepaliveSeconds + 1) * KEEPALIVE_BYTES;
    }

    // --- what is concluded

    private String judgeByProbe(Sight now) {
        return switch (now.probe) {
            case ANSWERED -> good(State.UP, "answers on " + now.probed);
            case SILENT -> silent(now);
            case NONE -> bad > 0 ? "not asked yet" : good(State.IDLE, "not asked yet");
        };
    }

    private String judgeKeyed(Sight now) {
        if (now.probe == Probe.Outcome.ANSWERED) {
            return good(State.UP, "answers on " + now.probed);
        }
        if (now.handshake == null) {
            return withoutHandshake(now);
        }
        if (now.probe == Probe.Outcome.SILENT) {
            return silent(now);
        }
        boolean old = age(now) > REJECT_AFTER.toNanos();
        if (unansweredSince != NEVER) {
            return unanswered(now, old);
        }
        if (old && now.keptAlive) {
            return bad(State.DOWN, "the last handshake was " + ago(now) + ", although keepalives are sent");
        }
        return old
                ? good(State.IDLE, "nothing was to be sent since the last handshake " + ago(now))
                : good(State.UP, "the last handshake was " + ago(now));
    }

    private String withoutHandshake(Sight now) {
        if (now.sent == 0 && now.callable && now.probe == Probe.Outcome.NONE && !doubted) {
            return good(State.IDLE, "nothing has been sent yet");
        }
        bad = BAD_IN_A_ROW;
        state = State.NEVER;
        if (!now.callable) {
            return "no handshake yet: its endpoint is not known, so it must call first";
        }
        if (now.sent == 0 && doubted) {
            return "not heard since the tunnel was made anew";
        }
        return sendingSince != NEVER && now.nanos - sendingSince < FIRST_HANDSHAKE.toNanos()
                ? "no handshake yet"
                : "no handshake ever: the keys, the preshared key or the endpoint are wrong, or UDP is blocked";
    }

    private String unanswered(Sight now, boolean old) {
        long silence = now.nanos - unansweredSince;
        String words =
                "what was sent has not been answered for " + seconds(silence) + "; the last handshake was " + ago(now);
        if (silence < UNANSWERED_AFTER.toNanos()) { // it may be on its way
            bad = Math.max(bad, 1);
            return words;
        }
        return bad(old ? State.DOWN : State.DEGRADED, words);
    }

    private String silent(Sight now) {
        boolean old = now.keyed && (now.handshake == null || age(now) > REJECT_AFTER.toNanos());
        boolean heard = now.keyed && unansweredSince == now.nanos && age(now) >= 0 && !old;
        String words = "no answer on " + now.probed
                + (now.keyed ? (now.handshake == null ? "" : "; the last handshake was " + ago(now)) : "")
                + (heard && bad >= 1 ? "; the tunnel works, so look at that port and its firewall" : "");
        return bad(old || !now.keyed ? State.DOWN : State.DEGRADED, words);
    }

    private String good(State better, String reason) {
        bad = 0;
        doubted = false;
        state = better;
        return reason;
    }

    private String bad(State worse, String reason) {
        bad = Math.min(bad + 1, BAD_IN_A_ROW);
        if (bad >= BAD_IN_A_ROW || !isConnected()) {
            state = worse;
            return reason;
        }
        return "once: " + reason;
    }

    private boolean isConnected() {
        return state == State.UP || state == State.IDLE;
    }

    private long age(Sight now) {
        return handshakeAt == NEVER ? -1 : now.nanos - handshakeAt;
    }

    private String ago(Sight now) {
        return seconds(age(now)) + " ago";
    }

    private static String seconds(long nanos) {
        return nanos / 1_000_000_000L + " s";
    }
}
