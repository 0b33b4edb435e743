package ai.primespark.core.memory.seal;

import ai.primespark.spi.KeyProvider;
import ai.primespark.spi.TierException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * Derives a key for each purpose, namespace and root key, so that none is used in two ways and namespaces cannot be mixed up.
 * Thread-safe.
 */
final class Subkeys {

    private static final int MOST_CACHED = 50_000;
    private static final Pattern ID = Pattern.compile(KeyProvider.ID_RULE);

    private final KeyProvider provider;
    private final ConcurrentHashMap<Name, SecretKeySpec> cached = new ConcurrentHashMap<>();

    /** What a key is for. */
    enum Purpose {
        CONTENT,
        CONTENT_NONCE,
        NAME,
        NAME_IV,
        NAME_HASH,
        CHUNK
    }

    private record Name(String root, Purpose purpose, String namespace) {}

    Subkeys(KeyProvider provider) {
        this.provider = provider;
    }

    String activeId() {
        return checkId(provider.activeId());
    }

    String namesId() {
        return checkId(provider.namesId());
    }

    static boolean isId(String id) {
        return ID.matcher(id).matches();
    }

    private static String checkId(String id) {
        if (!isId(id)) {
            throw new TierException(
                    TierException.Kind.PERMANENT,
                    "the key provider gave the id '" + id + "', which is not " + KeyProvider.ID_RULE,
                    null);
        }
        return id;
    }

    /**
     * The key of a namespace for a purpose.
     *
     * @throws TierException of kind PERMANENT when the root key is not there
     */
    SecretKeySpec key(String root, Purpose purpose, String namespace) {
        Name name = new Name(root, purpose, namespace);
        SecretKeySpec known = cached.get(name);
        if (known != null) {
            return known;
        }
        SecretKeySpec made = new SecretKeySpec(derive(root, purpose, namespace), "AES");
        if (cached.size() >= MOST_CACHED) { // they are cheap to make again
            cached.clear();
        }
        cached.put(name, made);
        return made;
    }

    /** A key for one thing in a namespace, not kept. */
    SecretKeySpec once(String root, Purpose purpose, String namespace, byte[] thing) {
        return new SecretKeySpec(Hkdf.expand(key(root, purpose, namespace), thing, 32), "AES");
    }

    private byte[] derive(String root, Purpose purpose, String namespace) {
        SecretKey key = provider.key(root)
                .orElseThrow(() -> new TierException(
                        TierException.Kind.PERMANENT,
                        "the key '" + root + "' is not in the keyring (primespark.memory.encryption); add it again to"
                                + " read what is sealed with it",
                        null));
        String info = "primespark/1/" + purpose + "/" + namespace; // purposes have no slash: this is unambiguous
        return Hkdf.expand(key, info.getBytes(StandardCharsets.US_ASCII), 32);
    }
}
