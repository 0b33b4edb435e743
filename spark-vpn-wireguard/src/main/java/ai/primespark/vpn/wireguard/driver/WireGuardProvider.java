package ai.primespark.vpn.wireguard.driver;

import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.Setting;
import ai.primespark.spi.VpnDriver;
import ai.primespark.spi.VpnDriverProvider;
import java.util.List;

/** Makes drivers of type {@code wireguard}. */
public final class WireGuardProvider implements VpnDriverProvider {

    /** For {@link java.util.ServiceLoader}. */
    public WireGuardProvider() {}

    @Override
    public String name() {
        return "wireguard";
    }

    @Override
    public int spiLevel() {
        return SPI_LEVEL;
    }

    @Override
    public List<Setting<?>> settings() {
        return WireGuardSettings.ALL;
    }

    @Override
    public VpnDriver create(ProviderContext context) {
        return new WireGuardDriver(context.settings());
    }
}
