package ai.primespark.it.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.it.ProjectFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/operations.md says what the programs really say. */
class OperationsPageTest {

    private static final String PAGE = ProjectFiles.read(ProjectFiles.root().resolve("docs/operations.md"));

    /** Our programs' own words: texts of the code, joined where a line ended, and the scripts. */
    private static String words() throws IOException {
        StringBuilder words = new StringBuilder();
        try (Stream<Path> files = Files.walk(ProjectFiles.root(), 12)) {
            for (Path file : files.filter(path ->
                            path.toString().endsWith(".java") && path.toString().contains("/src/main/java/"))
                    .toList()) {
                words.append(ProjectFiles.read(file).replaceAll("\"\\s*\\+\\s*\"", ""));
            }
        }
        for (String script :
                Set.of("deploy.sh", "docker/check-nas", "docker/prime-spark-health", "docker-compose.yml")) {
            words.append(Deployment.read(script));
        }
        return words.toString();
    }

    private static List<String[]> symptoms() {
        String section = PAGE.substring(PAGE.indexOf("## By symptom"));
        return section.lines()
                .filter(line -> line.startsWith("| ") && !line.startsWith("| symptom"))
                .map(line -> line.substring(2).split("\\s*\\|\\s*"))
                .toList();
    }

    @Test
    void whatASymptomSaysIsWhatTheProgramsSay() throws IOException {
        String words = words();
        List<String> unknown = new ArrayList<>();
        for (String[] symptom : symptoms()) {
            assertThat(symptom).as(symptom[0]).hasSize(3);
            for (String quoted : Deployment.find("`([^`]+)`", symptom[1])) {
                boolean elsewhere =
                        quoted.matches("(GET|POST|docker) .*|(status|outcome)=.*"); // of other programs, or a path
                boolean metric = quoted.startsWith("spark_") && MetricNamesTest.exists(quoted);
                if (!elsewhere && !metric && !words.contains(quoted)) {
                    unknown.add(symptom[0] + ": " + quoted);
                }
            }
        }

        assertThat(unknown).isEmpty();
        assertThat(symptoms()).hasSizeGreaterThan(20);
    }

    @Test
    void everyVariableAndPathOfThePageExists() throws IOException {
        String example = Deployment.read(".env.example");
        Set<String> variables = Deployment.find("`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)[`=]", PAGE);
        variables.removeIf(name -> name.startsWith("PRIMESPARK_")
                || name.startsWith("PRIME_SPARK_SERVER_") // the server's own settings, by their paths
                || example.contains(name + "="));
        assertThat(variables).isEmpty();
        for (String script : Deployment.find("(?:\\./|sudo examples/deployment/)([a-z/-]+\\.sh)", PAGE)) {
            assertThat(Deployment.file(script)).isExecutable();
        }
        String settings = ProjectFiles.read(
                ProjectFiles.root().resolve("examples/javalin-server/src/main/resources/prime-spark-server.conf"));
        assertThat(Deployment.find("`?PRIME_SPARK_SERVER_([A-Z]+)", PAGE))
                .allSatisfy(name -> assertThat(settings).contains(name.toLowerCase(java.util.Locale.ROOT)));
    }

    @Test
    void theLeastVersionsAreThoseOfTheScripts() {
        String script = Deployment.read("deploy.sh");
        assertThat(PAGE)
                .contains(
                        "Compose plugin "
                                + Deployment.find("^LEAST_COMPOSE=(.*)$", script)
                                        .iterator()
                                        .next() + " or newer",
                        Deployment.find("^LEAST_DISK_GB=(.*)$", script)
                                        .iterator()
                                        .next() + " GB of free disk",
                        "a JRE "
                                + Deployment.find("^LEAST_JAVA=(.*)$", Deployment.read("systemd/install.sh"))
                                        .iterator()
                                        .next()
                                + " or newer");
    }
}
