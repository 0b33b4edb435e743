package ai.primespark.core.memory.objects;

import ai.primespark.core.runtime.DurableFiles;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.ModelStore;
import ai.primespark.memory.ObjectStore;
import ai.primespark.memory.ObjectStore.ObjectInfo;
import ai.primespark.memory.ScanPage;
import ai.primespark.memory.Stored;
import ai.primespark.memory.TierUnavailableException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Model files as local files:
 *
 * <pre>
 * models/16 hex/                 the beginning of the SHA-256 of the model's name
 *   64 hex/                      the SHA-256 of its content
 *     FILE                       the model, under the last part of its name
 *     verified                   size and time of modification with which its hash was found right
 * </pre>
 */
final class Models implements ModelStore {

    private static final String VERIFIED = "verified";
    private static final int PAGE = 500;
    private static final int STRIPES = 16;

    private final ObjectStore objects;
    private final Path directory;
    private final ReentrantLock[] locks = new ReentrantLock[STRIPES];

    Models(ObjectStore objects, Path directory) {
        this.objects = objects;
        this.directory = directory;
        for (int i = 0; i < STRIPES; i++) {
            locks[i] = new ReentrantLock();
        }
    }

    @Override
    public ObjectInfo add(String name, Path file, LongConsumer progress) throws IOException {
        return objects.upload(name, file, progress);
    }

    @Override
    public Path path(String name, LongConsumer progress) throws IOException {
        ObjectInfo info = objects.stat(name)
                .orElseThrow(() -> new MemoryException("there is no model '" + name + "'; add it first", false, null));
        ReentrantLock lock = lock(name); // one download of a model at a time; the others find it done
        lock.lock();
        try {
            Path home = home(name).resolve(info.sha256());
            Path file = home.resolve(fileName(name));
            if (!isVerified(file, info)) {
                Files.createDirectories(home);
                ObjectInfo fetched = objects.download(name, file, progress);
                if (!fetched.sha256().equals(info.sha256())) { // added anew meanwhile: to where it belongs
                    Path moved = home(name).resolve(fetched.sha256()).resolve(fileName(name));
                    Files.createDirectories(home(name).resolve(fetched.sha256()));
                    Files.move(file, moved, StandardCopyOption.REPLACE_EXISTING);
                    file = moved;
                }
                remember(file);
                sweep(home(name), file);
            }
            return file;
        } finally {
            lock.unlock();
        }
    }

    private ReentrantLock lock(String name) {
        return locks[Math.floorMod(name.hashCode(), STRIPES)];
    }

    private Path home(String name) {
        MessageDigest digest = Sha256.digest();
        digest.update(name.getBytes(StandardCharsets.UTF_8));
        return directory.resolve(Sha256.hex(digest).substring(0, 16));
    }

    /** The last part of a name, made fit for any file system; its ending stays, because programs look at it. */
    static String fileName(String name) {
        String last = name.substring(name.lastIndexOf('/') + 1).replaceAll("[^A-Za-z0-9._-]", "_");
        String safe = last.replaceAll("^[.]+", "_").replaceAll("[.]+$", "_");
        if (safe.isEmpty() || safe.equals(VERIFIED)) {
            return "model-" + safe;
        }
        return safe.length() <= 100 ? safe : safe.substring(safe.length() - 100).replaceAll("^[.]+", "_");
    }

    private boolean isVerified(Path file, ObjectInfo info) throws IOException {
        String now = state(file);
        if (now == null) {
            return false;
        }
        Path note = file.resolveSibling(VERIFIED);
        if (Files.exists(note) && Files.readString(note).equals(now)) {
            return true;
        }
        if (Files.size(file) == info.bytes() && hash(file).equals(info.sha256())) {
            remember(file);
            return true;
        }
        return false;
    }

    private static @Nullable String state(Path file) throws IOException {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return attributes.size() + " " + attributes.lastModifiedTime();
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    private static void remember(Path file) throws IOException {
        String now = state(file);
        if (now != null) {
            DurableFiles.replace(file.resolveSibling(VERIFIED), now.getBytes(StandardCharsets.UTF_8));
        }
    }

    private static String hash(Path file) throws IOException {
        MessageDigest digest = Sha256.digest();
        byte[] buffer = new byte[128 << 10];
        try (InputStream in = Files.newInputStream(file)) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                digest.update(buffer, 0, count);
            }
        }
        return Sha256.hex(digest);
    }

    /** Removes earlier contents of a model. A program that has one open goes on with it. */
    private static void sweep(Path home, @Nullable Path keep) throws IOException {
        try (DirectoryStream<Path> contents = Files.newDirectoryStream(home)) {
            for (Path content : contents) {
                if (keep == null || !keep.startsWith(content)) {
                    try (Stream<Path> files = Files.walk(content)) {
                        for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
                            boolean unused = Files.deleteIfExists(each);
                        }
                    }
                }
            }
        } catch (NoSuchFileException e) {
            // nothing was fetched
        }
    }

    @Override
    public List<ObjectInfo> list() {
        List<ObjectInfo> all = new ArrayList<>();
        @Nullable String cursor = null;
        do {
            ScanPage page = objects.list("", cursor, PAGE);
            if (!page.missingTiers().isEmpty()) {
                throw new TierUnavailableException("list all models", page.missingTiers());
            }
            for (ScanPage.Entry entry : page.entries()) {
                Optional<ObjectInfo> info = objects.stat(entry.key());
                info.ifPresent(all::add);
            }
            cursor = page.next();
        } while (cursor != null);
        all.sort(Comparator.comparing(ObjectInfo::name));
        return all;
    }

    @Override
    public Stored remove(String name) throws IOException {
        ReentrantLock lock = lock(name);
        lock.lock();
        try {
            Stored deleted = objects.delete(name);
            sweep(home(name), null);
            return deleted;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void pin(String name, boolean pinned) {
        objects.pin(name, pinned);
    }

    @Override
    public String toString() {
        return "ModelStore[" + objects + "]";
    }
}
