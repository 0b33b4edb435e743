package ai.primespark.core.power;

import ai.primespark.power.PowerPolicy;
import ai.primespark.power.PowerProfile;
import ai.primespark.power.PowerReading;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The application's policy; where it fails, the configured one judges instead, so that a fault of the application's does not leave
 * the machine without protection.
 */
final class SafePolicy implements PowerPolicy {

    private static final Logger LOG = LoggerFactory.getLogger(SafePolicy.class);

    private final PowerPolicy own;
    private final PowerPolicy configured;
    private final AtomicBoolean failed = new AtomicBoolean();

    SafePolicy(PowerPolicy own, PowerPolicy configured) {
        this.own = own;
        this.configured = configured;
    }

    @Override
    public Verdict judge(PowerReading reading, PowerProfile current) {
        try {
            Verdict verdict = own.judge(reading, current);
            if (verdict != null) {
                return verdict;
            }
            report("gave no verdict", null);
        } catch (RuntimeException | LinkageError e) {
            report("failed", e);
        }
        return configured.judge(reading, current);
    }

    private void report(String what, @Nullable Throwable cause) {
        if (failed.compareAndSet(false, true)) {
            LOG.warn("The application's power policy {}; the configured thresholds judge where it does", what, cause);
        }
    }
}
