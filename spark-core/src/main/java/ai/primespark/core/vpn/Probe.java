package ai.primespark.core.vpn;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Locale;

/** Finds out whether a host answers. */
@FunctionalInterface
interface Probe {

    /** What came of it. */
    enum Outcome {
        /** Nobody asked. */
        NONE,
        /** The host answered. */
        ANSWERED,
        /** Nothing came back in time. */
        SILENT
    }

    /** Asks; blocks until the timeout at most. Never throws for what the network does. */
    Outcome ask(HostPort where, Duration timeout);

    /**
     * By a TCP connection, which needs no right, unlike an ICMP echo; {@code InetAddress.isReachable} would fall back to port 7. A
     * refusal is an answer: it came back from the other end.
     */
    static Outcome byTcp(HostPort where, Duration timeout) {
        try (Socket socket = new Socket()) {
            InetSocketAddress address = new InetSocketAddress(where.host(), where.port());
            if (address.isUnresolved()) {
                return Outcome.SILENT;
            }
            socket.connect(address, (int) Math.max(1, timeout.toMillis()));
            return Outcome.ANSWERED;
        } catch (ConnectException e) {
            return String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT).contains("refused")
                    ? Outcome.ANSWERED
                    : Outcome.SILENT; // timed out, or no way there
        } catch (IOException e) {
            return Outcome.SILENT;
        }
    }
}
