package ai.primespark.core.memory.objects;

import ai.primespark.memory.Ack;
import ai.primespark.memory.GarbageReport;
import ai.primespark.memory.Lookup;
import ai.primespark.memory.Memory;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.ObjectConflictException;
import ai.primespark.memory.ObjectContent;
import ai.primespark.memory.ObjectStore;
import ai.primespark.memory.ObjectUpload;
import ai.primespark.memory.PutOptions;
import ai.primespark.memory.ScanPage;
import ai.primespark.memory.Stored;
import ai.primespark.memory.UploadException;
import ai.primespark.memory.Version;
import ai.primespark.memory.WriteResult;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** The objects of one namespace, as applications see them. */
final class NamespaceObjects implements ObjectStore {

    private static final int READ_AT_ONCE = 16;

    private final ObjectsEngine engine;
    private final ObjectSpace space;

    NamespaceObjects(ObjectsEngine engine, ObjectSpace space) {
        this.engine = engine;
        this.space = space;
    }

    // --- up

    @Override
    public ObjectInfo upload(String name, Path file, LongConsumer progress) throws IOException {
        check(name);
        BasicFileAttributes before = Files.readAttributes(file, BasicFileAttributes.class);
        if (!before.isRegularFile()) {
            throw new IOException("not a regular file: " + file);
        }
        Object changedBefore = changedAt(file);
        try (InputStream content = new FilePieces(file)) {
            return upload(name, content, before.size(), progress, always(name), () -> {
                BasicFileAttributes after = Files.readAttributes(file, BasicFileAttributes.class);
                boolean same = after.size() == before.size()
                        && after.lastModifiedTime().equals(before.lastModifiedTime())
                        && Objects.equals(after.fileKey(), before.fileKey())
                        && Objects.equals(changedAt(file), changedBefore);
                if (!same) {
                    throw new MemoryException(
                            "the file " + file + " changed while it was read; nothing was stored as "
                                    + space.quoted(name) + ", try again when nobody writes it",
                            true,
                            null);
                }
            });
        }
    }

    /** When anything about a file changed, where the system knows: unlike the time of modification, nobody can set it. */
    private static @Nullable Object changedAt(Path file) throws IOException {
        try {
            return Files.getAttribute(file, "unix:ctime");
        } catch (UnsupportedOperationException | IllegalArgumentException e) {
            return null;
        }
    }

    @Override
    public ObjectInfo upload(String name, InputStream content, long length, LongConsumer progress) throws IOException {
        return upload(name, content, length, progress, always(name));
    }

    @Override
    public ObjectInfo uploadIf(
            String name, InputStream content, long length, LongConsumer progress, @Nullable Version expected)
            throws IOException {
        return upload(
                name,
                content,
                length,
                progress,
                (heads, json, options) -> expected == null
                        ? heads.putIfAbsent(name, json, options)
                        : heads.replace(name, expected, json, options));
    }

    private ObjectInfo upload(String name, InputStream content, long length, LongConsumer progress, Naming naming)
            throws IOException {
        check(name);
        Objects.requireNonNull(content, "content");
        if (length < -1) {
            throw new IllegalArgumentException("a length is 0 or more, or -1 when it is not known: " + length);
        }
        return upload(name, content, length, progress, naming, () -> {});
    }

    @Override
    public ObjectUpload beginUpload(String name, long length) throws IOException {
        check(name);
        if (length < 0) {
            throw new IllegalArgumentException("a length is 0 or more: " + length);
        }
        if (space.sealsOnTheEdge()) {
            throw new MemoryException(
                    "uploads to " + space.quoted(name)
                            + " cannot come in pieces: what waits on this machine's disk would not be encrypted",
                    false,
                    null);
        }
        long largest =
                ObjectHead.mostChunks(engine.config.maxHeadBytes(), space.sealsAnywhere()) * engine.config.chunkBytes();
        if (length > largest) {
            throw new UploadException(
                    UploadException.Kind.TOO_LARGE,
                    "object " + space.quoted(name) + " is too large: the largest has " + largest + " bytes");
        }
        return engine.staging.begin(this, space.name, name, length);
    }

