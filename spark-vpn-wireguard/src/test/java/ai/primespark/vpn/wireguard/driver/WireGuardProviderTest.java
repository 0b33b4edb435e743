package ai.primespark.vpn.wireguard.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.primespark.spi.Settings;
import ai.primespark.spi.SparkProvider;
import ai.primespark.testkit.ProviderContract;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WireGuardProviderTest extends ProviderContract {

    @Override
    protected SparkProvider provider() {
        return new WireGuardProvider();
    }

    private static WireGuardDriver driver(Map<String, ?> values) {
        return new WireGuardDriver(Settings.of(WireGuardSettings.ALL, values));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-h", "..", ".", "a/b", "wg0;id", "$(id)", "sixteen-letters-", "wg 0", "wg0\n"})
    void namesThatAreNoInterfaceAreRefused(String name) {
        assertThatIllegalArgumentException().isThrownBy(() -> driver(Map.of("interface", name)));
    }

    @Test
    void theConfigIsCalledLikeTheInterface() {
        assertThat(driver(Map.of("interface", "home"))).asString().contains("/etc/wireguard/home.conf");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> driver(Map.of("interface", "home", "config", "/etc/wireguard/wg0.conf")))
                .withMessageContaining("'home.conf'");
    }
}
