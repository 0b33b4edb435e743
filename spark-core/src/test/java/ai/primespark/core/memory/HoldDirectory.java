package ai.primespark.core.memory;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;

/** A program that opens a directory tier and keeps it open, run in another process. */
final class HoldDirectory {

    private HoldDirectory() {}

    public static void main(String[] args) throws Exception {
        DirectoryTier tier =
                new DirectoryTier("other", Path.of(args[0]), InstantSource.system(), false, Long.MAX_VALUE);
        try {
            tier.start();
            System.out.println("opened");
        } catch (RuntimeException e) {
            System.out.println(e.getMessage());
        }
        System.out.flush();
        int unused = System.in.read(); // until the test ends it
        tier.close();
    }

    static Process start(Class<?> program, String... args) throws IOException {
        List<String> command = new java.util.ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                program.getName()));
        command.addAll(List.of(args));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** A process that holds the directory. */
    static Process hold(Path directory) throws IOException {
        Process process = start(HoldDirectory.class, directory.toString());
        String said = line(process);
        if (!"opened".equals(said)) {
            process.destroyForcibly();
            throw new IOException("the other process said: " + said);
        }
        return process;
    }

    /** What another process says that tries to open the directory. */
    static String tryToOpen(Path directory) throws IOException, InterruptedException {
        Process process = start(HoldDirectory.class, directory.toString());
        String said = line(process);
        process.getOutputStream().close();
        process.waitFor();
        return said;
    }

    private static String line(Process process) throws IOException {
        BufferedReader reader = process.inputReader(StandardCharsets.UTF_8);
        return reader.readLine();
    }
}