    @Override
    public Optional<ObjectUpload> findUpload(String id) {
        return engine.staging.find(this, space.name, id);
    }

    /** Gives what was uploaded its name. */
    @FunctionalInterface
    private interface Naming {

        WriteResult put(Memory heads, String json, PutOptions options);
    }

    private static Naming always(String name) {
        return (heads, json, options) -> heads.put(name, json, options);
    }

    /** Looks once more at where the content came from. */
    @FunctionalInterface
    private interface Recheck {
        void run() throws IOException;
    }

    private ObjectInfo upload(
            String name, InputStream content, long length, LongConsumer progress, Naming naming, Recheck recheck)
            throws IOException {
        Objects.requireNonNull(progress, "progress");
        Ack ack = engine.ack(space);
        Todo.Item item = new Todo.Item(space.name, name);
        try (ActiveChunks.Session session = engine.active.open()) {
            Upload upload = new Upload(
                    engine.chunks,
                    space,
                    name,
                    engine.config.chunkBytes(),
                    ObjectHead.mostChunks(engine.config.maxHeadBytes(), space.sealsAnywhere()),
                    ack,
                    engine.blocking,
                    session);
            engine.announce(space);
            engine.replicator.beginUpload(item);
            try {
                ObjectHead head = upload.run(content, length, progress);
                recheck.run();
                Stored stored = named(name, naming.put(space.heads, head.toJson(), PutOptions.DEFAULT.withAck(ack)));
                checkKept(upload, name);
                return info(name, head, stored.version());
            } finally {
                engine.replicator.endUpload(item);
            }
        } catch (TierException e) {
            throw new MemoryException("cannot upload object " + space.quoted(name) + ": " + e.getMessage(), true, e);
        }
    }

    private Stored named(String name, WriteResult result) {
        if (result instanceof Stored stored) {
            return stored;
        }
        throw new ObjectConflictException(
                "object " + space.quoted(name) + " was not stored: another version is there than was expected",
                result instanceof WriteResult.Conflict conflict
                        ? conflict.currentVersion().orElse(null)
                        : null);
    }

    private void checkKept(Upload upload, String name) {
        if (upload.lostMeanwhile()) {
            throw new MemoryException(
                    "another machine removed chunks of object " + space.quoted(name)
                            + " while it was uploaded, because nothing needed them before; upload it again",
                    true,
                    null);
        }
    }

    // --- down

    @Override
    public ObjectInfo download(String name, Path file, LongConsumer progress) throws IOException {
        check(name);
        Objects.requireNonNull(progress, "progress");
        ObjectSpace.Stored stored = space.get(name, "download");
        new Download(engine.chunks, space, name, stored.head(), engine.blocking).run(file, progress);
        return info(name, stored.head(), stored.version());
    }

    @Override
    public InputStream read(String name, long offset, long length) {
        check(name);
        ObjectSpace.Stored stored = space.get(name, "read");
        long size = stored.head().bytes();
        long count = length == -1 ? size - offset : length;
        if (offset < 0 || count < 0 || offset > size - count) {
            throw new MemoryException(
                    "object " + space.quoted(name) + " has " + size + " bytes; there are no " + length + " from "
                            + offset + " on",
                    false,
                    null);
        }
        try {
            SeekableByteChannel channel = content(name, stored).position(offset);
            return new Limited(Channels.newInputStream(channel), count);
        } catch (IOException e) {
            throw new IllegalStateException("an open channel can be positioned", e);
        }
    }

    @Override
    public ObjectContent open(String name) {
        check(name);
        return content(name, space.get(name, "open"));
    }

    @Override
    public Optional<ObjectContent> find(String name) {
        check(name);
        return Optional.ofNullable(space.find(name, "open")).map(stored -> content(name, stored));
    }

    private ObjectContent content(String name, ObjectSpace.Stored stored) {
        return new ObjectChannel(engine.chunks, space, stored.head(), info(name, stored.head(), stored.version()));
    }

    // --- looking around

    @Override
    public Optional<ObjectInfo> stat(String name) {
        check(name);
        ObjectSpace.Stored stored = space.find(name, "describe");
        return stored == null ? Optional.empty() : Optional.of(info(name, stored.head(), stored.version()));
    }

