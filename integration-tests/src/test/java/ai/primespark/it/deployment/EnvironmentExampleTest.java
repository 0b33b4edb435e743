package ai.primespark.it.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.it.ProjectFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** .env.example against what the server, the Compose file and deploy.sh read, both ways. */
class EnvironmentExampleTest {

    private static final Path SERVER = ProjectFiles.root().resolve("examples/javalin-server/src/main/java");
    private static final String EXAMPLE = Deployment.read(".env.example");

    /** All names of the example, set or not. */
    private static Set<String> offered() {
        return Deployment.find("^#?([A-Z][A-Z0-9_]+)=", EXAMPLE);
    }

    /** Names that the server asks its variables for: texts in its code that are in capitals with a line below. */
    static Set<String> serverReads() throws IOException {
        Set<String> names = new TreeSet<>();
        try (Stream<Path> sources = Files.walk(SERVER)) {
            for (Path source :
                    sources.filter(file -> file.toString().endsWith(".java")).toList()) {
                names.addAll(Deployment.find("\"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\"", ProjectFiles.read(source)));
            }
        }
        assertThat(names).contains("OLLAMA_EDGE_URL", "LOG_LEVEL", "API_PORT");
        return names;
    }

    static Set<String> composeReads() {
        Set<String> names = new TreeSet<>();
        Interpolation.VARIABLE
                .matcher(Deployment.read("docker-compose.yml"))
                .results()
                .filter(found -> found.group(2) != null)
                .forEach(found -> names.add(found.group(2)));
        return names;
    }

    static Set<String> scriptReads() {
        Set<String> names = Deployment.find("env_value ([A-Z][A-Z0-9_]+)", Deployment.read("deploy.sh"));
        names.addAll(Deployment.find("make_secret \\S+ ([A-Z][A-Z0-9_]+)", Deployment.read("deploy.sh")));
        return names;
    }

    @Test
    void everythingThatIsReadIsOffered() throws IOException {
        Set<String> read = serverReads();
        read.addAll(composeReads());
        read.addAll(scriptReads());
        read.removeAll(offered());

        assertThat(read)
                .isEqualTo(Set.of(
                        "GRAFANA_PASSWORD", // generated; .env may set it, but nobody has to know
                        "PRIMESPARK_AGENTS_QUEUE")); // one of the PRIMESPARK_ settings
    }

    @Test
    void everythingThatIsOfferedIsRead() throws IOException {
        Set<String> offered = offered();
        offered.removeAll(serverReads());
        offered.removeAll(composeReads());
        offered.removeAll(scriptReads());
        offered.removeIf(name -> name.startsWith("PRIMESPARK_")); // any setting of the library

        assertThat(offered).isEmpty();
    }

    /** What the Compose file hands to the server is what the server asks for. */
    @Test
    void theServerReadsWhatItsContainerIsGiven() throws IOException {
        Object environment = ((java.util.Map<?, ?>) ((java.util.Map<?, ?>)
                                Deployment.yaml("docker-compose.yml").get("services"))
                        .get("server"))
                .get("environment");
        Set<String> given = new TreeSet<>();
        ((java.util.Map<?, ?>) environment).keySet().forEach(name -> given.add(String.valueOf(name)));
        given.removeAll(serverReads());

        assertThat(given)
                .isEqualTo(Set.of(
                        "TZ", // by Java itself
                        "PRIME_SPARK_SERVER_METRICS")); // a setting of the server's own section
    }

    @Test
    void noSecretInItWorks() {
        for (String line : EXAMPLE.lines()
                .filter(line -> line.matches("#?[A-Z0-9_]*(PASSWORD|SECRET|KEY|TOKEN)[A-Z0-9_]*=.*"))
                .toList()) {
            if (!line.startsWith("#MINIO_ACCESS_KEY=")) { // a name
                assertThat(line).matches("#[A-Z_]+=(change_me)?");
            }
        }
        assertThat(Deployment.find("^([A-Z][A-Z0-9_]+)=", EXAMPLE))
                .containsExactlyInAnyOrder("BIND_ADDRESS", "API_PORT", "COMPOSE_PROFILES");
    }

    @Test
    void everyVariableIsExplained() {
        boolean explained = false;
        for (String line : EXAMPLE.lines().toList()) {
            if (line.isBlank() || line.startsWith("# ---")) {
                explained = false;
            } else if (line.startsWith("# ")) {
                explained = true;
            } else {
                assertThat(explained).as(line).isTrue();
            }
        }
    }
}
