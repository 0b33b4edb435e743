package ai.primespark.examples.server;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.VMOption;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Has the JVM give back memory that only starting, or a busy hour, needed: on a small machine others want it. By default G1 keeps what it
 * once had (JEP 346). What was set on the command line stands, and other collectors are left as they are.
 *
 * @see <a href="https://openjdk.org/jeps/346">JEP 346: Promptly Return Unused Committed Memory from G1</a>
 */
final class IdleHeap {

    private static final String INTERVAL = "G1PeriodicGCInterval";

    private IdleHeap() {}

    static void giveBack() {
        giveBack(Duration.ofMinutes(2));
    }

    /**
     * Looks for garbage often at first, for what the start has needed, and then now and then.
     *
     * @param first how long that lasts
     */
    static void giveBack(Duration first) {
        HotSpotDiagnosticMXBean jvm = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        if (jvm != null) { // else it is not HotSpot
            var unusedMin = set(jvm, "MinHeapFreeRatio", "10"); // first: it may not be above the next one
            var unusedMax = set(jvm, "MaxHeapFreeRatio", "30");
            if (set(jvm, INTERVAL, "5000")) { // ms; only if there was none in that time
                CompletableFuture.delayedExecutor(first.toMillis(), TimeUnit.MILLISECONDS)
                        .execute(() -> jvm.setVMOption(INTERVAL, "60000"));
            }
        }
    }

    /** Whether it was ours to set. */
    private static boolean set(HotSpotDiagnosticMXBean jvm, String name, String value) {
        try {
            VMOption option = jvm.getVMOption(name);
            if (option.isWriteable() && option.getOrigin() == VMOption.Origin.DEFAULT) {
                jvm.setVMOption(name, value);
                return true;
            }
        } catch (IllegalArgumentException e) {
            // this JVM has no such option
        }
        return false;
    }
}
