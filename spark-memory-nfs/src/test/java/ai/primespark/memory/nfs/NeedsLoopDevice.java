package ai.primespark.memory.nfs;

import ai.primespark.testkit.LoopFileSystem;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Optional;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Runs where loop devices can be used. Elsewhere it says so loudly; with CI=true that is a failure, so that nothing is left out unseen. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(NeedsLoopDevice.Condition.class)
@interface NeedsLoopDevice {

    final class Condition implements ExecutionCondition {

        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            return unless(context, LoopFileSystem.obstacle());
        }

        static ConditionEvaluationResult unless(ExtensionContext context, Optional<String> obstacle) {
            if (obstacle.isEmpty()) {
                return ConditionEvaluationResult.enabled("everything is there");
            }
            String why = context.getDisplayName() + ": " + obstacle.get();
            if ("true".equals(System.getenv("CI"))) {
                throw new IllegalStateException("cannot run " + why + ". With CI=true that is a failure");
            }
            System.err.println("\n*** NOT RUN: " + why + " ***\n");
            return ConditionEvaluationResult.disabled(why);
        }
    }
}
