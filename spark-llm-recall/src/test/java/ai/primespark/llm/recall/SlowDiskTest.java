package ai.primespark.llm.recall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ai.primespark.llm.Document;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.FilterDirectory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SlowDiskTest {

    @Test
    void closingDoesNotWaitForeverForADiskThatHangsAndTheChangeClosesTheIndexInTheEnd() throws Exception {
        HangingDirectory disk = new HangingDirectory();
        IndexStore store =
                IndexStore.open(new IndexPlace(Path.of("slow-disk")), disk, new TextAnalysis(Language.ENGLISH));
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try {
            disk.hangs = true;
            Future<?> adding = executor.submit(() -> {
                store.put(List.of(Document.of("door", "Door", "The door is green.")));
                return null;
            });
            assertThat(disk.hanging.await(20, TimeUnit.SECONDS)).isTrue();

            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(store::close)
                    .withMessageContaining("slow-disk")
                    .withMessageContaining("still being written");

            disk.released.countDown();
            adding.get(20, TimeUnit.SECONDS);
            assertThat(disk.closed.await(20, TimeUnit.SECONDS)).isTrue();
            store.close();
        } finally {
            disk.released.countDown();
            executor.shutdownNow();
        }
    }

    private static final class HangingDirectory extends FilterDirectory {

        private final CountDownLatch hanging = new CountDownLatch(1);
        private final CountDownLatch released = new CountDownLatch(1);
        private final CountDownLatch closed = new CountDownLatch(1);
        private volatile boolean hangs;

        HangingDirectory() {
            super(new ByteBuffersDirectory());
        }

        @Override
        public void sync(Collection<String> names) throws IOException {
            if (hangs) {
                hanging.countDown();
                try {
                    released.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
            super.sync(names);
        }

        @Override
        public void close() throws IOException {
            closed.countDown();
            super.close();
        }
    }
}
