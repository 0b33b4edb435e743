package ai.primespark.vpn.wireguard;

import ai.primespark.spi.Deadline;
import ai.primespark.spi.VpnDriver;
import ai.primespark.vpn.VpnException;

/** What the driver for WireGuard can do besides: take a whole configuration that was rendered elsewhere. */
public interface ConfigDriver extends VpnDriver {

    /**
     * Makes the interface fit a configuration, now if it is up and at the next {@link #up} otherwise; the configuration becomes that
     * of the driver. Keys, port, peers, addresses and routes of a running interface are changed, and peers that stay as they are
     * notice nothing; what {@link WgConfig#sameInterface} is about is not. When a step fails, everything is taken back.
     *
     * @param next the configuration; without a private key, this machine's stays
     * @param deadline by when
     * @throws VpnException when it cannot
     */
    void apply(WgConfig next, Deadline deadline);
}
