package ai.primespark.core.vpn;

import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Setting;
import ai.primespark.spi.VpnDriver;
import ai.primespark.spi.VpnDriverProvider;
import java.util.List;
import java.util.Map;

/** Makes drivers of type {@code static}, for networks that somebody else manages. */
public final class StaticDriverProvider implements VpnDriverProvider {

    static final Setting<Map<String, String>> PEERS = Setting.textMap(
                    "peers", "Where each peer answers: host:port of some TCP service by the peer's name.")
            .must(
                    peers -> !peers.isEmpty()
                            && peers.entrySet().stream()
                                    .allMatch(e -> e.getKey().matches("[a-z][a-z0-9-]{0,62}")
                                            && HostPort.isValid(e.getValue())),
                    "at least one host:port or [IPv6]:port, by names of [a-z0-9-]");

    static final Setting<String> INTERFACE = Setting.text(
                    "interface",
                    "The network interface, such as tailscale0; while it is not there or down, no peer is asked. Without it only"
                            + " the peers count.")
            .must(name -> name.matches("[a-zA-Z0-9_=+.-]{1,15}"), "1 to 15 of [a-zA-Z0-9_=+.-]")
            .optional();

    @Override
    public String name() {
        return "static";
    }

    @Override
    public int spiLevel() {
        return SPI_LEVEL;
    }

    @Override
    public List<Setting<?>> settings() {
        return List.of(PEERS, INTERFACE);
    }

    @Override
    public VpnDriver create(ProviderContext context) {
        return new StaticDriver(context.settings());
    }
}
