package ai.primespark.core.memory.objects;

import ai.primespark.core.runtime.DurableFiles;
import ai.primespark.memory.MemoryException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The objects whose chunks have still to reach a tier, one small file each, written before an object's head is: a process that
 * was killed finds here what it had promised. Thread-safe.
 */
final class Todo {

    private static final Logger LOG = LoggerFactory.getLogger(Todo.class);
    /** Made when a file is read or written: making it takes longer than the rest of a start. */
    private static final class Json {
        static final JsonMapper MAPPER = JsonMapper.builder().build();
    }

    private final Path directory;

    /** An object by namespace and name. */
    record Item(String namespace, String object) {}

    Todo(Path directory) {
        this.directory = directory;
    }

    /** On disk when this returns. */
    void add(Item item) {
        try {
            Path file = file(item);
            if (!Files.exists(file)) {
                DurableFiles.replace(
                        file,
                        Json.MAPPER.writeValueAsBytes(Json.MAPPER
                                .createObjectNode()
                                .put("namespace", item.namespace())
                                .put("object", item.object())));
            }
        } catch (IOException e) {
            throw new MemoryException(
                    "cannot note in " + directory + " that object '" + item.object() + "' has to reach other tiers: "
                            + e,
                    true,
                    e);
        }
    }

    void remove(Item item) {
        try {
            boolean unused = Files.deleteIfExists(file(item));
        } catch (IOException e) {
            LOG.debug("Done all the same, and looked at again at the next start: {}", item, e);
        }
    }

    /** Everything that is on disk. */
    void each(Consumer<Item> visit) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.json")) {
            for (Path file : files) {
                read(file).ifPresent(visit);
            }
        } catch (NoSuchFileException e) {
            // nothing was ever stored
        } catch (IOException | DirectoryIteratorException e) {
            LOG.warn("Cannot list {}; objects that wait there reach their tiers after the next start", directory, e);
        }
    }

    private static Optional<Item> read(Path file) {
        try {
            JsonNode json = Json.MAPPER.readTree(Files.readAllBytes(file));
            if (json.path("namespace").isTextual() && json.path("object").isTextual()) {
                return Optional.of(new Item(
                        json.path("namespace").asText(), json.path("object").asText()));
            }
            LOG.warn("Not a note about an object, left alone: {}", file);
        } catch (IOException e) {
            LOG.warn("Cannot read {}, left alone", file, e);
        }
        return Optional.empty();
    }

    private Path file(Item item) {
        MessageDigest digest = Sha256.digest();
        digest.update(item.namespace().getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
        digest.update(item.object().getBytes(StandardCharsets.UTF_8));
        return directory.resolve(Sha256.hex(digest) + ".json");
    }
}
