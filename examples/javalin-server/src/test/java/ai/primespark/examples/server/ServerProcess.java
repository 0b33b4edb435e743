package ai.primespark.examples.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The server in a process of its own. */
final class ServerProcess implements AutoCloseable {

    private static final Pattern LOGGED = Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\S+ .*");
    private static final Pattern ADDRESS = Pattern.compile("listening on (http://\\S+:\\d+) ");

    private final Process process;
    private final Path errors;
    private final BufferedReader out;
    /** What the log said before the greeting, as it does when the start takes long. */
    private final StringBuilder early = new StringBuilder();

    private ServerProcess(Process process, Path errors) {
        this.process = process;
        this.errors = errors;
        this.out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /** Runs the classes of this build. */
    static ServerProcess ofClasses(Path folder, Map<String, String> environment, String... args) throws IOException {
        return start(
                folder,
                "256m",
                environment,
                List.of("-cp", System.getProperty("java.class.path"), ServerMain.class.getName()),
                args);
    }

    /** Runs the packaged jar. */
    static ServerProcess ofJar(Path jar, Path folder, Map<String, String> environment, String... args)
            throws IOException {
        return ofJar(jar, folder, "256m", environment, args);
    }

    /** Runs the packaged jar with a heap of a size of its own, as {@code -Xmx} takes it. */
    static ServerProcess ofJar(Path jar, Path folder, String heap, Map<String, String> environment, String... args)
            throws IOException {
        return start(
                folder, heap, environment, List.of("-jar", jar.toAbsolutePath().toString()), args);
    }

    private static ServerProcess start(
            Path folder, String heap, Map<String, String> environment, List<String> what, String... args)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xmx" + heap);
        command.addAll(what);
        command.addAll(List.of(args));
        Path errors = Files.createTempFile(folder, "stderr", ".txt");
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(folder.toFile()).redirectError(errors.toFile());
        builder.environment()
                .keySet()
                .removeIf(name ->
                        name.matches("(OLLAMA|API|PRIMESPARK|PRIME_SPARK|LOG|DOCS|JWT|ADMIN|REDIS|MINIO|NAS)_.*"));
        builder.environment().putAll(environment);
        return new ServerProcess(builder.start(), errors);
    }

    /** Waits for the end; gives everything printed that was not read before, and what the log said before the greeting. */
    String rest() throws Exception {
        StringBuilder text = new StringBuilder(early);
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            text.append(line).append('\n');
        }
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            throw new IllegalStateException("the server did not end");
        }
        return text.toString();
    }

    /** Reads until the last line of the greeting; gives all of it, without the log. */
    List<String> greeting() throws IOException {
        List<String> lines = new ArrayList<>();
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (LOGGED.matcher(line).matches()) {
                early.append(line).append('\n');
                continue;
            }
            lines.add(line);
            if (line.startsWith("try: ")) {
                return lines;
            }
        }
        throw new IllegalStateException("the server ended early: " + lines + errors());
    }

    static URI address(List<String> greeting) {
        Matcher found = ADDRESS.matcher(String.join("\n", greeting));
        if (!found.find()) {
            throw new IllegalStateException("no address in " + greeting);
        }
        return URI.create(found.group(1));
    }

    int exitCode() {
        return process.exitValue();
    }

    List<String> errors() throws IOException {
        return Files.readAllLines(errors).stream()
                .filter(line -> !line.startsWith("Picked up JAVA_TOOL_OPTIONS") && !line.startsWith("WARNING: "))
                .toList();
    }

    /** As a service manager or Ctrl-C does. */
    void terminate() {
        process.toHandle().destroy(); // Process.destroy() would close what it still has to say
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