    @Override
    public ScanPage list(String prefix, @Nullable String cursor, int limit) {
        ScanPage page = space.heads.scan(prefix, cursor, limit);
        List<ScanPage.Entry> entries = new ArrayList<>();
        Set<String> missing = new LinkedHashSet<>(page.missingTiers());
        for (int from = 0; from < page.entries().size(); from += READ_AT_ONCE) {
            List<ScanPage.Entry> some =
                    page.entries().subList(from, Math.min(page.entries().size(), from + READ_AT_ONCE));
            Map<String, Lookup<String>> heads =
                    space.heads.getAll(some.stream().map(ScanPage.Entry::key).toList(), String.class);
            for (ScanPage.Entry entry : some) {
                Lookup<String> head = heads.get(entry.key());
                if (head instanceof Lookup.Found<String> found) {
                    ObjectHead read = ObjectHead.parse(space.quoted(entry.key()), found.value());
                    entries.add(new ScanPage.Entry(
                            entry.key(), entry.version(), entry.expiry(), read.bytes(), entry.tiers()));
                } else if (head instanceof Lookup.Unknown<String> unknown) {
                    missing.addAll(unknown.tiersNotAsked());
                }
            }
        }
        return new ScanPage(entries, page.next(), List.copyOf(missing));
    }

    private ObjectInfo info(String name, ObjectHead head, Version version) {
        return new ObjectInfo(
                name,
                head.bytes(),
                head.sha256(),
                version,
                Instant.ofEpochMilli(version.millis()),
                engine.pins.contains(space.name, name));
    }

    // --- keeping and letting go

    @Override
    public Stored delete(String name) {
        check(name);
        Stored deleted = space.heads.delete(name);
        engine.pins.set(space.name, name, false);
        return deleted;
    }

    @Override
    public WriteResult deleteIf(String name, Version expected) {
        check(name);
        WriteResult deleted = space.heads.deleteIf(name, expected);
        if (deleted instanceof Stored) {
            engine.pins.set(space.name, name, false);
        }
        return deleted;
    }

    @Override
    public void pin(String name, boolean pinned) {
        check(name);
        if (!pinned) {
            engine.pins.set(space.name, name, false);
            return;
        }
        BlobLink local = space.local();
        if (local == null) {
            throw new MemoryException(
                    "cannot pin object " + space.quoted(name)
                            + ": no tier on a disk of this machine holds objects; configure one of the type directory",
                    false,
                    null);
        }
        ObjectHead head = space.get(name, "pin").head();
        boolean before = engine.pins.contains(space.name, name);
        engine.pins.set(space.name, name, true); // first, so that room is not made at its own cost
        try (ActiveChunks.Session session = engine.active.open()) {
            bring(name, head, local, session);
        } catch (MemoryException | TierException e) {
            if (!before) {
                engine.pins.set(space.name, name, false);
            }
            if (e instanceof MemoryException memory) {
                throw memory;
            }
            throw new MemoryException("cannot pin object " + space.quoted(name) + ": " + e.getMessage(), true, e);
        }
    }

    private void bring(String name, ObjectHead head, BlobLink local, ActiveChunks.Session session) {
        ChunkBuffer buffer = engine.chunks.buffers.take(head.chunkBytes(), head.bytes());
        for (int i = 0; i < head.count(); i++) {
            String address = head.address(i, space.seals(local) && head.isSealed());
            session.protect(address);
            if (!local.has(address)) {
                engine.chunks.fetch(space, name, head, i, buffer);
                String unused = engine.chunks.store(space, head, i, buffer, local);
            }
        }
        engine.chunks.buffers.give(buffer);
    }

    @Override
    public GarbageReport collectGarbage(Duration grace) {
        if (grace.isNegative()) {
            throw new IllegalArgumentException("a grace is not negative: " + grace);
        }
        return engine.collectGarbage(grace);
    }

    @Override
    public boolean flush(Duration timeout) {
        return engine.flush(timeout);
    }

    private void check(String name) {
        TierKey unused = TierKey.of(space.heads.name(), Objects.requireNonNull(name, "name"));
    }

    @Override
    public String toString() {
        return "ObjectStore[" + space.name + "]";
    }
}
