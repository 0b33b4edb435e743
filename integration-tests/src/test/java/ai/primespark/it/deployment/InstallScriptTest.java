package ai.primespark.it.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** systemd/install.sh into a folder instead of the machine's root. */
class InstallScriptTest {

    @TempDir
    Path folder;

    private Path root;
    private Path jar;

    @BeforeEach
    void prepare() throws IOException {
        root = Files.createDirectories(folder.resolve("root"));
        jar = Files.writeString(folder.resolve("new.jar"), "bytes of a jar");
    }

    private Run install(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Deployment.file("systemd/install.sh").toString(),
                "--root",
                root.toString(),
                "--server-jar",
                jar.toString(),
                "--worker-jar",
                jar.toString()));
        command.addAll(List.of(arguments));
        return Run.of(folder, Map.of(), command);
    }

    private Set<String> installed() throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            Set<String> names = new TreeSet<>();
            files.filter(Files::isRegularFile).forEach(file -> names.add("/" + root.relativize(file)));
            return names;
        }
    }

    @Test
    void bothServicesAreInstalledWithSettingsOfTheirOwn() throws IOException {
        Run run = install();

        assertThat(run.exit()).as(run.text()).isZero();
        assertThat(installed())
                .containsExactlyInAnyOrder(
                        "/etc/prime-spark/.env",
                        "/etc/prime-spark/agent.conf",
                        "/etc/systemd/system/prime-spark-agent.service",
                        "/etc/systemd/system/prime-spark-server.service",
                        "/opt/prime-spark/prime-spark-health",
                        "/opt/prime-spark/prime-spark-server.jar",
                        "/opt/prime-spark/prime-spark-worker.jar",
                        "/opt/prime-spark/run-server",
                        "/usr/lib/sysusers.d/prime-spark.conf");
        Path env = root.resolve("etc/prime-spark/.env");
        assertThat(Deployment.permissions(env)).isEqualTo("rw-r-----");
        assertThat(Files.readString(env)).containsPattern("(?m)^JWT_SECRET=[0-9a-f]{64}$");
        assertThat(run.text()).doesNotContainPattern("[0-9a-f]{64}");
        assertThat(Deployment.find("^ExecStart=(/opt\\S+)", Deployment.read("systemd/prime-spark-server.service")))
                .allSatisfy(program ->
                        assertThat(root.resolve(program.substring(1))).isExecutable());
    }

    @Test
    void aSecondRunInstallsOnlyWhatIsNewAndKeepsSettings() throws IOException {
        install();
        Path env = root.resolve("etc/prime-spark/.env");
        String kept = Files.readString(env) + "API_PORT=9000\n";
        Files.writeString(env, kept);
        assertThat(install()).isEqualTo(new Run(0, ""));
        Files.writeString(jar, "bytes of a newer jar");

        Run upgrade = install("--server");

        assertThat(upgrade.text()).isEqualTo("install: installed /opt/prime-spark/prime-spark-server.jar\n");
        assertThat(env).hasContent(kept);
    }

    @Test
    void oneServiceCanBeHadAlone() throws IOException {
        install("--worker");
        assertThat(installed()).noneMatch(file -> file.contains("server") || file.endsWith(".env"));
    }

    @Test
    void aNasBecomesWritableAndIsWaitedFor() throws IOException {
        assertThat(install("--nas", "/mnt/nas").text()).contains("missing: the folder /mnt/nas: mount the share first");
        Files.createDirectories(root.resolve("mnt/nas"));
        install("--nas", "/mnt/nas");

        assertThat(root.resolve("etc/systemd/system/prime-spark-server.service.d/nas.conf"))
                .hasContent("[Unit]\nRequiresMountsFor=/mnt/nas\n\n[Service]\nReadWritePaths=/mnt/nas\n");
        assertThat(install("--nas", "mnt").text()).contains("'mnt' does not begin with /");
    }

    @Test
    void aDryRunLeavesNothing() throws IOException {
        Run run = install("--dry-run");

        assertThat(run.exit()).as(run.text()).isZero();
        assertThat(run.text()).contains("would install /opt/prime-spark/prime-spark-server.jar", "new JWT_SECRET");
        assertThat(installed()).isEmpty();
    }

    @Test
    void aJarThatWasNotBuiltIsNamedWithTheCommandThatBuildsIt() {
        Run run = install("--server-jar", folder.resolve("none.jar").toString());

        assertThat(run.exit()).isEqualTo(1);
        assertThat(run.text())
                .contains("none.jar: build it with 'mvn -pl examples/javalin-server -am package -DskipTests'");
    }
}
