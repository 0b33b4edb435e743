package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.PrimeSpark;
import ai.primespark.ProviderSpec;
import ai.primespark.SparkConfig;
import ai.primespark.llm.DocumentIndex;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DocumentFolderTest {

    @TempDir
    Path data;

    @TempDir
    Path folder;

    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private PrimeSpark spark;
    private DocumentIndex index;

    @BeforeEach
    void open() {
        spark = PrimeSpark.builder()
                .config(SparkConfig.empty()
                        .with("primespark.data-dir", data)
                        .with("primespark.llm.backends", List.of(ProviderSpec.of("recall"))))
                .build();
        index = spark.llm().documents().orElseThrow();
    }

    @AfterEach
    void close() {
        spark.close();
    }

    @Test
    void markdownAndTextsOfAllFoldersBecomeDocuments() throws Exception {
        Files.createDirectories(folder.resolve("deep/er"));
        Files.writeString(
                folder.resolve("deep/er/Bees.MD"), "intro\n\n# About bees\n\nBees gather nectar from lavender.\n");
        Files.writeString(folder.resolve("note.txt"), "The attic window needs a new latch.\n");
        Files.writeString(folder.resolve("page.html"), "Bees gather nectar, says the page.\n");

        assertThat(load()).isEqualTo(2);

        assertThat(index.size()).isEqualTo(2);
        DocumentIndex.Passage bees = index.search("nectar from lavender", 5).get(0);
        assertThat(bees.document()).isEqualTo("deep/er/Bees.MD");
        assertThat(bees.title()).isEqualTo("About bees");
        assertThat(index.search("attic window latch", 5).get(0).title()).isEqualTo("note.txt");
    }

    @Test
    void readingTwiceKeepsOneOfEach() throws Exception {
        for (int i = 0; i < 120; i++) {
            Files.writeString(folder.resolve("n" + i + ".txt"), "Note number " + i + " about something.\n");
        }

        assertThat(load()).isEqualTo(120);
        assertThat(load()).isEqualTo(120);

        assertThat(index.size()).isEqualTo(120);
    }

    @Test
    void whatIsTooLargeIsSkippedAndNamed() throws Exception {
        Files.write(folder.resolve("huge.txt"), new byte[(4 << 20) + 1]);
        Files.writeString(folder.resolve("small.txt"), "Something small.\n");

        assertThat(load()).isEqualTo(1);

        assertThat(said.toString(StandardCharsets.UTF_8)).contains("huge.txt");
    }

    @Test
    void aTextInAnotherEncodingIsReadAsFarAsItGoes() throws Exception {
        Files.write(
                folder.resolve("latin.txt"),
                "Der Garten blüht im Frühling, sagt Anna.".getBytes(StandardCharsets.ISO_8859_1));

        assertThat(load()).isEqualTo(1);

        assertThat(index.search("Garten Anna", 1)).isNotEmpty();
    }

    @Test
    void anEmptyFolderIsNoDocuments() throws Exception {
        assertThat(load()).isZero();
    }

    private int load() throws StartupException {
        return DocumentFolder.load(folder, index, new PrintStream(said, true, StandardCharsets.UTF_8));
    }
}
