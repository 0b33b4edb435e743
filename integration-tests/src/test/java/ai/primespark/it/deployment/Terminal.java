package ai.primespark.it.deployment;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** A shell that remembers what was typed into it before, as a terminal does. Killed when closed. */
final class Terminal implements AutoCloseable {

    private final String mark = "end-" + UUID.randomUUID();
    private final Process shell;
    private final OutputStream in;
    private final BufferedReader out;

    Terminal(Path folder) throws IOException {
        shell = new ProcessBuilder("bash", "--norc", "--noprofile")
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        in = shell.getOutputStream();
        out = new BufferedReader(new InputStreamReader(shell.getInputStream(), StandardCharsets.UTF_8));
    }

    /**
     * Types a command, and waits until it has ended.
     *
     * @return what appears
     */
    List<String> type(String command) throws IOException {
        in.write((command + "\nprintf '\\n%s\\n' " + mark + "\n").getBytes(StandardCharsets.UTF_8));
        in.flush();
        List<String> lines = new ArrayList<>();
        for (String line = out.readLine(); !mark.equals(line); line = out.readLine()) {
            if (line == null) {
                throw new IOException("the shell has ended: " + lines);
            }
            lines.add(line);
        }
        if (!lines.isEmpty() && lines.get(lines.size() - 1).isEmpty()) {
            lines.remove(lines.size() - 1); // of the mark, or of what did not end its last line
        }
        return lines;
    }

    @Override
    public void close() {
        shell.descendants().forEach(ProcessHandle::destroyForcibly);
        shell.destroyForcibly();
    }
}
