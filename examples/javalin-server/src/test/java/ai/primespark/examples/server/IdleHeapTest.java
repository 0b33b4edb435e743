package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.VMOption;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** That memory goes back to the machine. */
class IdleHeapTest {

    private static VMOption option(String name) {
        return ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                .getVMOption(name);
    }

    /** In one go, because what was set once is nobody's default any more. */
    @Test
    void anIdleServerLooksForGarbageSoonAndThenSeldomUnlessSomebodyHasSaidOtherwise() {
        IdleHeap.giveBack(Duration.ofSeconds(3));

        assertThat(option("G1PeriodicGCInterval").getValue()).isEqualTo("5000");
        assertThat(option("MaxHeapFreeRatio").getValue()).isEqualTo("30");
        assertThat(option("MinHeapFreeRatio").getValue()).isEqualTo("10");
        await().untilAsserted(() ->
                assertThat(option("G1PeriodicGCInterval").getValue()).isEqualTo("60000"));

        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class).setVMOption("G1PeriodicGCInterval", "12345");
        IdleHeap.giveBack();

        assertThat(option("G1PeriodicGCInterval").getValue()).isEqualTo("12345");
    }
}
