package ai.primespark.core.memory.objects;

import ai.primespark.core.runtime.DurableFiles;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.ObjectStore;
import ai.primespark.memory.ObjectStore.ObjectInfo;
import ai.primespark.memory.ObjectUpload;
import ai.primespark.memory.UploadException;
import ai.primespark.memory.Version;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One upload that comes in pieces. Only what was synced to the disk counts after a crash: the note says how much that is, and
 * what the file has beyond is cut off before the next piece.
 */
final class StagedUpload {

    private static final int PIECE = 128 << 10;

    /** How much may come between two syncs. */
    private static final long SYNC_EVERY = 16L << 20;

    private final Staging staging;
    private final String id;
    private final ReentrantLock busy = new ReentrantLock();
    private volatile Note note;
    private volatile long offset;
    private volatile boolean gone;

    /**
     * What the file ID.json says.
     *
     * @param offset how much is safely on the disk
     * @param touched when the last piece came
     * @param stored what became of it, or null
     */
    record Note(
            String namespace,
            String name,
            long length,
            long offset,
            Instant touched,
            @Nullable ObjectInfo stored) {

        /** Made when needed: making it takes longer than the rest of a start. */
        private static final class Json {
            static final JsonMapper MAPPER = JsonMapper.builder().build();
        }

        static Note begun(String namespace, String name, long length, Instant now) {
            return new Note(namespace, name, length, 0, now, null);
        }

        static Note read(Path file) throws IOException {
            JsonNode root = Json.MAPPER.readTree(Files.readAllBytes(file));
            try {
                if (root.path("format").asInt() != 1) {
                    throw new IOException("unknown format");
                }
                String name = root.get("name").textValue();
                JsonNode stored = root.get("stored");
                return new Note(
                        root.get("namespace").textValue(),
                        name,
                        root.get("length").longValue(),
                        root.get("offset").longValue(),
                        Instant.ofEpochMilli(root.get("touched").longValue()),
                        stored == null ? null : info(name, stored));
            } catch (NullPointerException | IllegalArgumentException e) {
                throw new IOException("damaged", e);
            }
        }

        private static ObjectInfo info(String name, JsonNode stored) {
            Version version = Version.parse(stored.get("version").textValue());
            return new ObjectInfo(
                    name,
                    stored.get("bytes").longValue(),
                    stored.get("sha256").textValue(),
                    version,
                    Instant.ofEpochMilli(version.millis()),
                    stored.get("pinned").booleanValue());
        }

        void write(Path file) throws IOException {
            ObjectNode root = Json.MAPPER
                    .createObjectNode()
                    .put("format", 1)
                    .put("namespace", namespace)
                    .put("name", name)
                    .put("length", length)
                    .put("offset", offset)
                    .put("touched", touched.toEpochMilli());
            if (stored != null) {
                ObjectNode unused = root.putObject("stored")
                        .put("bytes", stored.bytes())
                        .put("sha256", stored.sha256())
                        .put("version", stored.version().toString())
                        .put("pinned", stored.pinned());
            }
            DurableFiles.replace(file, Json.MAPPER.writeValueAsBytes(root));
        }

        Note at(long newOffset, Instant now) {
            return new Note(namespace, name, length, newOffset, now, stored);
        }

        Note storedAs(ObjectInfo info, Instant now) {
            return new Note(namespace, name, length, length, now, info);
        }
    }

    StagedUpload(Staging staging, String id, Note note) {
        this.staging = staging;
        this.id = id;
        this.note = note;
        this.offset = note.offset();
    }

    String id() {
        return id;
    }

    String namespace() {
        return note.namespace();
    }

    long length() {
        return note.length();
    }

    long offset() {
        return offset;
    }

    boolean isOpen() {
        return note.stored() == null;
    }

    Instant expiresAt() {
        return note.touched().plus(Staging.REST);
    }

    void save() throws IOException {
        note.write(staging.note(id));
    }

    /** As the users of a store see it. */
    ObjectUpload in(ObjectStore store) {
        return new View(store);
    }

