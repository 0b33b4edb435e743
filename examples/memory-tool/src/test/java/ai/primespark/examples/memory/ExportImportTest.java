package ai.primespark.examples.memory;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
import ai.primespark.examples.memory.Tool.Ran;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportImportTest {

    private static final String JSON = "{\"n\":0.1000000000000000000001,\"list\":[1,null,\"ä\"]}";

    @TempDir
    Path folder;

    private Tool source;
    private Tool target;
    private Path file;

    @BeforeEach
    void prepare() throws IOException {
        source = new Tool(Files.createDirectory(folder.resolve("source")));
        target = new Tool(Files.createDirectory(folder.resolve("target")));
        file = folder.resolve("memory.ndjson");
    }

    private void export() {
        source.run("put", "text", "line one\nline two");
        source.run("put", "json", JSON, "--as", "json");
        source.runWith(new byte[] {0, 1, -1}, "put", "bytes", "-", "--as", "bytes");
        source.run("put", "short", "v", "--ttl", "PT1H");
        source.run("put", "secret", "s", "--namespace", "diary", "--reach", "edge");
        Ran ran = source.run("export", file.toString());
        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(ran.err()).contains("5 records exported");
    }

    @Test
    void everythingComesBackAsItWas() throws IOException {
        export();

        Ran ran = target.run("import", file.toString());

        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(ran.out()).contains("5 records stored");
        assertThat(target.run("get", "text").out()).isEqualTo("line one\nline two");
        assertThat(target.run("get", "json").out()).isEqualTo(JSON);
        assertThat(target.run("get", "bytes").bytes()).containsExactly(0, 1, -1);
        assertThat(target.run("get", "short", "--json").json().get("expires").asText())
                .isNotEmpty();
        assertThat(target.run("get", "secret", "--namespace", "diary").out()).isEqualTo("s");
        assertThat(target.run("ls", "--namespaces").out()).contains("diary  reach EDGE");
    }

    @Test
    void anExportCanBePipedAndChecked() {
        export();
        Ran piped = source.run("export", "-", "--namespace", "default", "--prefix", "t");

        Ran checked = target.runWith(piped.bytes(), "import", "-", "--check");
        Ran imported = target.runWith(piped.bytes(), "import", "-");

        assertThat(checked.out()).contains("the file is whole: 1 records");
        assertThat(imported.out()).contains("1 records stored");
        assertThat(target.run("ls").out()).isEqualToIgnoringNewLines("text");
    }

    @Test
    void existingValuesCanBeKept() {
        export();
        target.run("put", "text", "mine");

        assertThat(target.run("import", file.toString(), "--keep-existing").out())
                .contains("4 records stored, 1 kept");
        assertThat(target.run("get", "text").out()).isEqualTo("mine");
        target.run("import", file.toString());
        assertThat(target.run("get", "text").out()).isEqualTo("line one\nline two");
    }

    @Test
    void aChangedValueIsFoundByItsChecksum() throws IOException {
        export();
        Files.writeString(file, Files.readString(file).replace("line two", "line TWO"));

        Ran ran = target.run("import", file.toString());

        assertThat(ran.code()).isEqualTo(ToolException.DAMAGED);
        assertThat(ran.err()).contains("checksum does not match").doesNotContain("line TWO");
        assertThat(target.run("get", "text").code()).isEqualTo(ToolException.NOT_FOUND);
    }

    @Test
    void aRemovedLineIsFoundByTheChecksumOfTheWhole() throws IOException {
        export();
        List<String> lines = new ArrayList<>(Files.readAllLines(file));
        lines.remove(2);
        Files.write(file, lines);

        Ran ran = target.run("import", file.toString(), "--check");

        assertThat(ran.code()).isEqualTo(ToolException.DAMAGED);
        assertThat(ran.err()).contains("should have 5 records");
    }

    @Test
    void anImportThatWasCutOffGoesOnWhereItWas() throws IOException {
        try (PrimeSpark spark = PrimeSpark.builder()
                .config(SparkConfig.empty().withFile(source.config()).with("primespark.llm.backends", List.of()))
                .build()) {
            for (int i = 0; i < 450; i++) {
                spark.memory().put("key-" + i, "value " + i);
            }
        }
        source.run("export", file.toString());
        List<String> lines = Files.readAllLines(file);
        Files.writeString(
                file,
                String.join("\n", lines.subList(0, 430)) + "\n" + lines.get(430).substring(0, 40));

        Ran cut = target.run("import", file.toString());
        assertThat(cut.code()).isEqualTo(ToolException.DAMAGED);
        assertThat(cut.err()).contains("cut off").contains("429 records");
        Files.write(file, lines); // copied again, whole this time
        Ran resumed = target.run("import", file.toString());

        assertThat(resumed.code()).as(resumed.err()).isZero();
        assertThat(resumed.out()).contains("50 records stored").contains("400 skipped");
        assertThat(target.run("ls").out().lines()).hasSize(450);
        assertThat(Files.exists(folder.resolve("memory.ndjson.progress"))).isFalse();
        assertThat(target.run("import", file.toString()).out()).contains("450 records stored");
    }

    @Test
    void whatIsNoExportIsRefused() throws IOException {
        Files.writeString(file, "{\"some\":\"thing\"}\n");

        Ran ran = target.run("import", file.toString());

        assertThat(ran.code()).isEqualTo(ToolException.USAGE);
        assertThat(ran.err()).contains("not an export");
        assertThat(target.run("import", folder.resolve("none").toString()).err())
                .contains("cannot read");
    }

    @Test
    void anExportIsForItsOwnerOnlyAndDoesNotReplaceAFileUnasked() throws IOException {
        export();

        assertThat(Files.getPosixFilePermissions(file)).hasSize(2);
        assertThat(source.run("export", file.toString()).err()).contains("--force");
        assertThat(source.run("export", file.toString(), "--force").code()).isZero();
        assertThat(new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
                        .lines()
                        .findFirst()
                        .orElseThrow())
                .contains("prime-spark-memory-export");
    }
}
