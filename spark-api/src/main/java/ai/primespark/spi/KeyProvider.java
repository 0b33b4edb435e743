package ai.primespark.spi;

import ai.primespark.Experimental;
import java.util.Optional;
import javax.crypto.SecretKey;

/**
 * Where the keys of sealed memory come from: a {@link ai.primespark.memory.Keyring}, or an application's own key store, HSM or
 * key management service.
 *
 * <p>Every key is a root key: nothing is encrypted with it. The engine derives keys for contents, names and chunks of each
 * namespace from it by HKDF-Expand (RFC 5869), for which it hands the key to {@code Mac} of {@code HmacSHA256}. So a key may be
 * one that never leaves its device, provided that the device computes HMAC-SHA256.
 *
 * <p>Thread-safe. Methods are called often and must answer from memory: a provider that asks a service does so before it is
 * handed to the engine, and when keys are added.
 */
@Experimental
public interface KeyProvider {

    /** What ids of keys look like; they are stored in the clear with everything that is sealed. */
    String ID_RULE = "[a-z0-9][a-z0-9._-]{0,15}";

    /**
     * The key that seals what is written from now on.
     *
     * @return an id of the form {@link #ID_RULE}
     */
    String activeId();

    /**
     * The key that names are sealed with. It must stay the same for the life of the data: with another one, every record would
     * have another name, and what is stored would not be found.
     *
     * @return an id of the form {@link #ID_RULE}
     */
    String namesId();

    /**
     * A key.
     *
     * @param id of the form {@link #ID_RULE}
     * @return a key of 256 random bits for HMAC-SHA256; empty when it is not there any more
     */
    Optional<SecretKey> key(String id);
}
