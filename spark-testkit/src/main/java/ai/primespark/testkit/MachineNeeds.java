package ai.primespark.testkit;

import java.util.Optional;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * For tests that need something of the machine, such as an installed server, that not everybody's has. Where it is missing they are
 * left out, and say loudly why; with {@code CI=true} in the environment that is a failure, so that nothing is left out unseen.
 *
 * <pre>{@code
 * public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
 *     return MachineNeeds.unless(context, LoopFileSystem.obstacle());
 * }
 * }</pre>
 *
 * <p>Thread-safe.
 */
public final class MachineNeeds {

    private MachineNeeds() {}

    /**
     * Decides whether tests run.
     *
     * @param context what is about to run
     * @param obstacle why it cannot; empty when it can
     * @return enabled without an obstacle, otherwise disabled
     * @throws IllegalStateException when there is an obstacle and {@code CI} is {@code true}
     */
    public static ConditionEvaluationResult unless(ExtensionContext context, Optional<String> obstacle) {
        return unless(context.getDisplayName(), obstacle, "true".equals(System.getenv("CI")));
    }

    static ConditionEvaluationResult unless(String tests, Optional<String> obstacle, boolean required) {
        if (obstacle.isEmpty()) {
            return ConditionEvaluationResult.enabled("everything is there");
        }
        String why = tests + ": " + obstacle.get();
        if (required) {
            throw new IllegalStateException("cannot run " + why + ". With CI=true that is a failure");
        }
        System.err.println("\n*** NOT RUN: " + why + " ***\n");
        return ConditionEvaluationResult.disabled(why);
    }
}
