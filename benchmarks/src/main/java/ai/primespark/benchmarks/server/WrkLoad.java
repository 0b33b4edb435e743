package ai.primespark.benchmarks.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** By wrk (https://github.com/wg/wrk). The request is in a script that only its owner can read, because it has a token. */
record WrkLoad(Path folder) implements Load {

    private static final Map<String, Double> MILLIS = Map.of("us", 1e-3, "ms", 1.0, "s", 1e3, "m", 6e4);

    @Override
    public String name() {
        return "wrk";
    }

    @Override
    public Result run(int port, Call call, int connections, Duration time) throws IOException, InterruptedException {
        Path script = folder.resolve("request.lua");
        Files.deleteIfExists(script);
        Files.createFile(script, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(script, script(call));
        Process wrk = new ProcessBuilder(
                        "wrk",
                        "-t2",
                        "-c" + connections,
                        "-d" + time.toSeconds() + "s",
                        "--timeout",
                        "10s",
                        "--latency",
                        "-s",
                        script.toString(),
                        "http://127.0.0.1:" + port + call.path())
                .redirectErrorStream(true)
                .start();
        String text = new String(wrk.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!wrk.waitFor(60, TimeUnit.SECONDS) || wrk.exitValue() != 0) {
            wrk.destroyForcibly();
            throw new IOException("wrk failed: " + text);
        }
        Files.delete(script);
        return read(text);
    }

    private static String script(Call call) {
        StringBuilder script = new StringBuilder("wrk.method = " + quoted(call.method()) + "\n");
        call.headers()
                .forEach((name, value) -> script.append("wrk.headers[")
                        .append(quoted(name))
                        .append("] = ")
                        .append(quoted(value))
                        .append('\n'));
        if (!call.body().isEmpty()) {
            script.append("wrk.body = ").append(quoted(call.body())).append('\n');
        }
        return script.toString();
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    static Result read(String text) throws IOException {
        Matcher socket = Pattern.compile("Socket errors: connect (\\d+), read (\\d+), write (\\d+), timeout (\\d+)")
                .matcher(text);
        Matcher other = Pattern.compile("Non-2xx or 3xx responses: (\\d+)").matcher(text);
        long errors = other.find() ? Long.parseLong(other.group(1)) : 0;
        if (socket.find()) {
            for (int i = 1; i <= 4; i++) {
                errors += Long.parseLong(socket.group(i));
            }
        }
        Matcher rate = Pattern.compile("Requests/sec: +([0-9.]+)").matcher(text);
        if (!rate.find()) {
            throw new IOException("wrk says something else by now: " + text);
        }
        return new Result(Double.parseDouble(rate.group(1)), percentile(text, 50), percentile(text, 99), errors);
    }

    private static double percentile(String text, int rank) throws IOException {
        Matcher found = Pattern.compile(rank + "% +([0-9.]+)(us|ms|s|m)").matcher(text);
        if (!found.find()) {
            throw new IOException(String.format(Locale.ROOT, "wrk does not say its %d%%: %s", rank, text));
        }
        return Double.parseDouble(found.group(1)) * MILLIS.get(found.group(2));
    }
}
