package ai.primespark.power.ups;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file that nobody writes: whoever opens it hangs. */
final class Fifo {

    private Fifo() {}

    static void make(Path path) throws IOException {
        Files.deleteIfExists(path);
        try {
            if (new ProcessBuilder("mkfifo", path.toString()).start().waitFor() != 0) {
                throw new IOException("mkfifo failed");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    /** Lets go whoever hangs, and removes it. Does nothing where there is none. */
    static void release(Path path) throws IOException {
        if (Files.exists(path) && !Files.isRegularFile(path) && !Files.isSymbolicLink(path)) {
            new RandomAccessFile(path.toFile(), "rw").close();
            Files.delete(path);
        }
    }
}
