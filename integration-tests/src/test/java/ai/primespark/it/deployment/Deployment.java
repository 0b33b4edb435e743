package ai.primespark.it.deployment;

import ai.primespark.it.ProjectFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The files of {@code examples/deployment}, and copies of them to run things in. */
final class Deployment {

    static final Path FOLDER = ProjectFiles.root().resolve("examples/deployment");

    private static final Path EXAMPLES = ProjectFiles.root().resolve("examples");

    private Deployment() {}

    static Path file(String name) {
        return FOLDER.resolve(name);
    }

    static String read(String name) {
        return ProjectFiles.read(file(name));
    }

    /** The server as one runnable jar, as the build leaves it. */
    static Path serverJar() {
        return EXAMPLES.resolve("javalin-server/target/prime-spark-server.jar");
    }

    /** A YAML file; a key that stands twice is an error, although many readers let it pass. */
    static Map<String, Object> yaml(String name) {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        return new Yaml(new SafeConstructor(options)).load(read(name));
    }

    /** All files below a folder of the deployment, by their paths in it, without what belongs to a deployment that was made here. */
    static Set<String> files(String folder) {
        try (Stream<Path> all = Files.walk(file(folder))) {
            Set<String> names = new TreeSet<>();
            all.filter(Files::isRegularFile)
                    .map(path -> FOLDER.relativize(path).toString())
                    .filter(name -> !name.startsWith("secrets/") && !name.equals(".env"))
                    .forEach(names::add);
            return names;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Copies everything to {@code target/examples/deployment}, with the rights to execute, and returns that folder. */
    static Path copyTo(Path target) throws IOException {
        Path copy = target.resolve("examples/deployment");
        for (String name : files("")) {
            Path to = copy.resolve(name);
            Files.createDirectories(to.getParent());
            Files.copy(file(name), to);
        }
        return copy;
    }

    static Path script(Path file, String... lines) throws IOException {
        Files.createDirectories(file.getParent());
        Files.write(file, List.of(lines));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        return file;
    }

    static String permissions(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    /** All that a pattern's first group finds in a text. */
    static Set<String> find(String pattern, String text) {
        Set<String> found = new TreeSet<>();
        Pattern.compile(pattern, Pattern.MULTILINE)
                .matcher(text)
                .results()
                .forEach(result -> found.add(result.group(1)));
        return found;
    }
}
