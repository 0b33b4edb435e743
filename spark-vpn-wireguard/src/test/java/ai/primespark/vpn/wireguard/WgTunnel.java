package ai.primespark.vpn.wireguard;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A {@code wireguard-go} interface in a network namespace of its own, to ask the real tools what they think of a configuration. */
final class WgTunnel implements AutoCloseable {

    private final String namespace;
    private final String name;
    private final Process daemon;

    private WgTunnel(String namespace, String name, Process daemon) {
        this.namespace = namespace;
        this.name = name;
        this.daemon = daemon;
    }

    static WgTunnel open() {
        String id = Long.toString(ProcessHandle.current().pid() % 1_000_000, 36)
                + Long.toString(System.nanoTime() % 46_656, 36);
        String namespace = "sparkvc" + id;
        String name = "wc" + id; // sockets are not namespaced, so the name must be unique
        Tools.must("ip", "netns", "add", namespace);
        Process daemon = null;
        try {
            Tools.must("ip", "-n", namespace, "link", "set", "lo", "up");
            ProcessBuilder builder = new ProcessBuilder("ip", "netns", "exec", namespace, "wireguard-go", "-f", name)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD);
            daemon = builder.start();
            WgTunnel tunnel = new WgTunnel(namespace, name, daemon);
            tunnel.await();
            return tunnel;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (RuntimeException e) {
            if (daemon != null) {
                daemon.destroyForcibly();
            }
            Tools.run(new byte[0], Map.of(), "ip", "netns", "del", namespace);
            throw e;
        }
    }

    private void await() {
        for (int i = 0; i < 500; i++) {
            if (Files.exists(socket()) && show().code() == 0) {
                return;
            }
            if (!daemon.isAlive()) {
                break;
            }
            try {
                if (daemon.waitFor(20, TimeUnit.MILLISECONDS)) {
                    break;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        throw new IllegalStateException("wireguard-go did not make the interface " + name);
    }

    private Path socket() {
        return Path.of("/var/run/wireguard", name + ".sock");
    }

    String name() {
        return name;
    }

    Tools.Result show() {
        return exec(new byte[0], "wg", "show", name, "dump");
    }

    /** What {@code wg setconf} makes of a configuration; names are looked up once, in a namespace without a network. */
    Tools.Result setconf(byte[] config) {
        return exec(config, "wg", "setconf", name, "/dev/stdin");
    }

    Tools.Result exec(byte[] input, String... command) {
        List<String> all = new java.util.ArrayList<>(List.of("ip", "netns", "exec", namespace));
        all.addAll(List.of(command));
        return Tools.run(input, Map.of("WG_ENDPOINT_RESOLUTION_RETRIES", "0"), all.toArray(String[]::new));
    }

    @Override
    public void close() {
        daemon.destroy();
        try {
            if (!daemon.waitFor(10, TimeUnit.SECONDS)) {
                daemon.destroyForcibly();
            }
            Files.deleteIfExists(socket());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            Tools.must("ip", "netns", "del", namespace);
        }
    }
}
