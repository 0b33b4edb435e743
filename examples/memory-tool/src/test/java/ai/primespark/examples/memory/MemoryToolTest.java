package ai.primespark.examples.memory;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.examples.memory.Tool.Ran;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryToolTest {

    @TempDir
    Path folder;

    private Tool tool;

    @BeforeEach
    void prepare() throws IOException {
        tool = new Tool(folder);
    }

    private Path record(String tier, int number) throws IOException {
        try (Stream<Path> files = Files.walk(folder.resolve(tier).resolve("data"))) {
            return files.filter(file -> file.toString().endsWith(".rec"))
                    .sorted()
                    .skip(number)
                    .findFirst()
                    .orElseThrow();
        }
    }

    private void flipABit(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 6] ^= 1;
        Files.write(file, bytes);
    }

    @Test
    void storesAndGivesTextFromTheCommandLine() {
        assertThat(tool.run("put", "greeting", "Grüße").code()).isZero();

        Ran ran = tool.run("get", "greeting");

        assertThat(ran.code()).isZero();
        assertThat(ran.out()).isEqualTo("Grüße");
        assertThat(ran.err()).isEmpty();
    }

    @Test
    void storesAndGivesBytesFromFilesAndStandardInput() throws IOException {
        byte[] bytes = {0, -1, 10, 13, 127, -128};
        Path file = Files.write(folder.resolve("in.bin"), bytes);

        assertThat(tool.run("put", "a", "--file", file.toString()).code()).isZero();
        assertThat(tool.runWith(bytes, "put", "b", "-", "--as", "bytes").code()).isZero();
        assertThat(tool.runWith("piped".getBytes(StandardCharsets.UTF_8), "put", "c", "--file", "-")
                        .code())
                .isZero();

        assertThat(tool.run("get", "a").bytes()).isEqualTo(bytes);
        assertThat(tool.run("get", "b", "--out", folder.resolve("out.bin").toString())
                        .code())
                .isZero();
        assertThat(folder.resolve("out.bin")).hasBinaryContent(bytes);
        assertThat(tool.run("get", "c").out()).isEqualTo("piped");
    }

    @Test
    void textThatIsNotUtf8AndJsonThatIsNoneAreRefused() {
        byte[] bytes = {(byte) 0xC3, 0x28};

        Ran text = tool.runWith(bytes, "put", "k", "-");
        Ran json = tool.run("put", "k", "{\"secret\": ", "--as", "json");

        assertThat(text.code()).isEqualTo(ToolException.USAGE);
        assertThat(text.err()).contains("--as bytes");
        assertThat(json.code()).isEqualTo(ToolException.USAGE);
        assertThat(json.err()).contains("not JSON").doesNotContain("secret");
        assertThat(tool.run("get", "k").code()).isEqualTo(ToolException.NOT_FOUND);
    }

    @Test
    void jsonKeepsEveryDigit() {
        String json =
                "{\"pi\":3.14159265358979323846264338327950288,\"big\":123456789012345678901234567890,\"t\":\"x\"}";
        assertThat(tool.run("put", "k", json, "--as", "json").code()).isZero();

        assertThat(tool.run("get", "k").out()).isEqualTo(json);
    }

    @Test
    void whatProgramsStoredIsShownAsJson() throws IOException {
        try (PrimeSpark spark = PrimeSpark.builder()
                .config(SparkConfig.empty().withFile(tool.config()).with("primespark.llm.backends", List.of()))
                .build()) {
            spark.memory().put("prefs", Map.of("volume", new BigDecimal("0.10")));
        }

        Ran ran = tool.run("get", "prefs", "--json");

        assertThat(ran.json().get("type").asText()).isEqualTo("json");
        assertThat(ran.json().get("value").asText()).isEqualTo("{\"volume\":0.10}");
        assertThat(ran.json().get("tier").asText()).isEqualTo("disk");
    }

    @Test
    void anAbsentKeyIsExitCodeOne() {
        Ran ran = tool.run("get", "nothing");

        assertThat(ran.code()).isEqualTo(ToolException.NOT_FOUND);
        assertThat(ran.err()).contains("there is no key 'nothing' in namespace 'default'");
        assertThat(tool.run("stat", "nothing").code()).isEqualTo(ToolException.NOT_FOUND);
        assertThat(tool.run("rm", "nothing").code()).isEqualTo(ToolException.NOT_FOUND);
        assertThat(tool.run("rm", "nothing", "--force").code()).isZero();
    }

    @Test
    void mistakesAreExitCodeTwoAndSayWhatIsWrong() {
        assertThat(tool.run("gte", "k").code()).isEqualTo(ToolException.USAGE);
        assertThat(tool.run("put", "k").err()).contains("VALUE, --file FILE or --object FILE");
        assertThat(tool.run("put", "k", "v", "--ttl", "12 hours").err()).contains("PT12H");
        assertThat(Tool.raw(new byte[0], "get", "k", "--config", "/no/such/file")
                        .err())
                .contains("cannot read the configuration");
        Ran wrong = tool.run("get", "k", "--set", "primespark.memory.timeuot=1s");
        assertThat(wrong.code()).isEqualTo(ToolException.USAGE);
        assertThat(wrong.err()).contains("timeout");
        assertThat(Tool.raw(new byte[0]).code()).isEqualTo(ToolException.USAGE);
        assertThat(Tool.raw(new byte[0], "--help").out())
                .contains("Exit codes:")
                .contains("verify");
    }

    @Test
    void putIfAbsentLeavesWhatIsThere() {
        assertThat(tool.run("put", "k", "one", "--if-absent").code()).isZero();
        assertThat(tool.run("put", "k", "two", "--if-absent").code()).isEqualTo(ToolException.NOT_FOUND);
        assertThat(tool.run("get", "k").out()).isEqualTo("one");
    }

    @Test
    void listsKeysWithWhatIsKnownOfThem() throws IOException {
        tool.run("put", "user/1", "a");
        tool.run("put", "user/2", "bb", "--ttl", "PT1H");
        tool.run("put", "other", "c");

        assertThat(tool.run("ls", "user/").out().lines()).containsExactlyInAnyOrder("user/1", "user/2");
        JsonNode second = tool.run("ls", "user/2", "--json").json();
        assertThat(second.get("bytes").asInt()).isEqualTo(2);
        assertThat(second.get("expires").asText()).isNotEmpty();
        assertThat(second.get("tiers")).hasSize(2);
        assertThat(tool.run("ls", "--limit", "2").out().lines()).hasSize(2);
        assertThat(tool.run("ls", "-l", "other").out()).contains("disk,nas").contains("never");
    }

    @Test
    void statShowsATableOfTheTiers() throws IOException {
        tool.run("put", "k", "value");
        Files.delete(record("nas", 0));

        Ran ran = tool.run("stat", "k");

        assertThat(ran.code()).isZero();
        assertThat(ran.out()).containsPattern("1 disk +present +[0-9a-f]{16}-").containsPattern("2 nas +absent");
        JsonNode json = tool.run("stat", "k", "--json").json();
        assertThat(json.at("/tiers/0/state").asText()).isEqualTo("present");
        assertThat(json.at("/tiers/0/bytes").asInt()).isEqualTo(5);
        assertThat(json.at("/tiers/1/state").asText()).isEqualTo("absent");
        tool.run("rm", "k");
        assertThat(tool.run("stat", "k").out()).contains("deleted");
    }

    @Test
    void tierShowsStatesKeysAndWhatIsPending() throws IOException {
        tool.run("put", "k", "value");

        Ran ran = tool.run("tier");

        assertThat(ran.code()).isZero();
        assertThat(ran.out())
                .containsPattern("1 disk +directory +edge +up +\\d+ +")
                .contains("PENDING");
        assertThat(tool.run("tier", "--json").jsonLines())
                .extracting(line -> line.get("tier").asText())
                .containsExactly("disk", "nas");
    }

    @Test
    void verifyFindsWhatDiffersAndRepairMendsIt() throws IOException {
        for (int i = 0; i < 5; i++) {
            tool.run("put", "k" + i, "value " + i);
        }
        Files.delete(record("nas", 2));

        Ran before = tool.run("verify", "--json");
        Ran repaired = tool.run("repair");
        Ran after = tool.run("verify");

        assertThat(before.code()).isEqualTo(ToolException.UNKNOWN);
        assertThat(before.json().get("differing").asInt()).isEqualTo(1);
        assertThat(repaired.code()).isZero();
        assertThat(repaired.out()).contains("mended      1 in nas");
        assertThat(after.code()).isZero();
        assertThat(after.out()).contains("differing   0 keys");
    }

    @Test
    void deepVerifyMendsADamagedRecordAndReportsALostOne() throws IOException {
        tool.run("put", "k", "value");
        flipABit(record("nas", 0));

        Ran report = tool.run("verify", "--deep", "--report-only");
        Ran mended = tool.run("verify", "--deep");

        assertThat(report.code()).isEqualTo(ToolException.DAMAGED);
        assertThat(mended.code()).isZero();
        assertThat(mended.out()).contains("mended  default/k in nas");
        flipABit(record("nas", 0));
        flipABit(record("disk", 0));
        Ran lost = tool.run("verify", "--deep");
        assertThat(lost.code()).isEqualTo(ToolException.DAMAGED);
        assertThat(lost.out()).contains("DAMAGED default/k in disk").contains("no other tier has it");
        assertThat(tool.run("get", "k").code()).isEqualTo(ToolException.DAMAGED);
        assertThat(tool.run("stat", "k").code()).isEqualTo(ToolException.DAMAGED);
    }

    @Test
    void theProgressBarGoesToStandardErrorAndOnlyWhenItIsWanted() {
        for (int i = 0; i < 3; i++) {
            tool.run("put", "k" + i, "value " + i);
        }

        Ran shown = tool.run("verify", "--progress", "always");

        assertThat(shown.err()).contains("[####").contains("% default, ");
        assertThat(shown.out()).doesNotContain("####");
        assertThat(tool.run("verify", "--progress", "never").err()).isEmpty();
    }

    @Test
    void aDirectoryInUseIsExplained() throws IOException {
        try (PrimeSpark spark = PrimeSpark.builder()
                .config(SparkConfig.empty().withFile(tool.config()).with("primespark.llm.backends", List.of()))
                .build()) {
            spark.memory().put("k", "v");

            Ran ran = tool.run("get", "k");

            assertThat(ran.code()).isEqualTo(ToolException.UNKNOWN);
            assertThat(ran.err())
                    .contains("in use by")
                    .contains("Stop that program")
                    .contains("--data-dir");
        }
    }

    @Test
    void aPrivateNamespaceIsOpenedAsItIsKnown() {
        tool.run("put", "k", "v", "--namespace", "diary", "--reach", "edge");

        assertThat(tool.run("get", "k", "--namespace", "diary").out()).isEqualTo("v");
        assertThat(tool.run("ls", "--namespaces").out()).contains("diary  reach EDGE");
        assertThat(tool.run("get", "k").code()).isEqualTo(ToolException.NOT_FOUND);
    }

    @Test
    void secretsOfTheConfigurationAreNotPrinted() throws IOException {
        Files.writeString(
                tool.config(),
                Files.readString(tool.config())
                        .replace("type = directory, id = nas", "type = directroy, password = hunter2, id = nas"));

        Ran ran = tool.run("tier");

        assertThat(ran.code()).isEqualTo(ToolException.USAGE);
        assertThat(ran.err() + ran.out()).contains("directory").doesNotContain("hunter2");
    }
}
