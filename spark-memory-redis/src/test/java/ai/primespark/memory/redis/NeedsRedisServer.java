package ai.primespark.memory.redis;

import ai.primespark.testkit.LocalRedis;
import ai.primespark.testkit.MachineNeeds;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Optional;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Runs where a redis-server is installed: the one that {@link Servers} has otherwise knows neither TLS nor sentinels. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(NeedsRedisServer.Condition.class)
@interface NeedsRedisServer {

    final class Condition implements ExecutionCondition {

        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            return MachineNeeds.unless(
                    context,
                    LocalRedis.find().isPresent()
                            ? Optional.empty()
                            : Optional.of("redis-server is missing (Debian package redis-server)"));
        }
    }
}
