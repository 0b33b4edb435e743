package ai.primespark.llm.recall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ai.primespark.llm.Document;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.FilterDirectory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexOutput;
import org.junit.jupiter.api.Test;

class FullDiskTest {

    private static final IndexPlace PLACE = new IndexPlace(Path.of("full-disk"));

    @Test
    void aChangeThatCannotBeWrittenIsUndoneAndTheNextOneWorks() throws Exception {
        BreakableDirectory disk = new BreakableDirectory();
        try (IndexStore store = IndexStore.open(PLACE, disk, new TextAnalysis(Language.ENGLISH))) {
            store.put(List.of(Document.of("door", "Door", "The door is green.")));
            for (Fault fault : List.of(Fault.WRITE, Fault.SYNC, Fault.RENAME)) {
                disk.fault = fault;
                assertThatExceptionOfType(IOException.class)
                        .as(fault.name())
                        .isThrownBy(() -> store.put(List.of(
                                Document.of("door", "Door", "The door is blue."),
                                Document.of("gate", "Gate", "The gate."))))
                        .withMessageContaining("full-disk")
                        .withMessageContaining("No space left on device");
                assertThat(store.size()).isEqualTo(1);

                disk.fault = Fault.NONE;
                store.put(List.of(Document.of(fault.name(), "Gate", "The gate is red.")));
                assertThat(store.size()).isEqualTo(2);
                store.remove(fault.name());
            }
            assertThat(store.find(question("door"), 5, 0.5))
                    .extracting(Hit::text)
                    .containsExactly("The door is green.");
        }
    }

    private static Question question(String words) {
        try (TextAnalysis analysis = new TextAnalysis(Language.ENGLISH)) {
            return Question.of(words, analysis);
        }
    }

    private enum Fault {
        NONE,
        WRITE,
        SYNC,
        RENAME
    }

    private static final class BreakableDirectory extends FilterDirectory {

        private volatile Fault fault = Fault.NONE;

        BreakableDirectory() {
            super(new ByteBuffersDirectory());
        }

        @Override
        public IndexOutput createOutput(String name, IOContext context) throws IOException {
            failAt(Fault.WRITE);
            return super.createOutput(name, context);
        }

        @Override
        public void sync(Collection<String> names) throws IOException {
            failAt(Fault.SYNC);
            super.sync(names);
        }

        @Override
        public void rename(String source, String dest) throws IOException {
            failAt(Fault.RENAME);
            super.rename(source, dest);
        }

        private void failAt(Fault point) throws IOException {
            if (fault == point) {
                throw new IOException("No space left on device");
            }
        }
    }
}
