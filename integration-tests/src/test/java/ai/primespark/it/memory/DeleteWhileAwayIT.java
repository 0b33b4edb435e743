package ai.primespark.it.memory;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.PrimeSpark;
import ai.primespark.it.JavaProcess;
import ai.primespark.memory.Ack;
import ai.primespark.memory.Lookup;
import ai.primespark.memory.Memory;
import ai.primespark.memory.PutOptions;
import ai.primespark.testkit.NeedsLoopDevice;
import ai.primespark.testkit.NeedsRedisServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A value is deleted while a tier that holds it is away. The tier comes back with it, and the value stays deleted. */
@NeedsRedisServer
@NeedsLoopDevice
class DeleteWhileAwayIT {

    private static final String KEY = "deleted";

    @TempDir
    Path directory;

    /** Deletes the key and dies. Argument: the configuration's file. */
    static final class Deleter {
        private Deleter() {}

        public static void main(String[] args) {
            PrimeSpark spark = Lab.open(Path.of(args[0]));
            var unused = spark.memory().delete(KEY);
            System.out.println("deleted");
            Runtime.getRuntime().halt(9);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"S3_BLACK_HOLE", "NAS_UNMOUNTED"})
    void aDeletionHoldsThoughATierWasAwayAndTheProcessDied(Fault fault) throws IOException {
        try (Lab lab = new Lab(directory)) {
            Path configuration = lab.configuration("node");
            Path patient = lab.patient().configuration("patient", directory.resolve("data-node"));
            try (PrimeSpark spark = Lab.open(patient)) {
                assertThat(spark.memory()
                                .put(KEY, "value", PutOptions.ack(Ack.ALL))
                                .pending())
                        .isEmpty();
            }
            fault.inflict(lab);
            try (JavaProcess process =
                    JavaProcess.classPath(directory, java.util.Map.of(), Deleter.class, configuration.toString())) {
                int unused = process.await();
                assertThat(process.lines()).as(process.output()).contains("deleted");
            }
            String flushed = lab.redis.command("FLUSHALL"); // so that no cache can tell
            assertThat(flushed).isEqualTo("OK");
            try (PrimeSpark spark = Lab.open(configuration)) {
                Memory memory = spark.memory();
                assertThat(memory.get(KEY, String.class).isFound()).isFalse();
                fault.heal(lab);
                assertThat(memory.flush(Duration.ofSeconds(60))).isTrue();
                assertThat(memory.get(KEY, String.class)).isInstanceOf(Lookup.Absent.class);
            }
            String tier = fault == Fault.S3_BLACK_HOLE ? "s3" : "nfs"; // by itself, without anybody who knows better
            Path alone =
                    lab.configuration("alone", directory.resolve("data-alone"), List.of(tier), "ack = \"tier(1)\"");
            try (PrimeSpark spark = Lab.open(alone)) {
                assertThat(spark.memory().get(KEY, String.class)).isInstanceOf(Lookup.Absent.class);
                assertThat(spark.memory().admin().where(KEY).places())
                        .singleElement()
                        .satisfies(place -> assertThat(place.tombstone()).isTrue());
            }
        }
    }
}
