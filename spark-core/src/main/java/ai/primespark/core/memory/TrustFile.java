package ai.primespark.core.memory;

import ai.primespark.memory.Version;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this machine knows of its tiers from run to run, and when it last compared them, in a small file. A file that is damaged
 * counts as none: the tiers are then met as for the first time. Thread-safe.
 */
final class TrustFile {

    private static final Logger LOG = LoggerFactory.getLogger(TrustFile.class);
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private final Path file;
    private final Map<String, Known> tiers = new TreeMap<>(); // guarded by this
    private long lastRepairMillis; // guarded by this

    /**
     * What is known of a tier.
     *
     * @param storage the identity of its storage
     * @param lastSeenMillis when it was last in step with the others, as far as this machine can tell
     * @param mark the version of the mark that it is known to hold, or null
     * @param doubted whether it must be compared with the others before it is believed
     */
    record Known(
            String storage, long lastSeenMillis, @Nullable String mark, boolean doubted) {

        @Nullable
        Version markVersion() {
            return mark == null ? null : Version.parse(mark);
        }

        Known doubtedNow() {
            return new Known(storage, lastSeenMillis, mark, true);
        }

        Known seen(long nowMillis) {
            return new Known(storage, nowMillis, mark, doubted);
        }
    }

    /** The file's content. */
    record Content(int format, long lastRepairMillis, Map<String, Known> tiers) {}

    TrustFile(Path file) {
        this.file = file;
        if (Files.exists(file)) {
            try {
                Content content = MAPPER.readValue(Files.readAllBytes(file), Content.class);
                if (content.format() != 1) {
                    throw new IOException("unknown format " + content.format());
                }
                tiers.putAll(content.tiers());
                tiers.values().forEach(Known::markVersion);
                lastRepairMillis = content.lastRepairMillis();
            } catch (IOException | RuntimeException e) {
                tiers.clear();
                LOG.warn(
                        "Cannot read {} ({}): whether a tier was away for too long or was put back to an earlier state"
                                + " cannot be told this time. If one may have been, run a repair and check it.",
                        file,
                        e.getClass().getSimpleName());
            }
        }
    }

    synchronized @Nullable Known known(String tier) {
        return tiers.get(tier);
    }

    synchronized long lastRepairMillis() {
        return lastRepairMillis;
    }

    synchronized void remember(String tier, Known now) {
        tiers.put(tier, now);
        save();
    }

    synchronized void repaired(long nowMillis) {
        lastRepairMillis = nowMillis;
        save();
    }

    private void save() {
        try {
            StateFile.replace(
                    file,
                    MAPPER.writerWithDefaultPrettyPrinter()
                            .writeValueAsBytes(new Content(1, lastRepairMillis, new TreeMap<>(tiers))));
        } catch (IOException e) { // the next one may succeed; an older file makes for more caution, not for less
            LOG.warn("Cannot write {}: {}", file, e.toString());
        }
    }
}
