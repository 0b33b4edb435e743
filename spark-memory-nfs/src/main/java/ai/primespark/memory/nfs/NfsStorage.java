package ai.primespark.memory.nfs;

import ai.primespark.spi.Deadline;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierException.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** Prepares a directory on a NAS for memory tiers of type {@code nfs}. For operators' tools; thread-safe. */
public final class NfsStorage {

    private static final Set<String> OURS = Set.of("data", "blobs", "leases", "tmp", "damaged");

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private NfsStorage() {}

    /**
     * Marks an empty, mounted directory as a storage; one that is marked already stays as it is. May block for as long as the
     * mount does.
     *
     * @param directory exists; is a mount point or lies on a network file system
     * @param allowSameDevice whether it may lie on the disk of its parent, too
     * @return the storage's UUID
     * @throws IOException when the mount fails
     * @throws TierException when the directory is missing, not mounted or holds other things; the message says how to mend it
     */
    public static String initialise(Path directory, boolean allowSameDevice) throws IOException {
        Path root = directory.toAbsolutePath().normalize();
        MountGuard guard = new MountGuard(
                "directory " + root,
                new Layout(root),
                new MountGuard.Rules(true, allowSameDevice, null),
                MountTable.SELF);
        return guard.checkNow().storage();
    }

    /** Makes the directories and then the marker, so that a directory that has the marker is complete. */
    static String mark(Layout layout, String who) throws IOException {
        List<String> foreign = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(layout.root())) {
            for (Path entry : entries) {
                String name = NasFiles.name(entry);
                // what an interrupted attempt left or a faster one made, what a file system brings,
                // what a server keeps of deleted files
                if (!OURS.contains(name)
                        && !name.equals(Layout.MARKER)
                        && !name.equals("lost+found")
                        && !name.startsWith(".nfs")
                        && foreign.size() < 3) {
                    foreign.add(name);
                }
            }
        }
        if (!foreign.isEmpty()) {
            throw new TierException(
                    Kind.PERMANENT,
                    who + ": the directory is neither empty nor a storage of this kind (it holds " + foreign
                            + "); give the tier a directory of its own",
                    null);
        }
        for (Path directory : List.of(layout.data(), layout.blobs(), layout.leases(), layout.tmp(), layout.damaged())) {
            NasFiles.makeDirectory(directory);
        }
        String id = UUID.randomUUID().toString();
        String content = "format=" + Layout.FORMAT + "\nid=" + id + "\ncreated="
                + Instant.now().truncatedTo(ChronoUnit.SECONDS) + "\nlayout=" + Layout.NAMING + "\n";
        // not by a link or an exclusive creation: SMB has no links, and a file made before it is written may stay empty
        WriteTicket.Dir tickets = new WriteTicket.Dir(who, layout.tmp(), "marker", PATIENCE.toMillis());
        Deadline deadline = Deadline.in(PATIENCE);
        try (WriteTicket ticket = WriteTicket.prepare(tickets, content.getBytes(StandardCharsets.US_ASCII))) {
            if (ticket.claim(layout.tmp().resolve("marker" + Layout.LOCK), deadline)
                    && NasFiles.head(layout.marker(), 1)
                            == null) { // otherwise another one was faster; its marker holds
                var unused = ticket.publish(layout.marker(), true, deadline);
            }
        }
        NasFiles.syncDirectory(layout.root());
        return parse(NasFiles.readSmall(layout.marker()), who);
    }

    static String parse(byte[] content, String who) {
        Map<String, String> values = new String(content, StandardCharsets.UTF_8)
                .lines()
                .map(line -> line.split("=", 2))
                .filter(pair -> pair.length == 2)
                .collect(Collectors.toMap(pair -> pair[0].strip(), pair -> pair[1].strip(), (first, second) -> second));
        String id = values.getOrDefault("id", "");
        if (!Layout.FORMAT.equals(values.get("format"))
                || !Layout.NAMING.equals(values.get("layout"))
                || !id.matches("[0-9a-f-]{36}")) {
            throw new TierException(
                    Kind.PERMANENT,
                    who + ": the file " + Layout.MARKER + " is damaged or of a newer version; this one reads format="
                            + Layout.FORMAT + " with layout=" + Layout.NAMING + ". Restore it, or update the program",
                    null);
        }
        return id;
    }
}
