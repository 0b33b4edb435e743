package ai.primespark.it.memory;

import ai.primespark.it.JavaProcess;
import ai.primespark.testkit.LocalRedis;
import ai.primespark.testkit.LoopFileSystem;
import ai.primespark.testkit.S3FaultServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A Redis server, a NAS on a file system of its own and an S3 server, and processes that use them. */
final class Lab implements AutoCloseable {

    static final String BUCKET = "lab";

    final Path directory;
    final LocalRedis redis;
    final LoopFileSystem nas;
    final S3FaultServer s3;

    Lab(Path directory) throws IOException {
        this.directory = directory;
        this.redis = LocalRedis.start("--enable-debug-command", "local");
        this.nas = LoopFileSystem.create(directory, 64);
        this.s3 = S3FaultServer.start();
        s3.createBucket(BUCKET);
    }

    /**
     * Writes a configuration with all four tiers.
     *
     * @param node names the data directory, which a test's processes use one after the other
     */
    Path configuration(String node) {
        return configuration(node, directory.resolve("data-" + node));
    }

    Path configuration(String node, Path data) {
        String text = """
                primespark {
                  data-dir = "%s"
                  close-timeout = 5s
                  memory {
                    timeout = 5s
                    tier-timeout = 500ms
                    tiers = [
                      {type = caffeine, max-bytes = 256KiB}
                      {type = redis, url = "%s", timeout = 250ms}
                      {type = nfs, path = "%s", init = if-empty}
                      {type = s3, endpoint = "%s", bucket = %s, access-key = lab, secret-key = "lab-secret-key"}
                    ]
                  }
                }
                """
                .formatted(data, redis.url(), nas.mountPoint(), s3.uri(), BUCKET);
        try {
            return Files.writeString(directory.resolve(node + ".conf"), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts a {@link FaultWorker} that goes on until it is killed. */
    JavaProcess worker(Path configuration, long seed, long firstNumber, int keys, int threads, long clockOffsetMillis) {
        return worker(configuration, seed, firstNumber, keys, threads, 0, clockOffsetMillis);
    }

    JavaProcess worker(
            Path configuration,
            long seed,
            long firstNumber,
            int keys,
            int threads,
            long operations,
            long clockOffsetMillis) {
        return JavaProcess.start(
                directory,
                Map.of(),
                List.of(
                        JavaProcess.java(),
                        "-Xmx192m",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        FaultWorker.class.getName(),
                        configuration.toString(),
                        String.valueOf(seed),
                        String.valueOf(firstNumber),
                        String.valueOf(keys),
                        String.valueOf(threads),
                        String.valueOf(operations),
                        String.valueOf(clockOffsetMillis)));
    }

    @Override
    public void close() {
        redis.close();
        nas.close();
        s3.close();
    }
}
