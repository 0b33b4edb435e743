package ai.primespark.it.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.testkit.MachineNeeds;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDir;

/** The Java of the image: linked with the options of the Dockerfile, by the JDK that runs this test, and then used. */
@Timeout(300)
@ExtendWith(JlinkImageIT.NeedsJlink.class)
class JlinkImageIT {

    private static final Path BIN = Path.of(System.getProperty("java.home"), "bin");

    @TempDir
    Path folder;

    private final Dockerfile dockerfile = Dockerfile.parse(Deployment.read("Dockerfile"));
    private final String modules = dockerfile.argument("JAVA_MODULES");

    static final class NeedsJlink implements ExecutionCondition {
        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            return MachineNeeds.unless(
                    context,
                    Files.isExecutable(BIN.resolve("jlink"))
                            ? Optional.empty()
                            : Optional.of("this Java has no jlink (Debian package openjdk-17-jdk-headless)"));
        }
    }

    /** The command of the Dockerfile, to another place. */
    private Path link() {
        String run = dockerfile.all("RUN").stream()
                .filter(text -> text.startsWith("jlink "))
                .findFirst()
                .orElseThrow();
        Path image = folder.resolve("java");
        String command = run.replace("\"$JAVA_MODULES\"", modules).replace("/opt/java", image.toString());
        Run linked = Run.of(folder, Map.of("PATH", BIN + ":" + System.getenv("PATH")), List.of("sh", "-c", command));
        assertThat(linked.exit()).as(linked.text()).isZero();
        return image;
    }

    @Test
    void everyModuleThatTheJarNeedsIsInTheImage() {
        Run jdeps = Run.of(
                folder,
                BIN.resolve("jdeps").toString(),
                "--ignore-missing-deps",
                "--multi-release",
                "17",
                "--print-module-deps",
                Deployment.serverJar().toString());

        assertThat(jdeps.exit()).as(jdeps.text()).isZero();
        Set<String> needed = new TreeSet<>(List.of(jdeps.text().strip().split(",")));
        assertThat(List.of(modules.split(","))).containsAll(needed);
        assertThat(needed).contains("java.base", "java.net.http");
    }

    @Test
    void theServerRunsOnTheImageAndIsHealthyByItsOwnCheck() throws IOException {
        Path image = link();
        List<String> java = new ArrayList<>(List.of(image.resolve("bin/java").toString()));
        for (JsonNode word :
                new ObjectMapper().readTree(dockerfile.ofLastStage("ENTRYPOINT").get(0))) {
            if (word.asText().startsWith("-X")) {
                java.add(word.asText());
            }
        }
        assertThat(java).contains("-XX:MaxRAMPercentage=50.0");

        try (RunningServer server = RunningServer.start(java, folder, folder.resolve("data"))) {
            assertThat(server.get("/health").statusCode()).isEqualTo(200);
            assertThat(server.get("/health").body()).contains("prime-spark-ai");
            assertThat(server.get("/").body())
                    .as("the dashboard, out of the jar")
                    .containsIgnoringCase("<!doctype html>");
            Run check = Run.of(
                    folder,
                    Map.of("API_PORT", String.valueOf(server.port())),
                    List.of(Deployment.file("docker/prime-spark-health").toString()));
            assertThat(check).isEqualTo(new Run(0, ""));
            assertThat(server.post("/api/memory/set", "{\"key\": \"a\", \"value\": 1}")
                            .statusCode())
                    .isEqualTo(200);
            assertThat(server.post("/api/llm/generate", "{\"prompt\": \"hello\"}")
                            .statusCode())
                    .isIn(200, 503);
            assertThat(server.terminate()).isEqualTo(143);
            assertThat(server.output()).doesNotContain("ClassNotFoundException", "NoClassDefFoundError");
        }
        assertThat(image.resolve("lib/server/classes.jsa"))
                .as("what -Xshare:dump wrote")
                .exists();
        assertThat(Run.of(folder, image.resolve("bin/java").toString(), "--list-modules")
                        .text())
                .contains("jdk.crypto.ec", "jdk.jcmd")
                .doesNotContain("jdk.compiler", "jdk.jlink");
    }
}
