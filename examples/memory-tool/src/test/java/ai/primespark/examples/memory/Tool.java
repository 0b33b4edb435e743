package ai.primespark.examples.memory;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The tool, run in this process over two directories in a test's folder. */
final class Tool {

    private static final JsonMapper MAPPER = new JsonMapper();

    private final Path folder;
    private final Path config;

    /** What a run gave. */
    record Ran(int code, byte[] bytes, String err) {
        String out() {
            return new String(bytes, StandardCharsets.UTF_8);
        }

        JsonNode json() throws IOException {
            return MAPPER.readTree(bytes);
        }

        List<JsonNode> jsonLines() throws IOException {
            List<JsonNode> lines = new ArrayList<>();
            for (String line : out().lines().toList()) {
                lines.add(MAPPER.readTree(line));
            }
            return lines;
        }
    }

    Tool(Path folder) throws IOException {
        this.folder = folder;
        this.config = folder.resolve("tool.conf");
        Files.writeString(config, config(folder));
    }

    static String config(Path folder) {
        return """
                primespark {
                  data-dir = "%s"
                  memory.tiers = [
                    {type = directory, id = disk, path = "%s"},
                    {type = directory, id = nas, path = "%s"}
                  ]
                }
                """.formatted(folder.resolve("data"), folder.resolve("disk"), folder.resolve("nas"));
    }

    Path config() {
        return config;
    }

    Path folder() {
        return folder;
    }

    Ran run(String... args) {
        return runWith(new byte[0], args);
    }

    Ran runWith(byte[] in, String... args) {
        List<String> all = new ArrayList<>(List.of(args));
        all.add("--config");
        all.add(config.toString());
        return raw(in, all.toArray(String[]::new));
    }

    static Ran raw(byte[] in, String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = MemoryTool.run(
                args,
                new ByteArrayInputStream(in),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        return new Ran(code, out.toByteArray(), err.toString(StandardCharsets.UTF_8));
    }
}
