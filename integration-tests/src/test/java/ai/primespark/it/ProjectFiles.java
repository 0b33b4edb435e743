package ai.primespark.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where the project's own files are. */
public final class ProjectFiles {

    private ProjectFiles() {}

    public static Path root() {
        return Path.of(System.getProperty("spark.project.root", ".."))
                .toAbsolutePath()
                .normalize();
    }

    public static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
