package ai.primespark.examples.server;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.VMOption;
import java.lang.management.ManagementFactory;

/**
 * Has the JVM give back memory that only starting, or a busy hour, needed: on a small machine others want it. By default G1 keeps what it
 * once had (JEP 346). What was set on the command line stands, and other collectors are left as they are.
 *
 * @see <a href="https://openjdk.org/jeps/346">JEP 346: Promptly Return Unused Committed Memory from G1</a>
 */
final class IdleHeap {

    private IdleHeap() {}

    static void giveBack() {
        HotSpotDiagnosticMXBean jvm = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        if (jvm != null) { // else it is not HotSpot
            set(jvm, "MinHeapFreeRatio", "10"); // first: it may not be above the next one
            set(jvm, "MaxHeapFreeRatio", "30");
            set(jvm, "G1PeriodicGCInterval", "20000"); // ms; only if there was none in that time
        }
    }

    private static void set(HotSpotDiagnosticMXBean jvm, String name, String value) {
        try {
            VMOption option = jvm.getVMOption(name);
            if (option.isWriteable() && option.getOrigin() == VMOption.Origin.DEFAULT) {
                jvm.setVMOption(name, value);
            }
        } catch (IllegalArgumentException e) {
            // this JVM has no such option
        }
    }
}
