package ai.primespark.examples.server;

import ai.primespark.testkit.MachineNeeds;
import java.io.File;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Tests that look at pages in a real browser, which Playwright drives by Node.js. Both are the machine's own. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(NeedsBrowser.Condition.class)
@interface NeedsBrowser {

    /** The machine's programs. */
    final class Condition implements ExecutionCondition {

        private static final List<String> BROWSERS =
                List.of("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome");

        static Optional<Path> browser() {
            return BROWSERS.stream().flatMap(Condition::onPath).findFirst();
        }

        static Optional<Path> node() {
            return onPath("node").findFirst();
        }

        private static Stream<Path> onPath(String program) {
            String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
            return Arrays.stream(path.split(File.pathSeparator, -1))
                    .filter(folder -> !folder.isEmpty())
                    .map(folder -> Path.of(folder, program))
                    .filter(Files::isExecutable);
        }

        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            boolean there = browser().isPresent() && node().isPresent();
            return MachineNeeds.unless(
                    context,
                    there
                            ? Optional.empty()
                            : Optional.of("Chromium or Node.js is missing (Debian packages chromium and nodejs)"));
        }
    }
}
