package ai.primespark.examples.server;

import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.SparkProvider;
import ai.primespark.spi.VpnDriver;
import ai.primespark.spi.VpnDriverProvider;
import ai.primespark.testkit.ScriptedVpnDriver;
import ai.primespark.vpn.VpnPublicKey;

/** Offers a tunnel that does as a test says, by the name {@code scripted}. */
record ScriptedVpn(ScriptedVpnDriver driver) implements VpnDriverProvider {

    @Override
    public String name() {
        return "scripted";
    }

    @Override
    public int spiLevel() {
        return SparkProvider.SPI_LEVEL;
    }

    @Override
    public VpnDriver create(ProviderContext context) {
        return driver;
    }

    static VpnPublicKey key(int seed) {
        byte[] bytes = new byte[32];
        bytes[0] = (byte) seed;
        return VpnPublicKey.of(bytes);
    }
}
