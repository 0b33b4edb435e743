package ai.primespark.it.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.it.ProjectFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The image as far as it can be judged without a Docker engine; JlinkImageIT runs the server on its Java. */
class DockerfileTest {

    private final Dockerfile dockerfile = Dockerfile.parse(Deployment.read("Dockerfile"));

    @Test
    void nothingIsToBeSaidAgainstIt() {
        assertThat(dockerfile.complaints()).isEmpty();
        assertThat(dockerfile.lastStage()).isEqualTo(2);
    }

    @Test
    void theRulesSeeWhatIsWrong() {
        Dockerfile bad = Dockerfile.parse("""
                FROM debian:latest
                ADD https://example.org/x.tar.gz /x
                ENV API_TOKEN=abc
                WORKDIR opt
                RUN apt-get update && \\
                    apt-get install -y curl
                RUN curl https://example.org/i | sh
                ENTRYPOINT java -jar x.jar
                """);

        assertThat(bad.complaints())
                .hasSize(10)
                .allSatisfy(line -> assertThat(line).doesNotContain("abc"));
    }

    @Test
    void theJarIsBuiltOnceAndJavaForTheTarget() {
        List<String> stages = dockerfile.all("FROM");
        assertThat(stages.get(0)).startsWith("--platform=$BUILDPLATFORM maven:");
        assertThat(stages.subList(1, 3)).allSatisfy(stage -> assertThat(stage).doesNotContain("--platform"));
    }

    @Test
    void theImageListensInsideAndKeepsItsDataOnAVolume() {
        String environment = String.join(" ", dockerfile.ofLastStage("ENV"));
        assertThat(environment).contains("API_HOST=0.0.0.0", "PRIMESPARK_DATA_DIR=/var/lib/prime-spark");
        assertThat(dockerfile.ofLastStage("VOLUME")).containsExactly("[\"/var/lib/prime-spark\"]");
        assertThat(dockerfile.ofLastStage("EXPOSE")).containsExactly("8000");
    }

    @Test
    void whatItCopiesIsThere() {
        for (String copy : dockerfile.ofLastStage("COPY")) {
            String source = copy.replaceAll("--\\S+ ", "").split(" ")[0];
            if (!copy.contains("--from=")) {
                assertThat(ProjectFiles.root().resolve(source)).isRegularFile();
            }
        }
        assertThat(dockerfile.ofLastStage("COPY"))
                .anyMatch(copy -> copy.contains("javalin-server/target/prime-spark-server.jar"));
    }

    @Test
    void theBuildSeesEveryModuleAndNoSecret() {
        List<String> rules = Deployment.read("Dockerfile.dockerignore")
                .lines()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .toList();
        assertThat(rules.get(0)).isEqualTo("*");
        assertThat(rules).contains("**/.env", "**/secrets", "**/target");
        assertThat(rules.indexOf("**/secrets")).isGreaterThan(rules.indexOf("!examples"));
        // a module that is not there stops Maven, even if it is not built
        String pom = ProjectFiles.read(ProjectFiles.root().resolve("pom.xml"));
        for (String module : Deployment.find("<module>(.*)</module>", pom)) {
            Path top = Path.of(module).getName(0);
            assertThat(rules)
                    .as(module)
                    .anyMatch(rule -> rule.equals("!" + top)
                            || rule.equals("!" + module + "/pom.xml")
                            || (rule.equals("!spark-*") && module.startsWith("spark-")));
        }
        assertThat(Files.exists(ProjectFiles.root().resolve(".mvn"))).isTrue();
        assertThat(rules).contains("!.mvn", "!pom.xml");
    }
}
