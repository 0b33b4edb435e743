package ai.primespark.examples.memory;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.examples.memory.Tool.Ran;
import ai.primespark.memory.Keyring;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeygenCommandTest {

    @TempDir
    Path folder;

    private Tool tool;
    private Path keys;

    @BeforeEach
    void prepare() throws IOException {
        tool = new Tool(folder);
        keys = folder.resolve("keys");
    }

    @Test
    void makesAFileThatOnlyItsOwnerReadsAndPrintsNoKey() throws IOException {
        Ran ran = tool.run("keygen", keys.toString(), "--id", "first");

        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(keys)))
                .isEqualTo("rw-------");
        assertThat(Keyring.load(keys).toString()).contains("first");
        assertThat(Files.readString(keys).lines().filter(line -> ran.out().contains(line)))
                .as("lines of the file that were printed")
                .isEmpty();
    }

    @Test
    void addsAKeyOnlyWhenAskedToRotate() throws IOException {
        assertThat(tool.run("keygen", keys.toString(), "--id", "first").code()).isZero();
        byte[] before = Files.readAllBytes(keys);

        Ran refused = tool.run("keygen", keys.toString(), "--id", "second");
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("exists already");
        assertThat(Files.readAllBytes(keys)).isEqualTo(before);

        assertThat(tool.run("keygen", keys.toString(), "--id", "second", "--rotate")
                        .code())
                .isZero();
        assertThat(Keyring.load(keys).toString()).contains("first").contains("second");
        assertThat(tool.run("keygen", folder.resolve("none").toString(), "--rotate")
                        .code())
                .isEqualTo(2);
    }
}
