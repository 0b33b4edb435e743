package ai.primespark.core.vpn;

import ai.primespark.spi.Settings;
import ai.primespark.spi.VpnDriver;
import ai.primespark.testkit.VpnDriverContract;
import ai.primespark.vpn.VpnNode;
import ai.primespark.vpn.VpnPublicKey;
import ai.primespark.vpn.VpnTopology;
import java.util.Arrays;
import java.util.Map;

class StaticDriverContractTest extends VpnDriverContract {

    @Override
    protected VpnDriver driver() {
        StaticDriverProvider provider = new StaticDriverProvider();
        return new StaticDriver(
                Settings.of(provider.settings(), Map.of("peers", Map.of("nas", "192.0.2.1:22"), "interface", "lo")));
    }

    @Override
    protected boolean steers() {
        return false;
    }

    @Override
    protected VpnTopology topology(int others) {
        VpnTopology.Builder builder = VpnTopology.builder("10.8.0.0/24");
        for (int i = 1; i <= others + 1; i++) {
            byte[] bytes = new byte[32];
            Arrays.fill(bytes, (byte) i);
            builder.node(VpnNode.builder("node-" + i, VpnPublicKey.of(bytes))
                    .address("10.8.0." + i + "/24")
                    .endpoint("192.0.2." + i + ":51820")
                    .build());
        }
        return builder.build();
    }

    @Override
    protected String self() {
        return "node-1";
    }
}
