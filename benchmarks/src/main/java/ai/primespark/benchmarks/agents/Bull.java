package ai.primespark.benchmarks.agents;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** BullMQ, which npm installs into a directory of the run's own. */
final class Bull {

    private static final List<String> PACKAGES = List.of("bullmq@6.7.0", "ioredis@6.0.0"); // its default client

    private final Path directory;

    private Bull(Path directory) {
        this.directory = directory;
    }

    static Bull install(Path root) throws IOException, InterruptedException {
        Path directory = Files.createDirectories(root.resolve("bullmq"));
        try (InputStream script = Objects.requireNonNull(Bull.class.getResourceAsStream("bull.mjs"))) {
            Files.copy(script, directory.resolve("bull.mjs"), StandardCopyOption.REPLACE_EXISTING);
        }
        List<String> install = new ArrayList<>(List.of("npm", "install", "--silent", "--no-fund", "--no-audit"));
        install.addAll(PACKAGES);
        int code = new ProcessBuilder(install)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
        if (code != 0) {
            throw new IOException("npm could not install " + PACKAGES + "; it needs Node.js 20, npm and its registry");
        }
        return new Bull(directory);
    }

    /** Runs a part to its end and reads its figures. */
    JsonNode figures(int port, String part, Object... more) throws IOException, InterruptedException {
        try (Child child = start(port, part, more)) {
            String line = child.await("{", TimeUnit.MINUTES.toSeconds(10));
            return new ObjectMapper().readTree(line);
        }
    }

    Child start(int port, String part, Object... more) throws IOException {
        List<String> command = new ArrayList<>(List.of("node", "bull.mjs", String.valueOf(port), part));
        for (Object word : more) {
            command.add(String.valueOf(word));
        }
        return Child.start(directory, command);
    }
}
