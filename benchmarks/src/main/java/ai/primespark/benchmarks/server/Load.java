package ai.primespark.benchmarks.server;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;

/** Makes the same request over and over, on many connections at once. */
interface Load {

    /**
     * A request.
     *
     * @param method of HTTP
     * @param path with a slash in front
     * @param headers of its own
     * @param body empty for none
     */
    record Call(String method, String path, Map<String, String> headers, String body) {}

    /**
     * How it went.
     *
     * @param perSecond answers a second
     * @param p50 milliseconds
     * @param p99 milliseconds
     * @param errors answers other than 2xx, and connections that broke
     */
    record Result(double perSecond, double p50, double p99, long errors) {}

    /** Runs, and waits for the end. */
    Result run(int port, Call call, int connections, Duration time) throws IOException, InterruptedException;

    /** For the heading of what was measured. */
    String name();

    /** wrk where it is installed (Debian package {@code wrk}), otherwise a generator of our own. */
    static Load best(Path folder) {
        boolean wrk = Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
                .anyMatch(each -> Path.of(each, "wrk").toFile().canExecute());
        return wrk ? new WrkLoad(folder) : new SocketLoad();
    }
}
