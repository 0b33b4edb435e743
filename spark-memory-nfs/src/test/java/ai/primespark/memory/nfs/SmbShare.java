package ai.primespark.memory.nfs;

import static org.awaitility.Awaitility.await;

import ai.primespark.testkit.LoopFileSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A Samba server and a mount of its share by smbnetfs, which speaks SMB to it without help of the kernel. Both live in a network
 * of their own, so that the server can have SMB's port.
 */
final class SmbShare implements AutoCloseable {

    private final Path mountPoint;
    private final Process process;

    private SmbShare(Path mountPoint, Process process) {
        this.mountPoint = mountPoint;
        this.process = process;
    }

    static Optional<String> obstacle() {
        for (String tool : List.of("/usr/sbin/smbd", "/usr/bin/smbnetfs", "/usr/bin/unshare", "/dev/fuse")) {
            if (!Files.exists(Path.of(tool))) {
                return Optional.of(tool + " is missing (Debian packages samba and smbnetfs)");
            }
        }
        return LoopFileSystem.obstacle(); // root, for one
    }

    static SmbShare start(Path directory) throws IOException {
        Path home = Files.createDirectory(directory.resolve("smb"));
        for (String name : List.of("share", "state", "mnt", "user")) {
            Files.createDirectory(home.resolve(name));
        }
        Path smbd = Files.writeString(home.resolve("smb.conf"), """
                [global]
                  server role = standalone server
                  interfaces = 127.0.0.1
                  bind interfaces only = yes
                  smb ports = 445
                  map to guest = Bad User
                  guest account = root
                  disable spoolss = yes
                  pid directory = DIR/state
                  lock directory = DIR/state
                  state directory = DIR/state
                  cache directory = DIR/state
                  private dir = DIR/state
                  ncalrpc dir = DIR/state/rpc
                  log file = DIR/state/log
                [share]
                  path = DIR/share
                  guest ok = yes
                  read only = no
                  force user = root
                """.replace("DIR", home.toString()));
        Path client = Files.writeString(home.resolve("smbnetfs.conf"), """
                auth "127.0.0.1" "guest" ""
                smb_query_browsers "false"
                host 127.0.0.1 visible=true
                """);
        Files.setPosixFilePermissions(client, java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));
        Path mountPoint = home.resolve("mnt");
        String script = "ip link set lo up && smbd -F -s " + smbd + " & server=$!; "
                + "HOME=" + home.resolve("user") + " smbnetfs -f " + mountPoint + " -o config=" + client
                + " & client=$!; read end; kill $client; kill $server; wait";
        Process process = new ProcessBuilder("unshare", "-n", "sh", "-c", script)
                .redirectErrorStream(true)
                .redirectOutput(home.resolve("output").toFile())
                .start();
        SmbShare share = new SmbShare(mountPoint, process);
        await().atMost(Duration.ofSeconds(60)).ignoreExceptions().until(() -> {
            if (!Files.readString(MountTable.SELF).contains(" " + mountPoint + " ")) {
                return false; // not yet, and nothing may be made where it will be
            }
            Files.createDirectory(share.path().resolve("ready"));
            return Files.isDirectory(home.resolve("share/ready"));
        });
        return share;
    }

    /** The share's root, as mounted. */
    Path path() {
        return mountPoint.resolve("127.0.0.1").resolve("share");
    }

    @Override
    public void close() throws IOException {
        process.getOutputStream().close(); // ends the script's reading, and that the rest
        try {
            Process umount = new ProcessBuilder("umount", "-l", mountPoint.toString()).start();
            umount.waitFor(20, TimeUnit.SECONDS);
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
