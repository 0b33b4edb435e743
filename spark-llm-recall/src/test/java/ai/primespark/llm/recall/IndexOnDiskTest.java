package ai.primespark.llm.recall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ai.primespark.llm.Document;
import ai.primespark.llm.DocumentIndex.Passage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IndexOnDiskTest {

    @TempDir
    private Path temp;

    @Test
    void documentsAreThereAgainAfterClosingAndOpening() throws Exception {
        try (RecallFixture recall = open()) {
            recall.documents().add(TestDocuments.manual());
            recall.documents().remove("vpn.md");
        }
        try (RecallFixture recall = open()) {
            assertThat(recall.documents().size()).isEqualTo(7);
            assertThat(recall.documents().search("How are passwords hashed?", 1))
                    .extracting(Passage::document)
                    .containsExactly("auth.md");
            recall.documents().add(List.of(Document.of("new", "New", "The chimney was swept.")));
            assertThat(recall.documents().size()).isEqualTo(8);
        }
    }

    @Test
    void anInterruptedSearchDoesNotCloseTheFilesUnderOthers() throws Exception {
        try (RecallFixture recall = open()) {
            recall.documents().add(TestDocuments.manual());
            Thread.currentThread().interrupt();
            recall.documents().search("How are passwords hashed?", 1);
            assertThat(Thread.interrupted()).isTrue();

            assertThat(recall.documents().search("How are passwords hashed?", 1))
                    .hasSize(1);
        }
    }

    @Test
    void manyThreadsReadTheFilesAtOnce() throws Exception {
        try (RecallFixture recall = open()) {
            recall.documents().add(TestDocuments.manual());
            List<Future<List<Passage>>> searches = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                searches.add(recall.context()
                        .blocking()
                        .submit(() -> recall.documents().search("How are passwords hashed?", 1)));
            }
            for (Future<List<Passage>> search : searches) {
                assertThat(search.get()).extracting(Passage::document).containsExactly("auth.md");
            }
        }
    }

    @Test
    void withoutAPathTheIndexLiesInTheDataDirectoryForItsOwnerOnly() throws Exception {
        try (RecallFixture recall = RecallFixture.start(Map.of())) {
            Path index = recall.context().dataDirectory().resolve("index");

            assertThat(files(index)).containsKey("segments_1");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(index)))
                    .isEqualTo("rwx------");
        }
    }

    @Test
    void addingTheSameAgainWritesNothing() throws Exception {
        try (RecallFixture recall = open()) {
            recall.documents().add(TestDocuments.manual());
            Map<String, Long> before = files(index());

            recall.documents().add(TestDocuments.manual());

            assertThat(files(index())).isEqualTo(before);
        }
    }

    @Test
    void aBatchIsOneCommit() throws Exception {
        try (RecallFixture recall = open()) {
            recall.documents().add(TestDocuments.manual());

            assertThat(files(index())).containsKey("segments_2").doesNotContainKey("segments_3");
        }
    }

    @Test
    void aSecondInstanceOnTheSamePathIsToldWhatToDo() throws Exception {
        try (RecallFixture first = open()) {
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(this::open)
                    .withMessageContaining(index().toString())
                    .withMessageContaining("in use")
                    .withMessageContaining("give each its own path");

            first.documents().add(List.of(Document.of("door", "Door", "The door is green.")));
        }
        open().close();
    }

    @Test
    void anIndexOfAnotherLanguageIsRefusedAndKept() throws Exception {
        try (RecallFixture recall = open()) {
            recall.documents().add(TestDocuments.manual());
        }
        Map<String, Long> before = files(index());

        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> RecallFixture.start(Map.of("path", index(), "language", "standard")))
                .withMessageContaining("language = english")
                .withMessageContaining("set it back");

        assertThat(files(index())).isEqualTo(before);
    }

    @Test
    void aDamagedIndexIsReportedAndKept() throws Exception {
        try (RecallFixture recall = open()) {
            recall.documents().add(TestDocuments.manual());
        }
        for (String name : files(index()).keySet()) {
            Path file = index().resolve(name);
            byte[] sound = Files.readAllBytes(file);
            if (sound.length == 0) {
                continue; // the lock
            }
            Files.write(file, new byte[] {1, 2, 3});
            Map<String, Long> before = files(index());

            assertThatExceptionOfType(IOException.class)
                    .as("with a damaged " + name)
                    .isThrownBy(this::open)
                    .withMessageContaining(index().toString())
                    .withMessageContaining("nothing was deleted")
                    .withMessageContaining("move the directory away");

            assertThat(files(index())).isEqualTo(before);
            Files.write(file, sound);
        }
        try (RecallFixture recall = open()) {
            assertThat(recall.documents().size()).isEqualTo(8);
        }
    }

    @Test
    void anIndexThatLostItsHeadIsReportedAndKept() throws Exception {
        try (RecallFixture recall = open()) {
            recall.documents().add(TestDocuments.manual());
        }
        Files.delete(index().resolve("segments_2"));
        Map<String, Long> before = files(index());

        assertThatExceptionOfType(IOException.class)
                .isThrownBy(this::open)
                .withMessageContaining("segments file is missing");

        assertThat(files(index())).isEqualTo(before);
    }

    @Test
    void aDirectoryWithOtherFilesIsNotTouched() throws Exception {
        Files.createDirectories(index());
        Files.writeString(index().resolve("holiday.jpg"), "not an index");

        assertThatExceptionOfType(IOException.class).isThrownBy(this::open).withMessageContaining("holds other files");

        assertThat(files(index())).containsOnlyKeys("holiday.jpg");
    }

    @Test
    void aFileInPlaceOfTheDirectoryIsReported() throws Exception {
        Files.writeString(index(), "a file");

        assertThatExceptionOfType(IOException.class)
                .isThrownBy(this::open)
                .withMessageContaining(index().toString())
                .withMessageContaining("another path");
    }

    private RecallFixture open() throws Exception {
        return RecallFixture.start(Map.of("path", index()));
    }

    private Path index() {
        return temp.resolve("index");
    }

    private static Map<String, Long> files(Path directory) throws IOException {
        Map<String, Long> sizes = new TreeMap<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                sizes.put(file.getFileName().toString(), Files.size(file));
            }
        }
        return sizes;
    }
}
