package ai.primespark.memory.redis;

import ai.primespark.testkit.LocalRedis;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import redis.embedded.core.ExecutableProvider;

/** Real servers for tests: the installed redis-server, or where there is none, one that a test library brings along. */
final class Servers {

    private Servers() {}

    static LocalRedis start(String... arguments) {
        return LocalRedis.start(LocalRedis.find().orElseGet(Servers::bundled), arguments);
    }

    private static Path bundled() {
        try {
            return ExecutableProvider.newJarResourceProvider().get().toPath();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
