package ai.primespark.vpn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.vpn.wireguard.WgConfig;
import ai.primespark.vpn.wireguard.WgRules;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VpnToolTest {

    @TempDir
    Path temp;

    private String out = "";
    private String err = "";

    private int run(String... args) {
        ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
        ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
        List<String> all = new ArrayList<>(List.of(args));
        all.addAll(List.of("--dir", temp.resolve("vpn").toString()));
        int code = VpnTool.run(
                all.toArray(String[]::new),
                new PrintStream(outBytes, true, StandardCharsets.UTF_8),
                new PrintStream(errBytes, true, StandardCharsets.UTF_8));
        out = outBytes.toString(StandardCharsets.UTF_8);
        err = errBytes.toString(StandardCharsets.UTF_8);
        return code;
    }

    private void must(String... args) {
        assertThat(run(args))
                .as(() -> String.join(" ", args) + ": " + out + err)
                .isZero();
    }

    private String ownKey(String node) {
        must("key", temp.resolve("machine-" + node).resolve("wg0.key").toString());
        return out.strip();
    }

    private void house() {
        must("init", "--subnet", "10.8.0.0/24", "--subnet", "fd00:8::/64");
        must("add-node", "home", "--hub", "--endpoint", "vpn.example.org:51820", "--public-key", ownKey("home"));
        must("add-node", "pi", "--public-key", ownKey("pi"));
        must("add-node", "phone", "--hold-key");
    }

    private Map<String, String> tree() throws IOException {
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> walk = Files.walk(temp)) {
            for (Path path : walk.filter(Files::isRegularFile).toList()) {
                files.put(temp.relativize(path).toString(), Files.readString(path));
            }
        }
        return files;
    }

    @Test
    void aNetworkIsSetUpFromNothing() throws IOException {
        house();
        must("render");
        Path home = temp.resolve("vpn/rendered/home/wg0.conf");
        Path phone = temp.resolve("vpn/rendered/phone/wg0.conf");
        assertThat(Files.readString(home))
                .contains("Address = 10.8.0.1/24, fd00:8::1/64")
                .contains("PostUp = wg set %i private-key /etc/wireguard/%i.key")
                .contains("AllowedIPs = 10.8.0.3/32, fd00:8::3/128");
        assertThat(Files.readString(phone)).doesNotContain("PrivateKey");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home)))
                .isEqualTo("rw-------");
        must("render", "phone");
        assertThat(WgConfig.read(phone).check(WgRules.QUICK).findings()).isEmpty();
        assertThat(WgConfig.read(phone).privateKey()).isPresent();
        must("check", phone.toString());
        assertThat(run("check", home.toString())).as("hooks").isEqualTo(ToolException.UNSOUND);
        must("check", home.toString(), "--allow-hooks");
        must("check");
    }

    @Test
    void aNetworkBeginsInAFolderThatIsThereAlready() throws IOException {
        Path folder = Files.createDirectory(temp.resolve("vpn"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        house();
        must("render", "--bundle");
        for (String secret : List.of("keys", "rendered", "rendered/phone")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(secret))))
                    .as(secret)
                    .isEqualTo("rwx------");
        }
    }

    @Test
    void everythingIsHarmlessTheSecondTime() throws IOException {
        house();
        must("render", "--bundle");
        Map<String, String> before = tree();
        house();
        must("render", "--bundle");
        assertThat(out).contains("3 rendered, 0 changed");
        assertThat(tree()).isEqualTo(before);
    }

    @Test
    void aDryRunWritesNothing() throws IOException {
        assertThat(run("init", "--dry-run")).isZero();
        assertThat(temp.resolve("vpn")).doesNotExist();
        house();
        Map<String, String> before = tree();
        must("add-node", "nas", "--hold-key", "--dry-run");
        must("remove-node", "pi", "--dry-run");
        must("render", "--dry-run");
        assertThat(out).contains("would write");
        must("rotate", "phone", "--dry-run");
        must("key", temp.resolve("new/wg0.key").toString(), "--dry-run");
        must("qr", "phone", "--dry-run");
        must(
                "apply",
                "pi",
                "--dry-run",
                "--config",
                temp.resolve("etc/wg0.conf").toString());
        assertThat(tree()).isEqualTo(before);
    }

    @Test
    void noCommandPrintsAPrivateKeyOrPresharedOne() throws IOException {
        StringBuilder all = new StringBuilder();
        house();
        for (String[] command : new String[][] {
            {"render", "--bundle"},
            {"check"},
            {"rotate", "phone"},
            {"rotate", "phone"},
            {"rotate", "phone"},
            {"remove-node", "pi"},
            {"add-node", "phone", "--hold-key", "--hub"},
            {"render", "nobody"}
        }) {
            run(command);
            all.append(out).append(err);
        }
        String printed = all.toString();
        try (Stream<Path> keys = Files.list(temp.resolve("vpn/keys"))) {
            for (Path file : keys.toList()) {
                for (String word : Files.readString(file).split("\\s+")) {
                    if (word.length() == 44) {
                        assertThat(printed).doesNotContain(word);
                    }
                }
            }
        }
        assertThat(printed).contains("SWITCHED").contains("DONE").contains("there is no node 'nobody'");
    }

    @Test
    void keysAreRotatedInThreeCalls() throws IOException {
        house();
        must("render", "phone");
        String before = Files.readString(temp.resolve("vpn/rendered/phone/wg0.conf"));
        must("rotate", "phone");
        assertThat(out).contains("ANNOUNCED").contains("render and apply on: home");
        must("rotate", "phone");
        assertThat(out).contains("SWITCHED").contains("phone, home");
        must("rotate", "phone");
        assertThat(out).contains("DONE");
        must("render", "phone");
        assertThat(Files.readString(temp.resolve("vpn/rendered/phone/wg0.conf")))
                .isNotEqualTo(before);
        assertThat(run("rotate", "pi")).isEqualTo(ToolException.USAGE);
        assertThat(err).contains("make the next one there");
    }

    @Test
    void aPhoneGetsItsConfigurationAsACode() throws IOException {
        house();
        must("qr", "phone");
        assertThat(out).contains("\u2580").contains("\u001b[0m");
        Path folder = Files.createDirectory(
                temp.resolve("codes"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        must("qr", "phone", "--out", folder.resolve("phone.png").toString());
        must("qr", "phone", "--out", folder.resolve("phone.svg").toString());
        assertThat(Files.size(folder.resolve("phone.png"))).isGreaterThan(500);
        assertThat(run("qr", "pi")).isEqualTo(ToolException.USAGE);
        assertThat(err).contains("is not held here");
    }

    @Test
    void mistakesAreSaidInOneSentenceWithAnExitCode() throws IOException {
        assertThat(run("render")).isEqualTo(ToolException.USAGE);
        assertThat(err).contains("there is no network in").doesNotContain("Exception");
        assertThat(run("init", "--subnet", "10.8.0.1/24")).isEqualTo(ToolException.USAGE);
        assertThat(err).contains("write 10.8.0.0/24");
        assertThat(run("frobnicate")).isEqualTo(ToolException.USAGE);
        house();
        assertThat(run("add-node", "nas")).isEqualTo(ToolException.USAGE);
        assertThat(err).contains("--public-key");
        assertThat(run("add-node", "nas", "--public-key", "abc")).isEqualTo(ToolException.USAGE);
        assertThat(err).contains("44 characters of base64");
        assertThat(run("add-node", "pi", "--hold-key")).isEqualTo(ToolException.USAGE);
        assertThat(err).contains("node 'pi' of another kind");
        assertThat(run("remove-node", "home")).isEqualTo(ToolException.USAGE);
        assertThat(err).contains("cannot reach each other");
        Path broken = temp.resolve("broken.conf");
        Files.writeString(broken, "[Interface]\nPrivatKey = x\n");
        assertThat(run("check", broken.toString())).isEqualTo(ToolException.UNSOUND);
        assertThat(out)
                .contains(
                        broken + ":2:1: error: 'PrivatKey' is nothing that WireGuard knows; did you mean PrivateKey?");
    }

    @Test
    void aRefusedNodeLeavesNothingBehind() throws IOException {
        house();
        Map<String, String> before = tree();
        String stranger = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";
        for (String[] refused : new String[][] {
            {"add-node", "pi", "--hold-key"}, // keeps its own
            {"add-node", "phone", "--public-key", stranger}, // its key is held here
            {"add-node", "phone", "--hold-key", "--nat"},
            {"add-node", "nas", "--hold-key", "--address", "10.8.0.1"}, // which home has, though it never asked for it
            {"add-node", "nas", "--hold-key", "--via", "nobody"},
        }) {
            assertThat(run(refused)).as(() -> String.join(" ", refused)).isEqualTo(ToolException.USAGE);
            assertThat(tree()).as(() -> String.join(" ", refused)).isEqualTo(before);
        }
        must("render", "--bundle");
        must("rotate", "pi", "--public-key", stranger);
        assertThat(out).contains("ANNOUNCED");
    }

    @Test
    void aKeyThatIsLeftHereIsNotTakenForAnothersNodes() throws IOException {
        house();
        Path keys = temp.resolve("vpn/keys");
        Files.copy(keys.resolve("phone.key"), keys.resolve("nas.key"), StandardCopyOption.COPY_ATTRIBUTES);
        assertThat(run("add-node", "nas", "--public-key", ownKey("nas"))).isEqualTo(ToolException.USAGE);
        assertThat(err).contains("keys/nas.key here is another private key").contains("--hold-key");
    }

    @Test
    void anOptionThatTheNodeHasNotIsNotSwallowed() {
        house();
        must("add-node", "home", "--hub", "--public-key", ownKey("home"));
        assertThat(out).contains("is there already");
        assertThat(run("add-node", "home", "--hub", "--nat", "--public-key", ownKey("home")))
                .isEqualTo(ToolException.USAGE);
        assertThat(err).contains("node 'home' of another kind");
    }

    @Test
    void aFileIsJoinedOnlyIfItIsSoundAndThereIsAKey() throws IOException {
        house();
        must("render", "pi");
        Path file = temp.resolve("vpn/rendered/pi/wg0.conf");
        Path target = temp.resolve("etc/wg0.conf");
        Path key = temp.resolve("etc/wg0.key");
        String[] join = {
            "join", file.toString(), "--config", target.toString(), "--key-file", key.toString(), "--file-only"
        };
        assertThat(run(join)).isEqualTo(ToolException.USAGE);
        assertThat(err).contains("there is no " + key);
        must("key", key.toString());
        must("join", file.toString(), "--config", target.toString(), "--key-file", key.toString(), "--dry-run");
        assertThat(target).doesNotExist();
        must(join);
        assertThat(target).hasSameTextualContentAs(file);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target)))
                .isEqualTo("rw-------");
        Map<String, String> before = tree();
        must(join);
        assertThat(tree()).isEqualTo(before);
        Path broken = temp.resolve("broken.conf");
        Files.writeString(broken, Files.readString(file).replace("AllowedIPs = ", "AllowedIPs = 10.8.0.300, "));
        join[1] = broken.toString();
        assertThat(run(join)).isEqualTo(ToolException.UNSOUND);
        assertThat(err).contains(broken + ":").contains("nothing was changed");
        assertThat(target).hasSameTextualContentAs(file);
        assertThat(run("join", temp.resolve("laptop").toString())).isEqualTo(ToolException.USAGE);
        assertThat(err).contains("pass --interface");
    }

    @Test
    void hooksOfATopologyAreRenderedOnlyWhenAllowed() throws IOException {
        house();
        Path topology = temp.resolve("vpn/topology.conf");
        Files.writeString(
                topology, Files.readString(topology) + "\nnodes.home.hooks { post-up = [\"logger tunnel up\"] }\n");
        assertThat(run("render")).isEqualTo(ToolException.USAGE);
        assertThat(err).contains("node 'home' has hooks").contains("--allow-hooks");
        must("render", "--allow-hooks");
        assertThat(Files.readString(temp.resolve("vpn/rendered/home/wg0.conf"))).contains("PostUp = logger tunnel up");
    }
}
