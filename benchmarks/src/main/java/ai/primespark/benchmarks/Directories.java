package ai.primespark.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** Temporary directories on the disk that is measured. */
public final class Directories {

    /** The system property that names the disk's directory, handed on to the forked JVMs. */
    public static final String PROPERTY = "spark.benchmarks.dir";

    private Directories() {}

    public static Path root() {
        return Path.of(System.getProperty(PROPERTY, ".")).toAbsolutePath().normalize();
    }

    public static Path create() throws IOException {
        Files.createDirectories(root());
        return Files.createTempDirectory(root(), "benchmark-");
    }

    public static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).forEach(Directories::deleteOne);
        }
    }

    private static void deleteOne(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
