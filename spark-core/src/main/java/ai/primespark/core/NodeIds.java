package ai.primespark.core;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.CRC32;

/** Makes a node id that is the same after a restart and, in all likelihood, different on every machine and data directory. */
final class NodeIds {

    private NodeIds() {}

    /** The host's name, as far as it fits, and a checksum of it and of the data directory. */
    static String derive(Path dataDirectory) {
        String host = hostName();
        CRC32 crc = new CRC32();
        crc.update((host + '\0' + dataDirectory.toAbsolutePath().normalize()).getBytes(StandardCharsets.UTF_8));
        String name = host.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9-]+", "-");
        name = name.isEmpty() ? "node" : name.substring(0, Math.min(20, name.length()));
        return name + "-" + String.format(Locale.ROOT, "%08x", crc.getValue());
    }

    /** Without asking the network, which may take long where the resolver is away. */
    private static String hostName() {
        for (String variable : new String[] {"HOSTNAME", "COMPUTERNAME"}) {
            String value = System.getenv(variable);
            if (value != null && !value.isBlank()) {
                return value.strip();
            }
        }
        try {
            return Files.readString(Path.of("/etc/hostname")).strip();
        } catch (IOException e) {
            return "node"; // no such file on this system; the checksum still tells data directories apart
        }
    }
}
