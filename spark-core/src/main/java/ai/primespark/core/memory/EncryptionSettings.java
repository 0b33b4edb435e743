package ai.primespark.core.memory;

import ai.primespark.Secret;
import ai.primespark.Zone;
import ai.primespark.memory.Keyring;
import ai.primespark.memory.MemoryException;
import ai.primespark.spi.KeyProvider;
import ai.primespark.spi.Setting;
import ai.primespark.spi.Settings;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What {@code primespark.memory.encryption} understands. */
final class EncryptionSettings {

    static final Setting<Path> KEYS_FILE = Setting.path(
                    "encryption.keys-file", "The keyring that values are sealed with; only its owner may read it.")
            .optional();

    static final Setting<String> KEY_ID =
            Setting.text("id", "The key's name.").must(id -> id.matches(KeyProvider.ID_RULE), KeyProvider.ID_RULE);

    static final Setting<Secret> KEY = Setting.secret("key", "32 random bytes in base64.")
            .must(key -> bytes(key).length == 32, "32 bytes in base64");

    static final Setting<List<Settings>> KEYS = Setting.objects(
                    "encryption.keys",
                    "Keys instead of a keyring's file, oldest first, for where secrets come from the environment.",
                    List.of(KEY_ID, KEY))
            .optional();

    static final Setting<String> ACTIVE = Setting.text(
                    "encryption.active",
                    "Which of these keys seals what is written from now on. Without it: the last one.")
            .optional();

    static final Setting<String> NAMES = Setting.text(
                    "encryption.names",
                    "Which of these keys seals names, for the life of the data. Without it: the first one.")
            .optional();

    static final Setting<Zone> FROM = Setting.choice(
                    "encryption.from",
                    Zone.class,
                    "Values are sealed before they reach a tier of this zone or one farther away, if there are keys and"
                            + " the namespace does not say otherwise.")
            .defaultsTo(Zone.TRUSTED);

    static final Setting<Boolean> PLAIN_RECORDS = Setting.bool(
                    "encryption.plain-records",
                    "Whether sealed tiers are searched for records from before they were sealed, too; turn it off once all"
                            + " are sealed: it costs a second look-up and lets forged records in.")
            .defaultsTo(true);

    static final List<Setting<?>> ALL = List.of(KEYS_FILE, KEYS, ACTIVE, NAMES, FROM, PLAIN_RECORDS);

    private EncryptionSettings() {}

    /**
     * The keys that the settings speak of.
     *
     * @return null when they speak of none
     * @throws IllegalArgumentException when they do not fit together, or the file cannot be used
     */
    static @Nullable KeyProvider keys(Settings settings) {
        Optional<Path> file = settings.find(KEYS_FILE);
        List<Settings> listed = settings.find(KEYS).orElse(List.of());
        Optional<String> active = settings.find(ACTIVE);
        Optional<String> names = settings.find(NAMES);
        if (listed.isEmpty()) {
            if (active.isPresent() || names.isPresent()) {
                throw new IllegalArgumentException(
                        "encryption.active and encryption.names choose among encryption.keys,"
                                + " and there are none; a keyring's file says itself which key is which");
            }
            return file.map(EncryptionSettings::load).orElse(null);
        }
        if (file.isPresent()) {
            throw new IllegalArgumentException(
                    "keys come from encryption.keys-file or from encryption.keys, not from both");
        }
        Map<String, byte[]> keys = new LinkedHashMap<>();
        String last = "";
        for (Settings entry : listed) {
            last = entry.get(KEY_ID);
            if (keys.put(last, bytes(entry.get(KEY))) != null) {
                throw new IllegalArgumentException("encryption.keys has two keys with the id '" + last + "'");
            }
        }
        return Keyring.of(keys, active.orElse(last), names.orElse(null));
    }

    private static Keyring load(Path file) {
        try {
            return Keyring.load(file);
        } catch (MemoryException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /** Empty when it is not base64; the JDK's message would quote it. */
    private static byte[] bytes(Secret key) {
        try {
            return Base64.getDecoder().decode(key.reveal().strip());
        } catch (IllegalArgumentException e) {
            return new byte[0];
        }
    }
}
