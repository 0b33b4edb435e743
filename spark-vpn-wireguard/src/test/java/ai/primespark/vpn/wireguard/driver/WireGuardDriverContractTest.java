package ai.primespark.vpn.wireguard.driver;

import ai.primespark.spi.VpnDriver;
import ai.primespark.testkit.Namespaces;
import ai.primespark.testkit.NeedsWireGuard;
import ai.primespark.testkit.VpnDriverContract;
import ai.primespark.vpn.VpnTopology;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** The contract on a real interface in a namespace. */
@NeedsWireGuard
class WireGuardDriverContractTest extends VpnDriverContract {

    @TempDir
    Path directory;

    private Lab lab;

    @BeforeEach
    void makeMachines() {
        lab = Lab.pair(directory);
        lab.add("c");
    }

    @AfterEach
    void takeThemAway() {
        lab.close();
    }

    @Override
    protected VpnDriver driver() {
        return lab.machine("a").driver(Map.of());
    }

    @Override
    protected VpnTopology topology(int others) {
        VpnTopology.Builder builder = lab.mesh().presharedKey("a", "b", Lab.PRESHARED);
        if (others > 1) {
            builder.node(lab.node("c", "10.8.0.3/24").build());
        }
        return builder.build();
    }

    @Override
    protected String self() {
        return "a";
    }

    @Override
    protected Optional<VpnDriver> withoutTool() {
        return Optional.of(lab.machine("a").driver(Map.of("wg", "wg-nowhere", "wg-quick", "wg-quick-nowhere")));
    }

    @Override
    protected Optional<VpnDriver> withoutRight() {
        List<String> nobody = new ArrayList<>(Namespaces.prefix(lab.machine("a").namespace));
        nobody.addAll(List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"));
        return Optional.of(lab.machine("a").driver(Map.of("command-prefix", nobody)));
    }

    /** A tool that starts a child which ignores being asked to end, and waits for it. */
    @Override
    protected Optional<VpnDriver> hanging() {
        try {
            Path tool = directory.resolve("hangs");
            if (!Files.exists(tool)) {
                Files.writeString(
                        tool,
                        "#!/bin/sh\ntrap '' TERM\n(trap '' TERM; while :; do sleep 30; done) &\nwhile :; do sleep 30; done\n");
                Files.setPosixFilePermissions(tool, PosixFilePermissions.fromString("rwx------"));
            }
            return Optional.of(lab.machine("a")
                    .driver(Map.of(
                            "wg", tool.toString(),
                            "wg-quick", tool.toString(),
                            "command-prefix", Namespaces.prefix(lab.machine("a").namespace))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The tool's processes, rather than the tunnel's own. */
    @Override
    protected List<String> leftovers() {
        return lab.net.processes(lab.machine("a").namespace).stream()
                .map(process -> ProcessHandle.of(process)
                        .flatMap(handle -> handle.info().commandLine())
                        .orElse(""))
                .filter(line -> line.contains("hangs") || line.startsWith("sleep"))
                .toList();
    }

    @Override
    protected List<String> secrets() {
        return List.of(lab.machine("a").key.reveal(), lab.machine("b").key.reveal(), Lab.PRESHARED.reveal());
    }
}