    private void begin() {
        if (!busy.tryLock()) {
            throw new UploadException(
                    UploadException.Kind.BUSY, "upload " + id + " is being worked on; try again when that has ended");
        }
        if (gone) {
            busy.unlock();
            throw new UploadException(UploadException.Kind.GONE, "upload " + id + " was aborted or is over its time");
        }
    }

    private long append(long at, InputStream content) throws IOException {
        begin();
        try {
            if (at != offset) {
                throw wrongOffset("goes on at byte " + offset + ", not at " + at);
            }
            if (isOpen()) {
                write(content);
            }
            return offset;
        } finally {
            busy.unlock();
        }
    }

    private UploadException wrongOffset(String how) {
        return new UploadException(UploadException.Kind.WRONG_OFFSET, "upload " + id + " " + how);
    }

    private void write(InputStream content) throws IOException {
        try (FileChannel part =
                FileChannel.open(staging.part(id), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            FileChannel cut = part.truncate(offset).position(offset);
            try {
                copy(content, cut);
            } finally {
                sync(cut);
            }
        }
    }

    private void copy(InputStream content, FileChannel part) throws IOException {
        byte[] piece = new byte[PIECE];
        long end = offset;
        for (int count = content.read(piece); count >= 0; count = content.read(piece)) {
            if (count > length() - end) {
                throw new UploadException(
                        UploadException.Kind.TOO_LARGE,
                        "upload " + id + " has more than the " + length() + " bytes that were announced");
            }
            write(part, ByteBuffer.wrap(piece, 0, count));
            end += count;
            offset = end;
            if (end - note.offset() >= SYNC_EVERY) {
                sync(part);
            }
        }
    }

    private void write(FileChannel part, ByteBuffer piece) {
        try {
            while (piece.hasRemaining()) {
                int unused = part.write(piece);
            }
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    private void sync(FileChannel part) {
        try {
            part.force(false);
            note = note.at(offset, staging.clock().instant());
            save();
        } catch (IOException e) {
            offset = note.offset();
            throw unwritable(e);
        }
    }

    private MemoryException unwritable(IOException e) {
        return new MemoryException(
                "upload " + id + " cannot be written to this machine's disk: " + e
                        + "; what came before is kept, make room and go on",
                true,
                e);
    }

    private ObjectInfo finish(ObjectStore store, LongConsumer progress) throws IOException {
        begin();
        try {
            ObjectInfo done = note.stored();
            if (done != null) {
                return done;
            }
            if (offset < length()) {
                throw wrongOffset("has " + offset + " of " + length() + " bytes");
            }
            Path part = staging.part(id);
            if (length() == 0) {
                Files.write(part, new byte[0]);
            }
            ObjectInfo stored = store.upload(note.name(), part, progress);
            note = note.storedAs(stored, staging.clock().instant());
            save();
            boolean unused = Files.deleteIfExists(part);
            return stored;
        } finally {
            busy.unlock();
        }
    }

    /** Removes the files. */
    void forget() throws IOException {
        if (gone) {
            return;
        }
        begin();
        try {
            boolean part = Files.deleteIfExists(staging.part(id));
            boolean unused = Files.deleteIfExists(staging.note(id)) || part;
            gone = true;
            staging.dropped(id);
        } finally {
            busy.unlock();
        }
    }

    private final class View implements ObjectUpload {

        private final ObjectStore store;

        View(ObjectStore store) {
            this.store = store;
        }

        @Override
        public String id() {
            return id;
        }

        @Override
        public String name() {
            return note.name();
        }

        @Override
        public long length() {
            return StagedUpload.this.length();
        }

        @Override
        public long offset() {
            return offset;
        }

        @Override
        public Instant expiresAt() {
            return StagedUpload.this.expiresAt();
        }

        @Override
        public Optional<ObjectInfo> stored() {
            return Optional.ofNullable(note.stored());
        }

        @Override
        public long append(long at, InputStream content) throws IOException {
            return StagedUpload.this.append(at, content);
        }

        @Override
        public ObjectInfo finish(LongConsumer progress) throws IOException {
            return StagedUpload.this.finish(store, progress);
        }

        @Override
        public void abort() throws IOException {
            forget();
        }

        @Override
        public String toString() { // the id opens the upload to whoever knows it
            return "ObjectUpload[" + offset + " of " + length() + " bytes]";
        }
    }
}
