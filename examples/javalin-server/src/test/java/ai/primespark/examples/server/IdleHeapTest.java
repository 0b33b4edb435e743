package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.VMOption;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** That memory goes back to the machine. */
class IdleHeapTest {

    private static VMOption option(String name) {
        return ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                .getVMOption(name);
    }

    @Test
    void anIdleServerLooksForGarbageAndKeepsLittleMoreThanItNeeds() {
        IdleHeap.giveBack();

        assertThat(option("G1PeriodicGCInterval").getValue()).isEqualTo("20000");
        assertThat(option("MaxHeapFreeRatio").getValue()).isEqualTo("30");
        assertThat(option("MinHeapFreeRatio").getValue()).isEqualTo("10");
    }

    @Test
    void whatWasSetByOthersStands() {
        HotSpotDiagnosticMXBean jvm = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        jvm.setVMOption("G1PeriodicGCInterval", "12345");

        IdleHeap.giveBack();

        assertThat(option("G1PeriodicGCInterval").getValue()).isEqualTo("12345");
        jvm.setVMOption("G1PeriodicGCInterval", "20000");
    }
}
