package ai.primespark;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SparkConfigTest {

    @Test
    void keepsItsSourcesInOrderAndNeverChanges() {
        SparkConfig empty = SparkConfig.empty();
        SparkConfig config = empty.withFile(Path.of("a.conf"))
                .withText("x = 1", "test")
                .with("primespark.llm.strategy", "edge-only")
                .withEnvironment(Map.of("PRIMESPARK_X", "1"))
                .withSystemProperties();

        assertThat(empty.sources()).isEmpty();
        assertThat(config.sources().stream().map(SparkConfig.Source::name))
                .containsExactly(
                        "a.conf", "test", "program:primespark.llm.strategy", "environment", "system properties");
    }

    @Test
    void printsNamesAndNeverAValue() {
        SparkConfig config = SparkConfig.empty()
                .withText("password = hunter2", "test")
                .with("primespark.x", "hunter2")
                .withEnvironment(Map.of("PRIMESPARK_X", "hunter2"));

        assertThat(config).hasToString("SparkConfig[test, program:primespark.x, environment]");
        assertThat(config.sources().toString())
                .isEqualTo("[Text[test], Value[primespark.x], Environment[1 variables]]");
    }

    @Test
    void copiesTheEnvironment() {
        Map<String, String> variables = new HashMap<>(Map.of("PRIMESPARK_X", "1"));
        SparkConfig config = SparkConfig.empty().withEnvironment(variables);
        variables.clear();

        assertThat(config.sources()).isEqualTo(List.of(new SparkConfig.Environment(Map.of("PRIMESPARK_X", "1"))));
    }

    @Test
    void theUsualSourcesAreOptional() {
        assertThat(SparkConfig.load().sources().stream().map(SparkConfig.Source::name))
                .containsExactly(
                        "classpath:application.conf",
                        "classpath:primespark.conf",
                        "primespark.conf",
                        "environment",
                        "system properties");
        assertThat(SparkConfig.load().sources().get(2))
                .isEqualTo(new SparkConfig.File(Path.of("primespark.conf"), false));
    }

    @Test
    void aFileThatIsNamedMustExist() {
        System.setProperty("primespark.config", "other.conf");
        try {
            assertThat(SparkConfig.load().sources()).contains(new SparkConfig.File(Path.of("other.conf"), true));
        } finally {
            System.clearProperty("primespark.config");
        }
    }
}
