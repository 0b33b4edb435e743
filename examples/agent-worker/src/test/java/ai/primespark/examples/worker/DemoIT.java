package ai.primespark.examples.worker;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.testkit.NeedsRedisServer;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The demonstration, by the packaged jar, as a reader of the documents would run it. */
@NeedsRedisServer
@Timeout(300)
class DemoIT {

    @TempDir
    Path folder;

    /** The build packages the server before this module, and the demonstration finds its jar there. */
    @Test
    void aKilledWorkersTasksThatTheServerTookAreDoneByTheOthers() throws Exception {
        String output = demonstration();

        assertThat(output).containsPattern("submitting by POST http://127\\.0\\.0\\.1:\\d+/api/tasks/submit");
        assertThat(output).contains("the server counts {total=8, ").contains(" completed=8, failed=0, cancelled=0}");
    }

    @Test
    void withoutTheServerTheDemonstrationSubmitsByItself() throws Exception {
        assertThat(demonstration("--no-server"))
                .contains("submitting from this process")
                .doesNotContain("POST", "the server counts");
    }

    private String demonstration(String... options) throws Exception {
        String[] arguments =
                Stream.concat(Stream.of("demo"), Stream.of(options)).toArray(String[]::new);
        try (Program demo = Program.ofJar(folder, arguments)) {
            assertThat(demo.exitCode()).as(demo.output()).isZero();
            DemoTable.read(demo.output()).check();
            System.out.println(demo.output());
            return demo.output();
        }
    }

    @Test
    void aServersJarThatCannotBeReadIsNamed() throws Exception {
        try (Program demo = Program.ofJar(folder, "demo", "--server-jar", "nowhere.jar")) {
            assertThat(demo.exitCode()).isEqualTo(Main.USAGE);
            assertThat(demo.output()).contains("cannot read nowhere.jar");
        }
    }

    @Test
    void theJarSaysWhatItCanDo() throws Exception {
        try (Program help = Program.ofJar(folder, "--help")) {
            assertThat(help.exitCode()).isZero();
            assertThat(List.of("work", "submit", "status", "demo"))
                    .allSatisfy(word -> assertThat(help.output()).contains(word));
        }
    }
}
