package ai.primespark.it.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The units by systemd's own judgement, as far as it can be had without running them. */
class SystemdUnitsTest {

    private static final double MOST_EXPOSED = 2.0; // of 10; a unit without any of this has 9.6
    private static final Pattern EXPOSURE = Pattern.compile("Overall exposure level for \\S+: ([\\d.]+) ");

    @TempDir
    Path folder;

    /** With the programs that are installed elsewhere on a real machine. */
    private Path unit(String name) throws IOException {
        Path run = Deployment.script(folder.resolve("run-server"), "#!/bin/sh");
        Path java = Deployment.script(folder.resolve("java"), "#!/bin/sh");
        Path unit = folder.resolve(name);
        Files.writeString(
                unit,
                Deployment.read("systemd/" + name)
                        .replace("/opt/prime-spark/run-server", run.toString())
                        .replace("/usr/bin/java", java.toString()));
        return unit;
    }

    @ParameterizedTest
    @ValueSource(strings = {"prime-spark-server.service", "prime-spark-agent.service"})
    @NeedsProgram(value = "systemd-analyze", debian = "systemd")
    void systemdUnderstandsEveryLine(String name) throws IOException {
        Run run = Run.of(
                folder, "systemd-analyze", "verify", "--man=no", unit(name).toString());
        assertThat(run.text().lines().filter(line -> line.contains("prime-spark")))
                .isEmpty();

        Path broken = folder.resolve("broken.service");
        Files.writeString(broken, "[Service]\nExecStart=/nowhere/at-all\nProtektSystem=strict\n");
        assertThat(Run.of(folder, "systemd-analyze", "verify", "--man=no", broken.toString())
                        .text())
                .contains("ProtektSystem", "/nowhere/at-all");
    }

    @ParameterizedTest
    @ValueSource(strings = {"prime-spark-server.service", "prime-spark-agent.service"})
    @NeedsProgram(value = "systemd-analyze", debian = "systemd")
    void littleIsExposed(String name) throws IOException {
        Run run = Run.of(
                folder,
                "systemd-analyze",
                "security",
                "--offline=true",
                unit(name).toString());
        Matcher exposure = EXPOSURE.matcher(run.text());

        assertThat(exposure.find()).as(run.text()).isTrue();
        assertThat(Double.parseDouble(exposure.group(1))).isLessThanOrEqualTo(MOST_EXPOSED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"server", "agent"})
    void theUnitsAreBoundedAndComeBack(String service) {
        String unit = Deployment.read("systemd/prime-spark-" + service + ".service");
        assertThat(unit)
                .contains(
                        "\nUser=prime-spark\n",
                        "\nProtectSystem=strict\n",
                        "\nStateDirectory=prime-spark/" + service + "\n",
                        "\nEnvironment=PRIMESPARK_DATA_DIR=/var/lib/prime-spark/" + service + "\n",
                        "\nRestart=on-failure\n",
                        "\nSuccessExitStatus=143\n");
        assertThat(Deployment.find("^(MemoryMax|MemoryHigh|TasksMax|TimeoutStopSec|StartLimitBurst)=\\d", unit))
                .isEqualTo(Set.of("MemoryMax", "MemoryHigh", "TasksMax", "TimeoutStopSec", "StartLimitBurst"));
        assertThat(unit.contains("\nWatchdogSec=")).isEqualTo(service.equals("server"));
    }

    @Test
    void theUserIsMadeByItsUnit() {
        assertThat(Deployment.read("systemd/prime-spark.sysusers"))
                .containsPattern("(?m)^u prime-spark - .* /usr/sbin/nologin$");
    }
}
