package ai.primespark.it.deployment;

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
import org.junit.platform.commons.support.AnnotationSupport;

/** Tests that run an installed program; left out as {@link MachineNeeds} says where there is none. */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(NeedsProgram.Condition.class)
@interface NeedsProgram {

    String value();

    /** The Debian package that has it. */
    String debian();

    final class Condition implements ExecutionCondition {

        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            Optional<String> obstacle = AnnotationSupport.findAnnotation(context.getElement(), NeedsProgram.class)
                    .filter(need -> Run.find(need.value()).isEmpty())
                    .map(need -> need.value() + " is missing (Debian package " + need.debian() + ")");
            return MachineNeeds.unless(context, obstacle);
        }
    }
}
