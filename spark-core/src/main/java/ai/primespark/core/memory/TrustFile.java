package ai.primespark.core.memory;

import ai.primespark.core.runtime.StateJson;
import ai.primespark.memory.Version;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
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
    private final Path file;
    private final Map<String, Known> tiers = new TreeMap<>(); // guarded by this
    private long lastRepairMillis; // guarded by this
    private long lastCompleteMillis; // guarded by this

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

    TrustFile(Path file) {
        this.file = file;
        if (Files.exists(file)) {
            try {
                Config content = StateJson.read(file);
                for (ConfigValue each : content.getObject("tiers").values()) {
                    Config entry = ((ConfigObject) each).toConfig();
                    Known read = new Known(
                            entry.getString("storage"),
                            entry.getLong("lastSeenMillis"),
                            entry.hasPath("mark") ? entry.getString("mark") : null,
                            entry.getBoolean("doubted"));
                    Version unused = read.markVersion(); // throws when it is none
                    tiers.put(entry.getString("tier"), read);
                }
                lastRepairMillis = content.getLong("lastRepairMillis");
                lastCompleteMillis = content.getLong("lastCompleteMillis");
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

    /** When a repair began that reached every tier of every namespace; 0 for never. */
    synchronized long lastCompleteMillis() {
        return lastCompleteMillis;
    }

    /** @param completeMillis when it began, if it reached every tier; else 0 */
    synchronized void repaired(long nowMillis, long completeMillis) {
        lastRepairMillis = nowMillis;
        lastCompleteMillis = Math.max(lastCompleteMillis, completeMillis);
        save();
    }

    private void save() {
        Map<String, Map<String, Object>> entries = new TreeMap<>();
        tiers.forEach((tier, its) -> {
            Map<String, Object> entry = new TreeMap<>();
            entry.put("tier", tier);
            entry.put("storage", its.storage());
            entry.put("lastSeenMillis", its.lastSeenMillis());
            if (its.mark() != null) {
                entry.put("mark", its.mark());
            }
            entry.put("doubted", its.doubted());
            entries.put(tier, entry);
        });
        try {
            StateJson.replace(
                    file,
                    Map.of(
                            "lastRepairMillis",
                            lastRepairMillis,
                            "lastCompleteMillis",
                            lastCompleteMillis,
                            "tiers",
                            entries));
        } catch (IOException e) { // the next one may succeed; an older file makes for more caution, not for less
            LOG.warn("Cannot write {}: {}", file, e.toString());
        }
    }
}
