package ai.primespark.vpn.wireguard.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.spi.VpnDriver;
import ai.primespark.testkit.MachineNeeds;
import ai.primespark.testkit.Namespaces;
import ai.primespark.testkit.NeedsWireGuard;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDir;

/**
 * A driver in a process of the user {@code nobody}, with the rights that {@code docs/vpn.md} describes. The config is where it usually
 * is, {@code /etc/wireguard}, a folder that only root may look into; that and {@code /etc/sudoers} are the namespace's own.
 */
@NeedsWireGuard
@ExtendWith(UnprivilegedDriverTest.NeedsUsers.class)
class UnprivilegedDriverTest {

    private static final String USER = "nobody";
    private static final List<String> AS_NOBODY =
            List.of("setpriv", "--reuid=" + USER, "--regid=nogroup", "--clear-groups");

    /** What other users are made with, and a JVM that they may run. */
    static final class NeedsUsers implements ExecutionCondition {
        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            List<String> missing = Stream.of("/usr/bin/sudo", "/usr/bin/setpriv", "/etc/sudoers", "/etc/wireguard")
                    .filter(file -> !Files.exists(Path.of(file)))
                    .toList();
            if (!missing.isEmpty()) {
                return MachineNeeds.unless(context, Optional.of("missing (Debian's sudo, util-linux): " + missing));
            }
            for (Path path = java(); path != null; path = path.getParent()) {
                try {
                    if (!PosixFilePermissions.toString(Files.getPosixFilePermissions(path))
                            .endsWith("x")) {
                        return MachineNeeds.unless(context, Optional.of(path + " is closed to other users"));
                    }
                } catch (IOException e) {
                    return MachineNeeds.unless(context, Optional.of(e.toString()));
                }
            }
            return MachineNeeds.unless(context, Optional.empty());
        }
    }

    @TempDir
    Path directory;

    private Lab lab;
    private Lab.Machine a;
    private Lab.Machine b;
    private Path config; // as the namespace sees it
    private Path mark;
    private String classPath = "";

    @BeforeEach
    void twoMachines() throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
        lab = Lab.pair(directory);
        a = lab.machine("a");
        b = lab.machine("b");
        classPath = readableClassPath();
        lab.names("192.0.2.2", "b.lab.test");
        b.apply(lab.mesh().build(), "b");
        b.driver.up(Lab.soon());
        mark = directory.resolve("mark");
        Path own = Files.createDirectory(
                lab.net.etc(a.namespace).resolve("wireguard"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path file = Files.createFile(
                own.resolve(a.device + ".conf"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, """
                [Interface]
                PrivateKey = %s
                Address = 10.8.0.1/24
                PostUp = touch %s
                PostDown = rm %s
                [Peer]
                PublicKey = %s
                Endpoint = b.lab.test:51820
                AllowedIPs = 10.8.0.2/32
                """.formatted(a.key.reveal(), mark, mark, b.publicKey()));
        config = Path.of("/etc/wireguard", a.device + ".conf");
    }

    @AfterEach
    void takeDown() {
        lab.close();
    }

    private static Path java() {
        return Path.of(System.getProperty("java.home"), "bin", "java");
    }

    /** The classes under test, where another user may read them. */
    private String readableClassPath() throws IOException, URISyntaxException {
        Path copies = Files.createDirectory(directory.resolve("classes"));
        Set<Path> sources = new LinkedHashSet<>();
        for (Class<?> one : List.of(DriverProgram.class, WireGuardDriver.class, VpnDriver.class)) {
            sources.add(Path.of(
                    one.getProtectionDomain().getCodeSource().getLocation().toURI()));
        }
        List<String> entries = new ArrayList<>();
        for (Path source : sources) {
            Path copy = copies.resolve(Integer.toString(entries.size()) + (Files.isDirectory(source) ? "" : ".jar"));
            try (Stream<Path> walk = Files.walk(source)) {
                for (Path path : walk.toList()) {
                    Path target = copy.resolve(source.relativize(path).toString());
                    Files.copy(path, path.equals(source) ? copy : target, StandardCopyOption.REPLACE_EXISTING);
                }
            }
            entries.add(copy.toString());
        }
        try (Stream<Path> walk = Files.walk(copies)) {
            for (Path path : walk.toList()) {
                Files.setPosixFilePermissions(
                        path, PosixFilePermissions.fromString(Files.isDirectory(path) ? "rwxr-xr-x" : "rw-r--r--"));
            }
        }
        return String.join(":", entries);
    }

    /** Runs the driver as {@code nobody}; gives what it printed, by line. */
    private List<String> driver(List<String> rights, String wg, String prefix, String... calls) throws Exception {
        List<String> command = new ArrayList<>(Namespaces.prefix(a.namespace));
        command.addAll(AS_NOBODY);
        command.addAll(rights);
        command.addAll(List.of(java().toString(), "-Xmx64m", "-XX:TieredStopAtLevel=1", "-cp", classPath));
        command.addAll(List.of(DriverProgram.class.getName(), a.device, config.toString(), wg, prefix));
        command.addAll(List.of(calls));
        Path out = directory.resolve("out.txt");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        try {
            assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
            String said = Files.readString(out);
            assertThat(process.exitValue()).as(said).isZero();
            assertThat(said).doesNotContain(a.key.reveal());
            return said.lines().toList();
        } finally {
            process.destroyForcibly();
        }
    }

    /** What a distribution has, and after it what the page says, for this user and this interface. */
    private void sudoers(String wg, String limit) throws IOException {
        String page = Files.readString(Path.of("..", "docs", "vpn.md"));
        String block = page.substring(page.indexOf("Defaults:spark"));
        String said = block.substring(0, block.indexOf("```"))
                .replace("Defaults:spark", "Defaults:" + USER)
                .replace("\nspark ", "\n" + USER + " ")
                .replace("wg0", a.device)
                .replace("TIMEOUT=1m", "TIMEOUT=" + limit)
                .replace("/usr/bin/wg show", wg + " show");
        assertThat(said).contains("TIMEOUT=" + limit, USER + " ALL", a.device);
        Path file = lab.net.etc(a.namespace).resolve("sudoers");
        Files.writeString(file, """
                Defaults env_reset
                Defaults use_pty
                Defaults secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
                root ALL=(ALL:ALL) ALL
                """ + said);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r-----"));
    }

    private Path tool(String script) throws IOException {
        Path tool = Files.writeString(directory.resolve("tool"), "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(tool, PosixFilePermissions.fromString("rwxr-xr-x"));
        return tool;
    }

    private boolean linkIsThere() {
        return lab.net.succeeds(a.namespace, "ip", "link", "show", "dev", a.device);
    }

    private void rootBringsItUp() {
        lab.net.run(a.namespace, "wg-quick", "up", config.toString());
        assertThat(mark).exists();
    }

    @Test
    void withSudoTheTunnelIsBroughtUpLookedAtAndTakenDown() throws Exception {
        sudoers("/usr/bin/wg", "1m");
        String peer = b.publicKey().base64();
        assertThat(driver(List.of(), "wg", "sudo -n", "look", "key", "up", "up", "look", "reconnect " + peer))
                .containsExactly(
                        "look: nothing",
                        "key: " + a.publicKey(),
                        "up: done",
                        "up: done",
                        "look: peers [192.0.2.2:51820]",
                        "reconnect " + peer + ": done");
        assertThat(mark).as("the hooks ran").exists();
        assertThat(a.reaches("10.8.0.2")).isTrue();

        lab.moves();
        lab.names("192.0.2.9", "b.lab.test");
        assertThat(driver(List.of(), "wg", "sudo -n", "reconnect " + peer, "look", "down", "look", "down"))
                .as("the name is looked up again, and everything is taken back")
                .containsExactly(
                        "reconnect " + peer + ": done",
                        "look: peers [192.0.2.9:51820]",
                        "down: done",
                        "look: nothing",
                        "down: done");
        assertThat(mark).as("the hooks ran").doesNotExist();
    }

    @Test
    void aConfigThatIsNotThereIsSaidSoThroughSudo() throws Exception {
        sudoers("/usr/bin/wg", "1m");
        Files.delete(lab.net.etc(a.namespace).resolve("wireguard").resolve(a.device + ".conf"));
        assertThat(driver(List.of(), "wg", "sudo -n", "up", "key"))
                .satisfiesExactly(
                        up -> assertThat(up).startsWith("up: INVALID").contains(config.toString()),
                        key -> assertThat(key).isEqualTo("key: none"));
    }

    @Test
    void withCapNetAdminAPeerIsCalledAndNoTunnelIsDestroyed() throws Exception {
        rootBringsItUp();
        List<String> ambient = List.of("--inh-caps=+net_admin", "--ambient-caps=+net_admin");
        assertThat(driver(ambient, "wg", "", "look"))
                .as("the socket of wireguard-go is root's, which is not taken for a tunnel that is away")
                .allSatisfy(line -> assertThat(line).startsWith("look: NOT_PERMITTED"));
        // the kernel asks for the capability alone, and then wg, and only wg, can do what root can
        sudoers("/usr/bin/wg", "1m");
        Path wg = tool("exec sudo -n /usr/bin/wg \"$@\"");
        String peer = b.publicKey().base64();
        assertThat(driver(ambient, wg.toString(), "", "look", "reconnect " + peer, "down", "up", "look"))
                .satisfiesExactly(
                        look -> assertThat(look).isEqualTo("look: peers [192.0.2.2:51820]"),
                        call -> assertThat(call).isEqualTo("reconnect " + peer + ": done"),
                        down -> assertThat(down)
                                .startsWith("down: NOT_PERMITTED")
                                .contains("needs root"),
                        up -> assertThat(up).isEqualTo("up: done"), // it is
                        look -> assertThat(look).isEqualTo("look: peers [192.0.2.2:51820]"));
        await().atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(50))
                .untilAsserted(() -> assertThat(lab.net.run(a.namespace, "wg", "show", a.device, "latest-handshakes"))
                        .as("it was called")
                        .doesNotContain("\t0"));
        assertThat(linkIsThere()).isTrue();
        assertThat(mark).as("nothing was taken down").exists();
    }

    @Test
    void withoutAnyRightNothingHappens() throws Exception {
        rootBringsItUp();
        sudoers("/usr/bin/true", "1m"); // wg show is not allowed
        assertThat(driver(List.of(), "wg", "", "look", "down"))
                .allSatisfy(line -> assertThat(line).contains(": NOT_PERMITTED"));
        assertThat(driver(List.of(), "wg", "sudo -n", "look"))
                .allSatisfy(line -> assertThat(line).contains(": NOT_PERMITTED"));
        assertThat(linkIsThere()).isTrue();
        assertThat(mark).exists();
    }

    @Test
    void sudoHandsOnWhatWgIsToldAndThatItShouldEnd() throws Exception {
        Path told = directory.resolve("told");
        Path tool = hanging(told, "");
        sudoers(tool.toString(), "1m");
        assertThat(driver(List.of(), tool.toString(), "sudo -n", "hurry"))
                .singleElement()
                .asString()
                .startsWith("hurry: TIMEOUT")
                .contains("it and its children were ended");
        assertThat(told).content().endsWith(" 0 wireguard-go\n");
        endsSoon(told);
    }

    @Test
    void whatDoesNotEndWhenItIsToldToIsLeftToSudo() throws Exception {
        Path told = directory.resolve("told");
        Path tool = hanging(told, "trap '' TERM\n");
        sudoers(tool.toString(), "12s"); // well after the driver has given up
        assertThat(driver(List.of(), tool.toString(), "sudo -n", "hurry"))
                .singleElement()
                .asString()
                .startsWith("hurry: TIMEOUT")
                .contains("it was told to end and did not")
                .contains("TIMEOUT in sudoers");
        endsSoon(told);
    }

    /** A program that says who it is and what it was told, and hangs then. */
    private Path hanging(Path told, String first) throws IOException {
        rootBringsItUp();
        return tool(first + "echo $$ $WG_ENDPOINT_RESOLUTION_RETRIES $WG_QUICK_USERSPACE_IMPLEMENTATION >" + told
                + "\nexec sleep 1000");
    }

    private static void endsSoon(Path told) throws IOException {
        long hanging = Long.parseLong(Files.readString(told).split(" ", -1)[0]);
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(50))
                .untilAsserted(() -> assertThat(ProcessHandle.of(hanging).filter(ProcessHandle::isAlive))
                        .as("it has ended")
                        .isEmpty());
    }
}
