package ai.primespark.examples.server;

import ai.primespark.testkit.MachineNeeds;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Tests that run OpenAI's client for Node.js, which npm installs once into {@code target}. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(NeedsOpenAiClient.Condition.class)
@interface NeedsOpenAiClient {

    /** Where the client and the script that uses it are. */
    Path FOLDER = Path.of("target", "openai-client");

    /** Installs what the lock file says. */
    final class Condition implements ExecutionCondition {

        private static final Path SOURCE = Path.of("src", "test", "npm", "openai-client");

        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            return MachineNeeds.unless(context, obstacle());
        }

        private static Optional<String> obstacle() {
            try {
                Files.createDirectories(FOLDER);
                try (Stream<Path> files = Files.list(SOURCE)) {
                    for (Path file : files.toList()) {
                        Files.write(FOLDER.resolve(file.getFileName()), Files.readAllBytes(file));
                    }
                }
                if (Files.exists(FOLDER.resolve("node_modules/openai/package.json"))) {
                    return Optional.empty();
                }
                Process install = new ProcessBuilder(
                                "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent")
                        .directory(FOLDER.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(FOLDER.resolve("npm.log").toFile())
                        .start();
                if (!install.waitFor(3, TimeUnit.MINUTES)) {
                    install.destroyForcibly();
                }
                return install.waitFor() == 0
                        ? Optional.empty()
                        : Optional.of("npm cannot install openai: see " + FOLDER.resolve("npm.log"));
            } catch (IOException e) {
                return Optional.of("node and npm are missing (Debian packages nodejs and npm): " + e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new UncheckedIOException(new IOException(e));
            }
        }
    }
}
