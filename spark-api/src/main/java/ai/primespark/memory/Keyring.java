package ai.primespark.memory;

import ai.primespark.Experimental;
import ai.primespark.spi.KeyProvider;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The keys of sealed memory, in a file that only its owner may read. Immutable and thread-safe; {@link #toString()} prints ids
 * and never a key.
 *
 * <pre>{@code
 * Keyring.generate("2026-11").save(file);               // once; keep a copy where the data is not
 * Keyring.load(file).rotate("2027-05").save(file);      // later: new records under a new key, old ones stay readable
 * }</pre>
 *
 * <p>The file is text: {@code names ID}, {@code active ID}, and a line {@code key ID BASE64} for each key, oldest first; lines
 * that begin with {@code #} are comments. A key that is lost is lost with everything that is sealed under it.
 */
@Experimental
public final class Keyring implements KeyProvider {

    private static final int KEY_BYTES = 32;
    private static final long LONGEST_FILE = 1 << 20;
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    private final Map<String, SecretKeySpec> keys;
    private final String active;
    private final String names;

    private Keyring(Map<String, SecretKeySpec> keys, String active, String names) {
        this.keys = keys;
        this.active = active;
        this.names = names;
    }

    /**
     * A ring of given keys.
     *
     * @param keys 32 random bytes each, by id, oldest first; copied
     * @param activeId the id of the key that seals what is written from now on
     * @param namesId the id of the key that names are sealed with, or null for the oldest one
     * @return the ring
     * @throws IllegalArgumentException when an id or a key has the wrong form, or an id names no key
     */
    public static Keyring of(Map<String, byte[]> keys, String activeId, @Nullable String namesId) {
        Map<String, SecretKeySpec> copy = new LinkedHashMap<>();
        keys.forEach((id, key) -> copy.put(checkId(id), spec(id, key)));
        if (copy.isEmpty()) {
            throw new IllegalArgumentException("a keyring needs at least one key");
        }
        String names = namesId == null ? copy.keySet().iterator().next() : namesId;
        for (String id : List.of(activeId, names)) {
            if (!copy.containsKey(id)) {
                throw new IllegalArgumentException("there is no key '" + id + "'; there are " + copy.keySet());
            }
        }
        return new Keyring(copy, activeId, names);
    }

    /**
     * A ring with one new random key.
     *
     * @param id the key's name, for example the month
     * @return the ring; not stored anywhere yet
     * @throws IllegalArgumentException when the id has not the form {@link KeyProvider#ID_RULE}
     */
    public static Keyring generate(String id) {
        return of(Map.of(id, random()), id, null);
    }

    /**
     * Reads a file.
     *
     * @param file the file
     * @return the ring
     * @throws MemoryException when it cannot be read, is not a keyring, or others than its owner may read or write it
     */
    public static Keyring load(Path file) {
        try {
            checkRights(file);
            if (Files.size(file) > LONGEST_FILE) {
                throw refused(file, "is too long for a keyring");
            }
            return parse(file, Files.readAllLines(file, StandardCharsets.UTF_8));
        } catch (CharacterCodingException e) {
            throw refused(file, "is not a keyring");
        } catch (IOException e) {
            throw new MemoryException("cannot read the keyring " + file + ": " + e, true, e);
        }
    }

    private static void checkRights(Path file) throws IOException {
        if (!Files.getFileStore(file).supportsFileAttributeView("posix")) {
            return; // the rights of such a file system are not ours to judge
        }
        Set<PosixFilePermission> rights = Files.getPosixFilePermissions(file);
        for (PosixFilePermission right : rights) {
            if (!right.name().startsWith("OWNER_")) {
                throw refused(
                        file,
                        "may be used by others than its owner (" + PosixFilePermissions.toString(rights)
                                + "); run chmod 600 on it, and think about who has read it");
            }
        }
    }

    private static Keyring parse(Path file, List<String> lines) {
        Map<String, byte[]> keys = new LinkedHashMap<>();
        Map<String, String> roles = new LinkedHashMap<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            String where = "line " + (i + 1);
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            List<String> words = List.of(line.split("\\s+", -1));
            if (words.size() == 3 && words.get(0).equals("key")) {
                if (keys.putIfAbsent(words.get(1), decode(file, where, words.get(2))) != null) {
                    throw refused(file, where + " gives the key '" + words.get(1) + "' a second time");
                }
            } else if (words.size() == 2 && Set.of("active", "names").contains(words.get(0))) {
                if (roles.putIfAbsent(words.get(0), words.get(1)) != null) {
                    throw refused(file, where + " says a second time which key is '" + words.get(0) + "'");
                }
            } else {
                throw refused(file, where + " is none of: key ID BASE64, active ID, names ID");
            }
        }
        String active = roles.get("active");
        if (active == null) {
            throw refused(file, "does not say which key is active");
        }
        try {
            return of(keys, active, roles.get("names"));
        } catch (IllegalArgumentException e) {
            throw refused(file, "is not usable: " + e.getMessage());
        }
    }

    private static byte[] decode(Path file, String where, String text) {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) { // its message quotes the text
            throw refused(file, where + " has a key that is not base64");
        }
    }

    private static MemoryException refused(Path file, String why) {
        return new MemoryException("the keyring " + file + " " + why, false, null);
    }

    /**
     * A ring with one more, random key, which seals what is written from now on.
     *
     * @param id the new key's name
     * @return a new ring
     * @throws IllegalArgumentException when there is a key of that name, or the name has not the form
     *     {@link KeyProvider#ID_RULE}
     */
    public Keyring rotate(String id) {
        if (keys.containsKey(id)) {
            throw new IllegalArgumentException("there is a key '" + id + "' already");
        }
        Map<String, SecretKeySpec> more = new LinkedHashMap<>(keys);
        more.put(checkId(id), spec(id, random()));
        return new Keyring(more, id, names);
    }

    /**
     * A ring without a key. What is sealed under it cannot be read any more.
     *
     * @param id the key
     * @return a new ring
     * @throws IllegalArgumentException when there is no such key, or it is the active one or the one for names
     */
    public Keyring without(String id) {
        if (!keys.containsKey(id) || id.equals(active) || id.equals(names)) {
            throw new IllegalArgumentException("'" + id + "' is not a key that can be removed: there are "
                    + keys.keySet() + ", '" + active + "' is active, and '" + names + "' seals names");
        }
        Map<String, SecretKeySpec> fewer = new LinkedHashMap<>(keys);
        fewer.remove(id);
        return new Keyring(fewer, active, names);
    }

    /**
     * Writes a file that only its owner may read, at once or not at all.
     *
     * @param file is replaced if it is a keyring with the same key for names
     * @throws MemoryException when it cannot be written, or something else is there
     */
    public void save(Path file) {
        try {
            if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                Keyring before = load(file);
                if (!before.names.equals(names) || !sameKey(before, names)) {
                    throw refused(
                            file, "has another key for names, without which its data cannot be found; move it away");
                }
            }
            Path folder = Objects.requireNonNull(file.toAbsolutePath().getParent());
            Path temporary = folder.resolve(file.getFileName() + ".tmp");
            Files.deleteIfExists(temporary);
            boolean posix = Files.getFileStore(folder).supportsFileAttributeView("posix");
            FileAttribute<?>[] rights = posix
                    ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER_ONLY)}
                    : new FileAttribute<?>[0];
            Files.createFile(temporary, rights);
            Files.write(
                    temporary, lines(), StandardCharsets.US_ASCII, StandardOpenOption.SYNC, StandardOpenOption.WRITE);
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new MemoryException("cannot write the keyring " + file + ": " + e, true, e);
        }
    }

    private List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(
                "# Keys of sealed memory. Without them, what is sealed cannot be read by anybody: keep a copy elsewhere.");
        lines.add("names " + names);
        lines.add("active " + active);
        keys.forEach(
                (id, key) -> lines.add("key " + id + " " + Base64.getEncoder().encodeToString(key.getEncoded())));
        return lines;
    }

    private boolean sameKey(Keyring other, String id) {
        SecretKeySpec theirs = other.keys.get(id);
        SecretKeySpec ours = keys.get(id);
        return theirs != null && ours != null && MessageDigest.isEqual(theirs.getEncoded(), ours.getEncoded());
    }

    /**
     * The keys' names.
     *
     * @return oldest first
     */
    public List<String> ids() {
        return List.copyOf(keys.keySet());
    }

    @Override
    public String activeId() {
        return active;
    }

    @Override
    public String namesId() {
        return names;
    }

    @Override
    public Optional<SecretKey> key(String id) {
        return Optional.ofNullable(keys.get(id));
    }

    @Override
    public String toString() {
        return "Keyring" + keys.keySet();
    }

    private static String checkId(String id) {
        if (!id.matches(ID_RULE)) {
            throw new IllegalArgumentException("the id of a key must be " + ID_RULE + ": '" + id + "'");
        }
        return id;
    }

    private static SecretKeySpec spec(String id, byte[] key) {
        if (key.length != KEY_BYTES) {
            throw new IllegalArgumentException(
                    "the key '" + id + "' has " + key.length + " bytes and must have " + KEY_BYTES);
        }
        boolean constant = true;
        for (byte b : key) {
            constant &= b == key[0];
        }
        if (constant) {
            throw new IllegalArgumentException("the key '" + id + "' is not random");
        }
        return new SecretKeySpec(key, "HmacSHA256");
    }

    private static byte[] random() {
        byte[] key = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(key);
        return key;
    }
}
