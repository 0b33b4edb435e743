package ai.primespark.spi;

import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * A namespace and a key. Immutable; the hash is computed once.
 *
 * <p>Namespaces are {@code [a-z][a-z0-9._-]*} of at most 64 characters; keys are 1 to 1,024 bytes of well-formed UTF-8 without
 * control characters.
 */
public final class TierKey {

    /** Longest key in bytes of UTF-8. */
    public static final int MAX_KEY_BYTES = 1024;

    private final String namespace;
    private final String key;
    private final int hash;

    private TierKey(String namespace, String key) {
        this.namespace = namespace;
        this.key = key;
        this.hash = namespace.hashCode() * 31 + key.hashCode();
    }

    /**
     * Makes a key.
     *
     * @param namespace the namespace
     * @param key the key
     * @return the key
     * @throws IllegalArgumentException when either breaks its rule
     */
    public static TierKey of(String namespace, String key) {
        checkNamespace(namespace);
        int length = key.length();
        for (int i = 0; i < length; i++) {
            char c = key.charAt(i);
            if (c < 0x20 || c == 0x7F) {
                throw new IllegalArgumentException("a key must not contain control characters; position " + i);
            }
            if (Character.isSurrogate(c)) {
                boolean pair =
                        Character.isHighSurrogate(c) && i + 1 < length && Character.isLowSurrogate(key.charAt(i + 1));
                if (!pair) {
                    throw new IllegalArgumentException(
                            "a key must be well-formed text; lone surrogate at position " + i);
                }
                i++;
            }
        }
        // three bytes a char is the most that UTF-8 takes, so short keys need not be encoded to be measured
        if (length == 0
                || length > MAX_KEY_BYTES
                || length * 3 > MAX_KEY_BYTES && key.getBytes(StandardCharsets.UTF_8).length > MAX_KEY_BYTES) {
            throw new IllegalArgumentException("a key must have 1 to " + MAX_KEY_BYTES + " bytes of UTF-8");
        }
        return new TierKey(namespace, key);
    }

    /**
     * Checks a namespace's name.
     *
     * @param namespace the name
     * @throws IllegalArgumentException when it breaks the rule
     */
    public static void checkNamespace(String namespace) {
        int length = namespace.length();
        boolean legal = length >= 1 && length <= 64 && namespace.charAt(0) >= 'a' && namespace.charAt(0) <= 'z';
        for (int i = 1; legal && i < length; i++) {
            char c = namespace.charAt(i);
            legal = c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-';
        }
        if (!legal) {
            throw new IllegalArgumentException(
                    "a namespace must be [a-z][a-z0-9._-]* of at most 64 characters: '" + namespace + "'");
        }
    }

    /**
     * The namespace.
     *
     * @return the namespace
     */
    public String namespace() {
        return namespace;
    }

    /**
     * The key within the namespace.
     *
     * @return the key
     */
    public String key() {
        return key;
    }

    @Override
    public boolean equals(Object other) {
        return this == other
                || other instanceof TierKey that
                        && hash == that.hash
                        && key.equals(that.key)
                        && namespace.equals(that.namespace);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return Objects.toString(namespace) + '/' + key;
    }
}
