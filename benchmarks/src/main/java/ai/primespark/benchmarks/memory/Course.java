package ai.primespark.benchmarks.memory;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/** What a contender's JVM gets, and how it tells what it measured: a line {@code @ name value} each. */
final class Course {

    /** A place of its own on the disk to measure. */
    final Path directory;

    /** A Redis server on this machine, just started and empty. */
    final RedisProcess redis;

    /** 1 as documented; more for runs that take longer. */
    final int effort;

    Course(Path directory, RedisProcess redis, int effort) {
        this.directory = directory;
        this.redis = redis;
        this.effort = effort;
    }

    static Course of(String[] arguments) throws IOException {
        return new Course(
                Path.of(arguments[2]),
                new RedisProcess(Integer.parseInt(arguments[3]), Long.parseLong(arguments[4])),
                Integer.parseInt(arguments[5]));
    }

    void figure(String name, double value) {
        System.out.println(String.format(Locale.ROOT, "@ %s %s", name, value));
    }
}
