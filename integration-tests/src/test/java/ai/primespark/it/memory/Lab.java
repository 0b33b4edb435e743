package ai.primespark.it.memory;

import ai.primespark.PrimeSpark;
import ai.primespark.SparkConfig;
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
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A Redis server, a NAS on a file system of its own and an S3 server, and processes that use them. */
final class Lab implements AutoCloseable {

    static final String BUCKET = "lab";

    final Path directory;
    final LocalRedis redis;
    final LoopFileSystem nas;
    final S3FaultServer s3;

    private String limits = "timeout = 5s, tier-timeout = 500ms";
    private String redisTimeout = "250ms";
    private String redisUrl;

    Lab(Path directory) throws IOException {
        this.directory = directory;
        this.redis = LocalRedis.start("--enable-debug-command", "local");
        this.redisUrl = redis.url();
        this.nas = LoopFileSystem.create(directory, 64);
        this.s3 = S3FaultServer.start();
        s3.createBucket(BUCKET);
    }

    /** Gives tiers much time from now on, for tests in which none of them fails; a busy machine may need it. */
    Lab patient() {
        limits = "timeout = 30s, tier-timeout = 15s";
        redisTimeout = "10s";
        return this;
    }

    /** Lets configurations written from now on find Redis elsewhere. */
    Lab redisAt(String url) {
        redisUrl = url;
        return this;
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
        return configuration(node, data, List.of("caffeine", "redis", "nfs", "s3"), "");
    }

    /**
     * Writes a configuration.
     *
     * @param tiers their types, hottest first
     * @param more further settings of the memory
     */
    Path configuration(String node, Path data, List<String> tiers, String more) {
        Map<String, String> known = Map.of(
                "caffeine",
                "{type = caffeine, max-bytes = 256KiB}",
                "directory",
                "{type = directory, path = \"%s\"}".formatted(directory.resolve("shelf")),
                "redis",
                "{type = redis, url = \"%s\", timeout = %s}".formatted(redisUrl, redisTimeout),
                "nfs",
                "{type = nfs, path = \"%s\", init = if-empty, lease-life = 2s}".formatted(nas.mountPoint()),
                "s3",
                "{type = s3, endpoint = \"%s\", bucket = %s, access-key = lab, secret-key = \"lab-secret-key\"}"
                        .formatted(s3.uri(), BUCKET));
        String listed = tiers.stream().map(known::get).collect(Collectors.joining("\n      "));
        String text = """
                primespark {
                  data-dir = "%s"
                  close-timeout = 5s
                  memory {
                    %s
                    tiers = [
                      %s
                    ]
                    %s
                  }
                }
                """.formatted(data, limits, listed, more);
        try {
            return Files.writeString(directory.resolve(node + ".conf"), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** An instance in this process. */
    static PrimeSpark open(Path configuration) {
        return PrimeSpark.builder()
                .config(SparkConfig.empty().withFile(configuration))
                .build();
    }

    /** The files of the NAS that are records. */
    List<Path> nasRecords() throws IOException {
        return records(nas.mountPoint().resolve("data")); // elsewhere, files come and go
    }

    /** The files below a directory that are records. */
    static List<Path> records(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(file -> file.toString().endsWith(".rec")).toList();
        }
    }

    /** Starts a {@link FaultWorker} that goes on until it is killed. */
    JavaProcess worker(Path configuration, long seed, long firstNumber, int keys, int threads, long clockOffsetMillis) {
        return worker(configuration, seed, firstNumber, keys, threads, 0, clockOffsetMillis, "default");
    }

    JavaProcess worker(
            Path configuration,
            long seed,
            long firstNumber,
            int keys,
            int threads,
            long operations,
            long clockOffsetMillis,
            String namespace) {
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
                        String.valueOf(clockOffsetMillis),
                        namespace));
    }

    @Override
    public void close() {
        redis.close();
        nas.close();
        s3.close();
    }
}
