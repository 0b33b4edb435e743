package ai.primespark.testkit;

import java.io.File;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Tests that run programs in Python 3 ({@code python3}); left out as {@link MachineNeeds} says where there is none. */
@Documented
@Inherited
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(NeedsPython.Condition.class)
public @interface NeedsPython {

    /** Looks for the program. */
    final class Condition implements ExecutionCondition {

        /** For JUnit. */
        public Condition() {}

        private static boolean isInstalled() {
            return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                    .filter(folder -> !folder.isBlank())
                    .anyMatch(folder -> Files.isExecutable(Path.of(folder, "python3")));
        }

        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            return MachineNeeds.unless(
                    context,
                    isInstalled() ? Optional.empty() : Optional.of("python3 is missing (Debian package python3)"));
        }
    }
}
