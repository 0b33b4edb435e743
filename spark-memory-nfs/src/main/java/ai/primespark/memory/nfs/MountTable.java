package ai.primespark.memory.nfs;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads Linux's table of mounts, {@code /proc/self/mountinfo}; see proc_pid_mountinfo(5). */
final class MountTable {

    static final Path SELF = Path.of("/proc/self/mountinfo");

    private static final Set<String> NETWORK =
            Set.of("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "glusterfs");

    /**
     * What is mounted.
     *
     * @param point where
     * @param type of the file system, lower case
     * @param source the server's name and directory, or a device
     * @param options all of them
     */
    record Mount(Path point, String type, String source, List<String> options) {

        /** Whether a server is behind it. A fuse.* file system counts: sshfs, rclone, smbnetfs. */
        boolean isNetwork() {
            return NETWORK.contains(type) || type.startsWith("fuse.");
        }

        boolean isNfs() {
            return type.equals("nfs") || type.equals("nfs4");
        }

        boolean isSmb() {
            return type.equals("cifs") || type.equals("smb3") || type.equals("smbfs") || type.equals("fuse.smbnetfs");
        }

        /** What an operator should know about the options. */
        String advice() {
            if (!isNfs()) {
                return "";
            }
            if (options.contains("soft")) {
                return "mounted soft: a slow server can silently corrupt what is written; mount with hard,timeo=600 (or"
                        + " softerr)";
            }
            return options.contains("softerr")
                    ? "mounted softerr: a dead server makes calls fail"
                    : "mounted hard: a dead server keeps calls waiting; they are given up at their time limits";
        }
    }

    private MountTable() {}

    /**
     * The mount that holds a path.
     *
     * @return null when the table is missing, as on systems other than Linux
     */
    static @Nullable Mount find(Path table, Path path) throws IOException {
        List<String> lines;
        try {
            lines = Files.readAllLines(table, StandardCharsets.ISO_8859_1); // any byte may stand in a path
        } catch (NoSuchFileException e) {
            return null;
        }
        Mount best = null;
        for (String line : lines) {
            Mount mount = parse(line);
            if (mount != null
                    && path.startsWith(mount.point())
                    // of two at one place the later one hides the earlier one
                    && (best == null
                            || mount.point().getNameCount() >= best.point().getNameCount())) {
                best = mount;
            }
        }
        return best;
    }

    private static @Nullable Mount parse(String line) {
        int dash = line.indexOf(" - ");
        if (dash < 0) {
            return null;
        }
        String[] before = line.substring(0, dash).split(" ", -1);
        String[] after = line.substring(dash + 3).split(" ", -1);
        if (before.length < 6 || after.length < 3) {
            return null;
        }
        String point = new String(unescape(before[4]).getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
        return new Mount(
                Path.of(point),
                after[0].toLowerCase(Locale.ROOT),
                unescape(after[1]),
                Arrays.asList((before[5] + "," + after[2]).split(",", -1)));
    }

    /** Space, tab, line feed and backslash are written as a backslash and three octal digits. */
    private static String unescape(String text) {
        StringBuilder plain = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\'
                    && i + 3 < text.length()
                    && text.substring(i + 1, i + 4).matches("[0-3][0-7][0-7]")) {
                plain.append((char) Integer.parseInt(text.substring(i + 1, i + 4), 8));
                i += 3;
            } else {
                plain.append(c);
            }
        }
        return plain.toString();
    }
}
