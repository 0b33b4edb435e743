package ai.primespark.vpn.wireguard.driver;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What this process may do to networks, from {@code /proc/self/status} (proc(5), capabilities(7)).
 *
 * @param known whether it could be read; elsewhere than on Linux it cannot
 * @param root whether the effective user is root
 * @param effective whether it has {@code CAP_NET_ADMIN} itself
 * @param netAdmin whether its children will have that
 */
record Rights(boolean known, boolean root, boolean effective, boolean netAdmin) {

    private static final Path STATUS = Path.of("/proc/self/status");
    private static final long CAP_NET_ADMIN = 1L << 12;

    static Rights ofThisProcess() {
        try {
            return of(Files.readString(STATUS, StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            return new Rights(false, false, false, false);
        }
    }

    static Rights of(String status) {
        boolean root = false;
        long effective = 0;
        long ambient = 0;
        for (String line : status.split("\n", -1)) {
            if (line.startsWith("Uid:")) {
                root = "0".equals(line.split("\\s+")[2]); // real, effective, saved, file system
            } else if (line.startsWith("CapEff:")) {
                effective = bits(line);
            } else if (line.startsWith("CapAmb:")) {
                ambient = bits(line);
            }
        }
        // a child of somebody else than root keeps ambient capabilities only
        boolean inherited = ((root ? effective : ambient) & CAP_NET_ADMIN) != 0;
        return new Rights(true, root, (effective & CAP_NET_ADMIN) != 0, inherited);
    }

    private static long bits(String line) {
        return Long.parseUnsignedLong(line.substring(7).strip(), 16);
    }
}
