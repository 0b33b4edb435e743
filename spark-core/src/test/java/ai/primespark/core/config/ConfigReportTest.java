package ai.primespark.core.config;

import static ai.primespark.core.config.Samples.refuse;
import static ai.primespark.core.config.Samples.refuseText;
import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.ConfigurationException;
import ai.primespark.SparkConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigReportTest {

    @TempDir
    Path dir;

    @Test
    void oneReportHoldsEveryProblemWithFileAndLine() throws IOException {
        Path file = dir.resolve("primespark.conf");
        Files.writeString(file, """
                primespark {
                  data-dri = /tmp/x
                  memory {
                    timeout = soon
                    tiers = [
                      {type = reddis}
                      {type = redis, id = hot, prot = 6380}
                      {type = redis, id = hot, password = change_me_hunter2}
                      {type = local, zone = moon, id = "Not An Id"}
                      {id = untyped}
                    ]
                  }
                  llm {
                    strategy = edge-frist
                    retries = 11
                    limits { idle = 30, idel = 5s }
                    backends = [
                      {type = openai, url = "http://me:hunter2@pi"}
                      {type = ollama, url = "pi:11434"}
                    ]
                    types.olama.url = "http://pi"
                  }
                  lllm { strategy = edge-first }
                }
                """);

        ConfigurationException report = refuse(SparkConfig.empty().withFile(file));

        String at = "(" + file + ":";
        assertThat(report)
                .hasMessage(String.join(
                        "\n",
                        "18 problems in the configuration:",
                        "  - primespark.data-dri " + at + "2): is not a setting; did you mean 'data-dir'?",
                        "  - primespark.lllm " + at + "23): is not a setting; did you mean 'llm'?",
                        "  - primespark.memory.timeout " + at
                                + "4): must be a duration with a unit, such as 250 ms, 5s or 2m,"
                                + " but is 'soon'; allowed: duration, at least 1 s",
                        "  - primespark.memory.tiers[0].type " + at + "6): there is no memory tier of type 'reddis';"
                                + " did you mean 'redis'? available: [local, redis]; add the plugin's jar to the run-time path",
                        "  - primespark.memory.tiers[1].prot " + at + "7): is not a setting; did you mean 'port'?",
                        "  - primespark.memory.tiers[2].password " + at
                                + "8): is still the example text; make a secret of your" + " own; allowed: secret",
                        "  - primespark.memory.tiers[2].id " + at
                                + "8): two memory tiers have the id 'hot'; the other is"
                                + " primespark.memory.tiers[1] " + at
                                + "7); give each an id of its own, such as id = hot-2",
                        "  - primespark.memory.tiers[3].id " + at + "9): 'Not An Id' is not [a-z][a-z0-9-]*;"
                                + " use letters, digits and dashes",
                        "  - primespark.memory.tiers[3].zone " + at
                                + "9): must be one of edge, trusted, cloud, but is 'moon';"
                                + " allowed: one of edge, trusted, cloud",
                        "  - primespark.memory.tiers[4] " + at
                                + "10): must be a memory tier with a type; write {type = …};"
                                + " available: [local, redis]",
                        "  - primespark.llm.strategy " + at
                                + "14): must be one of edge-first, cloud-first, balanced, edge-only,"
                                + " but is 'edge-frist'; allowed: one of edge-first, cloud-first, balanced, edge-only",
                        "  - primespark.llm.retries " + at + "15): must be at most 10, but is 11;"
                                + " allowed: whole number, at least 0, at most 10",
                        "  - primespark.llm.limits.idel " + at + "16): is not a setting; did you mean 'limits.idle'?",
                        "  - primespark.llm.limits.idle " + at
                                + "16): must be a duration with a unit, such as 250 ms, 5s or 2m,"
                                + " but is '30'; allowed: duration",
                        "  - primespark.llm.types.olama " + at + "21): is not a setting; did you mean 'ollama'?",
                        "  - primespark.llm.backends[0].url " + at + "18): must not hold user info before the host;"
                                + " use the provider's own secret setting; allowed: http(s) URL",
                        "  - primespark.llm.backends[0].api-key " + at + "18): is required (The key.);"
                                + " set api-key; allowed: secret",
                        "  - primespark.llm.backends[1].url " + at
                                + "19): must be an address such as http://127.0.0.1:11434,"
                                + " without query and fragment, but is 'pi:11434'; allowed: http(s) URL"));
        assertThat(report.problems()).hasSize(18);
        assertThat(report.getMessage()).doesNotContain("hunter2");
    }

    @Test
    void aMissingRequiredSettingIsReportedOnceAndAWrongOneOnlyAsWrong() {
        assertThat(refuseText("primespark.llm.backends = [{type = openai}]"))
                .hasMessage("1 problem in the configuration:\n  - primespark.llm.backends[0].api-key (test:1):"
                        + " is required (The key.); set api-key; allowed: secret");
        assertThat(refuseText("primespark.llm.backends = [{type = openai, api-key = \"\"}]"))
                .hasMessage("1 problem in the configuration:\n  - primespark.llm.backends[0].api-key (test:1):"
                        + " must not be empty; allowed: secret");
    }

    @Test
    void aSectionThatIsNoneIsNamedByItsFullPathAndOnce() {
        assertThat(refuseText("primespark.memory = 5"))
                .hasMessage("1 problem in the configuration:\n  - primespark.memory (test:1): must be a section;"
                        + " write memory { … }");
        assertThat(refuseText("primespark = 5"))
                .hasMessage("1 problem in the configuration:\n  - primespark (test:1): must be a section;"
                        + " write primespark { … }");
        assertThat(refuseText("primespark.memory { types = 5, tiers = [{type = local}, {type = redis}] }"))
                .hasMessage("1 problem in the configuration:\n  - primespark.memory.types (test:1): must be a section;"
                        + " write types { … }");
        assertThat(refuseText("primespark.memory.types { redis = 5 }\nprimespark.memory.tiers = [{type = redis}]"))
                .hasMessage("1 problem in the configuration:\n  - primespark.memory.types.redis (test:1):"
                        + " must be a section; write redis { … }");
    }

    @Test
    void aListThatIsNoneIsReportedWithoutItsContent() {
        assertThat(refuseText("primespark.llm.backends = {type = openai, api-key = hunter2}"))
                .hasMessage("1 problem in the configuration:\n  - primespark.llm.backends (test:1): must be a list;"
                        + " write backends = [{type = …}]");
        assertThat(refuseText("primespark.llm.strategy = {api-key = hunter2}").getMessage())
                .contains("but is a map")
                .doesNotContain("hunter2");
    }

    @Test
    void aSyntaxErrorHasFileAndLineAndNothingOfTheText() throws IOException {
        Path file = dir.resolve("broken.conf");
        Files.writeString(file, "primespark {\n  llm.backends = [{type = openai, api-key = \"hunter2]}\n}\n");

        assertThat(refuse(SparkConfig.empty().withFile(file)))
                .hasMessage("1 problem in the configuration:\n  - primespark (" + file + ":2): is not valid HOCON at"
                        + " this place; look for a missing quote, bracket or comma there or just above")
                .hasNoCause();
        assertThat(refuseText("primespark { x = ]hunter2[ }").getMessage())
                .contains("(test:1): is not valid HOCON")
                .doesNotContain("hunter2");
    }

    @Test
    void aFileThatMustExistIsMissed() {
        Path missing = dir.resolve("missing.conf");

        assertThat(refuse(SparkConfig.empty().withFile(missing)).getMessage())
                .startsWith("1 problem in the configuration:\n  - primespark (" + missing + "): cannot be read: ")
                .endsWith("; check that it exists and may be read");
    }

    @Test
    void anUnresolvedSubstitutionIsReportedWhereItStands() {
        ConfigurationException report =
                refuseText("primespark {\n llm.strategy = ${no.such.thing}\n llm.retries = 99\n}");

        assertThat(report.getMessage())
                .contains("  - primespark.llm.strategy (test:2): a ${…} refers to something that is not set;"
                        + " set it, or write ${?…} to leave the setting out when it is missing");
    }

    @Test
    void aProblemOfSomebodyElsesSettingsIsNoneOfOurs() {
        Resolved resolved =
                Samples.readText("other.thing = ${no.such.thing}\nshared = 7\nprimespark.llm.retries = ${shared}");

        assertThat(resolved.get("llm", Samples.RETRIES)).isEqualTo(7);
    }

    @Test
    void aFileOfTheApplicationsMayBeCalledReferenceToo() throws IOException {
        Path file = Files.writeString(dir.resolve("reference.conf"), "primespark.llm.retires = 3");

        assertThat(refuse(SparkConfig.empty().withFile(file)).getMessage())
                .contains("primespark.llm.retires (" + file + ":1): is not a setting");
    }

    @Test
    void anOptionalSubstitutionThatIsMissingLeavesTheDefault() {
        Resolved resolved = Samples.readText("primespark.llm.retries = ${?no.such.thing}");

        assertThat(resolved.get("llm", Samples.RETRIES)).isEqualTo(1);
    }

    @Test
    void problemsFromOutsideAreReportedAtTheirVariableOrProperty() {
        assertThat(refuse(SparkConfig.empty()
                        .withEnvironment(Map.of(
                                "PRIMESPARK_LLM_RETRIES", "many",
                                "PRIMESPARK_LLM_LABELS", "[hunter2",
                                "PRIMESPARK_LLM_STRATEGY", "edge-only"))))
                .hasMessage("2 problems in the configuration:"
                        + "\n  - primespark (environment variable PRIMESPARK_LLM_LABELS): is not valid HOCON at this"
                        + " place; look for a missing quote, bracket or comma there or just above"
                        + "\n  - primespark.llm.retries (environment variable PRIMESPARK_LLM_RETRIES): must be a whole"
                        + " number, but is 'many'; allowed: whole number, at least 0, at most 10");
        assertThat(refuse(SparkConfig.empty().with("primespark.llm.nested.deep", 1)))
                .hasMessage("1 problem in the configuration:\n  - primespark.llm.nested (PrimeSpark.builder()):"
                        + " is not a setting; known are [aliases, backends, labels, limits.idle, retries, strategy,"
                        + " types]");
    }
}
