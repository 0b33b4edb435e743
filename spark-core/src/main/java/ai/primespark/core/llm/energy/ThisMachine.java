package ai.primespark.core.llm.energy;

import ai.primespark.Zone;
import ai.primespark.spi.BackendInfo;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Locale;

/** Whether a backend computes on this machine, so that this machine's watts say something about its calls. Stateless. */
public final class ThisMachine {

    private ThisMachine() {}

    /**
     * Whether it does: it is of the zone edge, and it has no address because it lives in this process, or its address is a
     * loopback one or one of this machine's own. Names other than {@code localhost} are not looked up, and count as elsewhere.
     *
     * @param backend what it says of itself
     */
    public static boolean runs(BackendInfo backend) {
        if (backend.zone() != Zone.EDGE) { // a proxy on this machine that passes calls on
            return false;
        }
        if (backend.endpoint().isEmpty()) {
            return true;
        }
        String host;
        try {
            host = URI.create(backend.endpoint()).getHost();
        } catch (IllegalArgumentException e) {
            return false;
        }
        return host != null && isHere(host.toLowerCase(Locale.ROOT));
    }

    private static boolean isHere(String host) {
        if (host.equals("localhost") || host.endsWith(".localhost")) {
            return true;
        }
        boolean literal = host.startsWith("[") || host.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
        if (!literal) {
            return false;
        }
        try {
            InetAddress address = InetAddress.getByName(host); // a literal: nobody is asked
            return address.isLoopbackAddress()
                    || address.isAnyLocalAddress()
                    || NetworkInterface.getByInetAddress(address) != null;
        } catch (UnknownHostException | SocketException e) {
            return false;
        }
    }
}
