package ai.primespark.core.memory.objects;

import ai.primespark.memory.MemoryException;
import ai.primespark.memory.ObjectStore;
import ai.primespark.memory.ObjectUpload;
import ai.primespark.memory.UploadException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Uploads that come in pieces, in one directory:
 *
 * <pre>
 * ID.json     what it is to be, and how much of it is safely on the disk; see {@link StagedUpload}
 * ID.part     what has come
 * </pre>
 *
 * <p>What is finished is remembered for as long as an upload may rest, so that a client which lost the last answer learns that
 * all is well. Thread-safe.
 */
final class Staging {

    /** How long an upload may rest. */
    static final Duration REST = Duration.ofHours(24);

    static final int MOST_OPEN = 64;
    private static final int MOST_REMEMBERED = 256;

    /** What uploads leave free on the disk for everything else. */
    private static final long SPARE = 256L << 20;

    private static final Logger LOG = LoggerFactory.getLogger(Staging.class);

    private final Path directory;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();
    private final ConcurrentHashMap<String, StagedUpload> uploads = new ConcurrentHashMap<>();
    private boolean loaded; // guarded by this

    Staging(Path directory, InstantSource clock) {
        this.directory = directory;
        this.clock = clock;
    }

    synchronized ObjectUpload begin(ObjectStore store, String namespace, String name, long length) throws IOException {
        Files.createDirectories(directory);
        sweep();
        makeRoom(length);
        byte[] id = new byte[16];
        random.nextBytes(id);
        StagedUpload upload = new StagedUpload(
                this, HexFormat.of().formatHex(id), StagedUpload.Note.begun(namespace, name, length, clock.instant()));
        upload.save();
        uploads.put(upload.id(), upload);
        return upload.in(store);
    }

    private void makeRoom(long length) throws IOException {
        long open = uploads.values().stream().filter(StagedUpload::isOpen).count();
        if (open >= MOST_OPEN) {
            throw new UploadException(
                    UploadException.Kind.TOO_MANY,
                    open
                            + " uploads have been begun and not finished; finish or abort one, or wait until one is over its"
                            + " time (" + REST.toHours() + " h)");
        }
        uploads.values().stream()
                .filter(upload -> !upload.isOpen())
                .sorted(Comparator.comparing(StagedUpload::expiresAt).reversed())
                .skip(MOST_REMEMBERED)
                .forEach(this::remove);
        long free = Files.getFileStore(directory).getUsableSpace();
        long promised = uploads.values().stream()
                .filter(StagedUpload::isOpen)
                .mapToLong(upload -> upload.length() - upload.offset())
                .sum();
        if (length > free - promised - SPARE) {
            throw new UploadException(
                    UploadException.Kind.NO_SPACE,
                    "there is no room for " + length + " bytes in " + directory + ": " + free + " are free, of which "
                            + promised + " are promised to other uploads and " + SPARE + " are kept free");
        }
    }

    /** An upload of a namespace, unless it is over its time. */
    Optional<ObjectUpload> find(ObjectStore store, String namespace, String id) {
        sweep();
        return Optional.ofNullable(uploads.get(id))
                .filter(upload -> upload.namespace().equals(namespace))
                .map(upload -> upload.in(store));
    }

    /** Forgets what is over its time, of this process and of earlier ones. */
    synchronized void sweep() {
        load();
        uploads.values().stream()
                .filter(upload -> upload.expiresAt().isBefore(clock.instant()))
                .forEach(this::remove);
    }

    private void remove(StagedUpload upload) {
        try {
            upload.forget();
        } catch (UploadException e) {
            // somebody is at work on it, so it is not over its time any more
        } catch (IOException e) {
            LOG.warn("Cannot remove the files of an upload that is over its time: {}", e.toString());
        }
    }

    private void load() {
        if (loaded) {
            return;
        }
        loaded = true;
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (DirectoryStream<Path> notes = Files.newDirectoryStream(directory, "*.json")) {
            for (Path note : notes) {
                load(note);
            }
        } catch (IOException e) {
            LOG.warn("Cannot read {}; uploads begun before this start are not found: {}", directory, e.toString());
        }
    }

    private void load(Path note) {
        String file = note.getFileName().toString();
        String id = file.substring(0, file.length() - ".json".length());
        try {
            uploads.put(id, new StagedUpload(this, id, StagedUpload.Note.read(note)));
        } catch (IOException | MemoryException e) {
            LOG.warn("An upload that was begun before this start cannot go on, {} is damaged", note);
        }
    }

    void dropped(String id) {
        uploads.remove(id);
    }

    InstantSource clock() {
        return clock;
    }

    Path note(String id) {
        return directory.resolve(id + ".json");
    }

    Path part(String id) {
        return directory.resolve(id + ".part");
    }
}
