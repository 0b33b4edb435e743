package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class DotEnvTest {

    static Stream<Arguments> lines() {
        return Stream.of(
                argumentSet("plain", "A=b", "b"),
                argumentSet("spaces around", "  A  =  b c  ", "b c"),
                argumentSet("export", "export A=b", "b"),
                argumentSet("empty", "A=", ""),
                argumentSet("comment behind", "A=b # not this", "b"),
                argumentSet("nothing but a comment", "A= # not this", ""),
                argumentSet("hash inside a word", "A=b#c", "b#c"),
                argumentSet("equals sign in the value", "A=b=c", "b=c"),
                argumentSet("single quotes keep everything", "A='b # $c \\n'", "b # $c \\n"),
                argumentSet("double quotes keep hashes", "A=\"b # c\"", "b # c"),
                argumentSet(
                        "double quotes know escapes", "A=\"b\\nc\\t\\\"d\\\" \\\\ \\$e\\q\"", "b\nc\t\"d\" \\ $e\\q"),
                argumentSet("comment behind quotes", "A=\"b\" # not this", "b"),
                argumentSet("empty quotes", "A=\"\"", ""),
                argumentSet("byte order mark", "\uFEFFA=b", "b"),
                argumentSet("windows line ends", "X=1\r\nA=b\r\nY=2\r\n", "b"),
                argumentSet("the last one wins", "A=a\nA=b", "b"));
    }

    @ParameterizedTest
    @MethodSource("lines")
    void readsTheUsualForms(String text, String expected) {
        DotEnv env = DotEnv.parse(text, ".env");

        assertThat(env.values()).containsEntry("A", expected);
        assertThat(env.problems()).isEmpty();
    }

    @Test
    void commentsAndBlankLinesAreNothing() {
        DotEnv env = DotEnv.parse("# A=b\n\n   # B=c\n", ".env");

        assertThat(env).isEqualTo(new DotEnv(Map.of(), java.util.List.of()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "top secret",
                "=secret",
                "1A=secret",
                "A-B=secret",
                "A='secret",
                "A=\"secret\\\"",
                "A='secret' more"
            })
    void saysWhichLineIsMalformedButNotWhatItHolds(String line) {
        DotEnv env = DotEnv.parse("GOOD=1\n\n" + line + "\nALSO=2", ".env");

        assertThat(env.problems())
                .singleElement()
                .asString()
                .startsWith(".env line 3: ")
                .doesNotContain("secret");
        assertThat(env.values()).containsOnly(Map.entry("GOOD", "1"), Map.entry("ALSO", "2"));
    }

    @Test
    void theEnvironmentWins() {
        Map<String, String> all =
                DotEnv.parse("A=file\nB=file", ".env").under(Map.of("A", "environment", "C", "environment"));

        assertThat(all)
                .containsOnly(Map.entry("A", "environment"), Map.entry("B", "file"), Map.entry("C", "environment"));
    }

    @Test
    void aMissingFileIsNothing(@TempDir Path folder) throws StartupException {
        assertThat(DotEnv.read(folder.resolve(".env")).values()).isEmpty();
    }

    @Test
    void aFileThatIsNotTextIsRefusedWithoutItsContent(@TempDir Path folder) throws Exception {
        Path file = Files.write(folder.resolve(".env"), new byte[] {'A', '=', (byte) 0xFF});

        assertThatThrownBy(() -> DotEnv.read(file))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("UTF-8");
    }
}
