package ai.primespark.vpn.wireguard;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs the real tools. */
final class Tools {

    /** What a program said and how it ended. */
    record Result(int code, String output) {}

    private Tools() {}

    static Result run(byte[] input, Map<String, String> environment, String... command) {
        try {
            Path out = Files.createTempFile("tool", ".out");
            Path in = Files.createTempFile("tool", ".in");
            try {
                Files.write(in, input);
                ProcessBuilder builder = new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(out.toFile())
                        .redirectInput(in.toFile());
                builder.environment().remove("LOG_LEVEL");
                builder.environment().putAll(environment);
                Process process = builder.start();
                if (!process.waitFor(30, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                    throw new IllegalStateException(List.of(command) + " did not end");
                }
                return new Result(process.exitValue(), Files.readString(out, StandardCharsets.ISO_8859_1));
            } finally {
                Files.deleteIfExists(out);
                Files.deleteIfExists(in);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    static String must(String... command) {
        Result result = run(new byte[0], Map.of(), command);
        if (result.code() != 0) {
            throw new IllegalStateException(List.of(command) + ": " + result.output());
        }
        return result.output();
    }

    static List<String> lines(String text) {
        return new ArrayList<>(text.lines().toList());
    }
}
