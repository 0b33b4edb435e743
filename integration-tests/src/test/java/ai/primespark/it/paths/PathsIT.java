package ai.primespark.it.paths;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.examples.quickstart.Quickstart;
import ai.primespark.it.JavaProcess;
import ai.primespark.it.ProjectFiles;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same program finds every provider on the class path and on the module path. */
class PathsIT {

    /** What the quickstart and a plugin need at run time; every one of them a proper module or an automatic one. */
    private static final String[] RUNTIME = {
        "spark-api",
        "spark-core",
        "spark-llm-ollama",
        "spark-llm-openai",
        "spark-llm-recall",
        "spark-agent-http",
        "nimbus-jose-jwt",
        "spark-memory-redis",
        "spark-memory-nfs",
        "spark-memory-s3",
        "spark-power-ups",
        "prime-spark-quickstart",
        "prime-spark-custom-plugin",
        "jspecify",
        "jackson-",
        "caffeine",
        "resilience4j-circuitbreaker",
        "resilience4j-core",
        "nimbus-jose-jwt",
        "password4j",
        "config-",
        "slf4j-api",
        "logback-",
        "lucene-",
        "aircompressor",
        "lettuce-",
        "netty-",
        "reactor-core",
        "reactive-streams",
        "redis-authx-"
    };

    private static final String LISTER = "ai.primespark.it.paths.ProviderLister";

    @TempDir
    Path directory;

    @Test
    void onTheClassPathEveryProviderIsFound() {
        try (JavaProcess child = JavaProcess.classPath(directory, Map.of(), ProviderLister.class)) {
            assertThat(child.await()).as(child.output()).isZero();
            assertEveryProviderIsFound(child);
            assertThat(child.lines()).contains("engine module: unnamed");
        }
    }

    @Test
    void onTheModulePathEveryProviderIsFound() {
        List<String> jars = JavaProcess.jars(RUNTIME);
        Path testClasses = ProjectFiles.root().resolve("integration-tests/target/test-classes");
        List<String> command = new ArrayList<>(List.of(
                JavaProcess.java(),
                "-Xmx256m",
                "-p",
                String.join(File.pathSeparator, jars),
                "--add-modules",
                "ai.primespark.examples.quickstart,ai.primespark.examples.plugin",
                "-cp",
                testClasses.toString(),
                LISTER));
        try (JavaProcess child = JavaProcess.start(directory, Map.of(), command)) {
            assertThat(child.await()).as(child.output()).isZero();
            assertEveryProviderIsFound(child);
            assertThat(child.lines()).contains("engine module: ai.primespark.core");
        }
    }

    /** Nothing but the application's module is named: service binding brings in the engine and the plugins. */
    @Test
    void theQuickstartRunsAsAModule() {
        List<String> command = List.of(
                JavaProcess.java(),
                "-Xmx256m",
                "-p",
                String.join(File.pathSeparator, JavaProcess.jars(RUNTIME)),
                "-m",
                "ai.primespark.examples.quickstart/" + Quickstart.class.getName(),
                "--docs",
                ProjectFiles.root().resolve("docs").toString());
        try (JavaProcess child =
                JavaProcess.start(directory, Map.of("OLLAMA_EDGE_URL", "http://127.0.0.1:1"), command)) {
            assertThat(child.await()).as(child.output()).isZero();
            assertThat(child.output()).contains("recall", "degraded", "quickstart/answer");
        }
    }

    /** The registry is an optional dependency, which the lists above leave out. */
    @Test
    void onBothPathsCallsAreObservationsWhenTheApplicationHasMicrometer() {
        try (JavaProcess child = JavaProcess.classPath(directory, Map.of(), ObservedCall.class)) {
            assertThat(child.await()).as(child.output()).isZero();
            assertThat(child.lines())
                    .contains("engine module: null", "hi", "observed spark.llm.attempt", "observed spark.llm.call");
        }
        List<String> jars = new ArrayList<>(JavaProcess.jars(RUNTIME));
        jars.addAll(JavaProcess.jars("micrometer-observation", "micrometer-commons"));
        List<String> command = List.of(
                JavaProcess.java(),
                "-Xmx256m",
                "-p",
                String.join(File.pathSeparator, jars),
                "--add-modules",
                "ai.primespark.examples.plugin,micrometer.observation",
                "-cp",
                ProjectFiles.root()
                        .resolve("integration-tests/target/test-classes")
                        .toString(),
                ObservedCall.class.getName());
        try (JavaProcess child = JavaProcess.start(directory, Map.of(), command)) {
            assertThat(child.await()).as(child.output()).isZero();
            assertThat(child.lines())
                    .contains(
                            "engine module: ai.primespark.core",
                            "hi",
                            "observed spark.llm.attempt",
                            "observed spark.llm.call");
        }
    }

    private static void assertEveryProviderIsFound(JavaProcess child) {
        assertThat(child.lines())
                .contains(
                        "memory-tier caffeine",
                        "memory-tier directory",
                        "memory-tier heap",
                        "memory-tier redis",
                        "memory-tier nfs",
                        "memory-tier s3",
                        "llm-backend ollama",
                        "llm-backend openai",
                        "llm-backend recall",
                        "llm-backend phrasebook",
                        "power-source nut",
                        "power-source apcupsd",
                        "power-source pisugar",
                        "power-source sysfs",
                        "power-source oshi",
                        "power-source file",
                        "power-source exec")
                .noneMatch(line -> line.contains("problem"));
    }
}
