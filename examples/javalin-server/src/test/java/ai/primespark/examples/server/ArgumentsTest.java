package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArgumentsTest {

    @Test
    void readsEveryOption() throws StartupException {
        Arguments arguments =
                Arguments.parse("--port", "9000", "--config", "my.conf", "--docs", "texts", "--no-auth", "--help");

        assertThat(arguments).isEqualTo(new Arguments(9000, Path.of("my.conf"), Path.of("texts"), true, true));
    }

    @Test
    void needsNothing() throws StartupException {
        assertThat(Arguments.parse()).isEqualTo(new Arguments(null, null, null, false, false));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--prot 80",
                "--port",
                "--port x",
                "--port -1",
                "--port 65536",
                "--config",
                "--docs",
                "serve",
                "--port=80"
            })
    void refusesMistakesInOneLine(String line) {
        StartupException refusal = catchThrowableOfType(StartupException.class, () -> Arguments.parse(line.split(" ")));

        assertThat(refusal.exitCode()).isEqualTo(2);
        assertThat(refusal).message().contains("--help").doesNotContain("\n");
    }
}
