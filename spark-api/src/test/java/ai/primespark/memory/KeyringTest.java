package ai.primespark.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyringTest {

    private static final String KEY =
            Base64.getEncoder().encodeToString("0123456789abcdefFEDCBA9876543210".getBytes(StandardCharsets.US_ASCII));

    @TempDir
    Path dir;

    private Path file(String content) throws IOException {
        Path file = Files.createTempFile(
                dir, "keys", "", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        return Files.writeString(file, content);
    }

    private static String refusal(Path file) {
        try {
            return "accepted: " + Keyring.load(file);
        } catch (MemoryException e) {
            assertThat(e.getMessage()).contains(file.toString());
            return e.getMessage();
        }
    }

    @Test
    void aSavedRingIsReadByItsOwnerAlone() throws IOException {
        Path file = dir.resolve("keys");
        Keyring ring = Keyring.generate("2026-11").rotate("2027-05");
        ring.save(file);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        Keyring read = Keyring.load(file);
        assertThat(read.ids()).containsExactly("2026-11", "2027-05");
        assertThat(read.activeId()).isEqualTo("2027-05");
        assertThat(read.namesId()).isEqualTo("2026-11");
        for (String id : read.ids()) {
            assertThat(read.key(id).orElseThrow().getEncoded())
                    .isEqualTo(ring.key(id).orElseThrow().getEncoded());
        }
        assertThat(read.key("other")).isEmpty();
        try (var files = Files.list(dir)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void aFileThatOthersMayUseIsRefused() throws IOException {
        Path file = file("active a\nkey a " + KEY + "\n");
        assertThat(Keyring.load(file).ids()).containsExactly("a");
        for (String rights : List.of("rw-r-----", "rw----r--", "rw--w----", "rwxrwxrwx")) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(rights));
            assertThat(refusal(file)).contains(rights).contains("chmod 600");
        }
    }

    @Test
    void everyMistakeInAFileIsNamedAndNoKeyIsQuoted() throws IOException {
        Map<String, String> mistakes = new LinkedHashMap<>();
        mistakes.put("", "does not say which key is active");
        mistakes.put("active a", "at least one key");
        mistakes.put("active b\nkey a " + KEY, "there is no key 'b'");
        mistakes.put("active a\nnames b\nkey a " + KEY, "there is no key 'b'");
        mistakes.put("active a\nactive a\nkey a " + KEY, "line 2");
        mistakes.put("active a\nkey a " + KEY + "\nkey a " + KEY, "line 3");
        mistakes.put("active a\nkey a " + KEY + " more", "line 2");
        mistakes.put("# x\n\nactive a\nkey a ?" + KEY, "line 4 has a key that is not base64");
        mistakes.put("active a\nkey a " + KEY.substring(4), "must have 32");
        mistakes.put("active a\nkey a " + "A".repeat(43) + "=", "not random");
        mistakes.put("active A\nkey A " + KEY, "id of a key");
        mistakes.put("nonsense", "line 1");
        for (Map.Entry<String, String> mistake : mistakes.entrySet()) {
            assertThat(refusal(file(mistake.getKey())))
                    .contains(mistake.getValue())
                    .doesNotContain(KEY.substring(4, 20));
        }
        assertThat(refusal(dir.resolve("none"))).contains("cannot read");
        Path binary = file("");
        Files.write(binary, new byte[] {(byte) 0xC3, 0x28, 0});
        assertThat(refusal(binary)).contains("not a keyring");
    }

    @Test
    void savingDoesNotReplaceAForeignRing() throws IOException {
        Path file = dir.resolve("keys");
        Keyring ring = Keyring.generate("a");
        ring.save(file);
        ring.rotate("b").save(file);
        assertThat(Keyring.load(file).ids()).containsExactly("a", "b");
        assertThatThrownBy(() -> Keyring.generate("a").save(file))
                .isInstanceOf(MemoryException.class)
                .hasMessageContaining("another key for names");
        assertThat(Keyring.load(file).ids()).containsExactly("a", "b");
        Path other = file("something else");
        assertThatThrownBy(() -> ring.save(other)).isInstanceOf(MemoryException.class);
        assertThat(other).hasContent("something else");
        assertThatThrownBy(() -> ring.save(dir.resolve("no/such/folder")))
                .isInstanceOf(MemoryException.class)
                .hasMessageContaining("cannot write");
    }

    @Test
    void keysInUseCannotBeRemovedAndNamesCannotBeUsedTwice() {
        Keyring ring = Keyring.generate("a").rotate("b").rotate("c");
        assertThat(ring.without("b").ids()).containsExactly("a", "c");
        for (String id : List.of("a", "c", "none")) {
            assertThatThrownBy(() -> ring.without(id)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> ring.rotate("b")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ring.rotate("No Id")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Keyring.generate("x".repeat(17))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void keysAreNeverPrinted() {
        Keyring ring = Keyring.generate("a").rotate("b");
        assertThat(ring).hasToString("Keyring[a, b]");
    }
}
