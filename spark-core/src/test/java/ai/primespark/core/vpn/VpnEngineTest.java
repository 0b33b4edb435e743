package ai.primespark.core.vpn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ai.primespark.SubsystemUnavailableException;
import ai.primespark.core.runtime.EventBus;
import ai.primespark.health.HealthStatus;
import ai.primespark.vpn.VpnState;
import java.time.Clock;
import org.junit.jupiter.api.Test;

class VpnEngineTest {

    private final VpnEngine engine = new VpnEngine(new EventBus(Runnable::run, Clock.systemUTC()));

    @Test
    void withoutADriverItIsDisabledAndSaysSo() {
        assertThat(engine.status().state()).isEqualTo(VpnState.DISABLED);
        assertThat(engine.networks()).isEmpty();
        assertThat(engine.check().status()).isEqualTo(HealthStatus.HEALTHY);
        assertThatExceptionOfType(SubsystemUnavailableException.class)
                .isThrownBy(engine::up)
                .withMessageStartingWith("the subsystem 'vpn' is not available in this instance; no VPN driver");
        assertThatExceptionOfType(SubsystemUnavailableException.class).isThrownBy(engine::down);
    }
}
