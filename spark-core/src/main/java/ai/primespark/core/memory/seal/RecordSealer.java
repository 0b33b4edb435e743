package ai.primespark.core.memory.seal;

import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/**
 * Encrypts records with AES-256-GCM. Version and expiry stay visible, because the tier keeps the law by them; they are bound to
 * the content, like namespace and name: a record that was moved to another name, or that got another version or another end, is
 * found. The body of a sealed record, whose encoding is {@code sealed}:
 *
 * <pre>
 * offset  size
 *      0     1  format, 1
 *      1    16  id of the root key, ASCII, filled up with zeros
 *     17    24  nonce
 *     41        ciphertext, and a tag of 16 bytes, of:
 *                 1  flags: 1 = with the key, 2 = with a long encoding
 *                16  encoding, ASCII, filled up with zeros
 *                    if flagged: length of the key (2), key; length of the encoding (1), encoding
 *                    body
 * </pre>
 *
 * <p>The nonce is synthetic: 24 bytes of an HMAC over all that is bound and all that is encrypted. So sealing needs no random
 * numbers, of which a small machine has few after its start and a restored virtual machine the same ones again; sending a record
 * once more sends the same bytes; and two records share a nonce only if they are the same. From 12 bytes of it a key for this one
 * record is derived, the other 12 are its IV: with 192 bits in all the limit of 2^32 records a key, which 96 random bits would
 * set, is out of reach.
 *
 * <p>Thread-safe: ciphers are made for each call.
 */
final class RecordSealer {

    static final String SEALED = "sealed";

    /** What a record grows by, unless its key or its encoding is long. */
    static final int OVERHEAD = 41 + 1 + 16 + 16;

    /** What a record grows by at most. */
    static final int MOST_OVERHEAD = OVERHEAD + 2 + TierKey.MAX_KEY_BYTES + 1 + 100;

    private static final byte FORMAT = 1;
    private static final int ID_BYTES = 16;
    private static final int SALT_BYTES = 12;
    private static final int IV_BYTES = 12;
    private static final int NONCE_AT = 1 + ID_BYTES;
    private static final int HEAD_BYTES = NONCE_AT + SALT_BYTES + IV_BYTES;
    private static final int TAG_BYTES = 16;
    private static final int ENCODING_BYTES = 16;
    private static final int WITH_KEY = 1;
    private static final int WITH_ENCODING = 2;

    private final Subkeys subkeys;

    RecordSealer(Subkeys subkeys) {
        this.subkeys = subkeys;
    }

    /** Seals a record with a value under its sealed name; a tombstone only gets the name. */
    TierRecord seal(TierRecord record, TierKey name) {
        if (record.isTombstone()) {
            return TierRecord.tombstone(name, record.version(), record.expiresAtMillis());
        }
        String id = subkeys.activeId();
        String namespace = name.namespace();
        byte[] plain = plain(record);
        byte[] bound = bound(record, name);
        byte[] body = new byte[HEAD_BYTES + plain.length + TAG_BYTES];
        body[0] = FORMAT;
        byte[] idBytes = id.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(idBytes, 0, body, 1, idBytes.length);
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(subkeys.key(id, Subkeys.Purpose.CONTENT_NONCE, namespace));
            mac.update(bound);
            System.arraycopy(mac.doFinal(plain), 0, body, NONCE_AT, SALT_BYTES + IV_BYTES);
            Cipher cipher = cipher(Cipher.ENCRYPT_MODE, id, namespace, body, bound);
            int unused = cipher.doFinal(plain, 0, plain.length, body, HEAD_BYTES);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(
                    "AES-GCM does not work (" + e.getClass().getSimpleName() + ")", e);
        }
        return TierRecord.value(name, record.version(), record.expiresAtMillis(), SEALED, body);
    }

    /**
     * Opens what stands under the sealed name of a key.
     *
     * @throws TierException of kind CORRUPT when it is not what was sealed there; of kind PERMANENT when the key is not there
     */
    TierRecord open(TierKey key, TierRecord sealed) {
        if (sealed.isTombstone()) {
            return TierRecord.tombstone(key, sealed.version(), sealed.expiresAtMillis());
        }
        TierRecord opened = open(sealed, key);
        if (!opened.key().equals(key)) {
            throw corrupt("a sealed record is that of another key");
        }
        return opened;
    }

    /**
     * Opens the record of a long key, which says itself what it is called.
     *
     * @throws TierException as {@link #open(TierKey, TierRecord)}
     */
    TierRecord openLong(TierRecord sealed) {
        TierRecord opened = open(sealed, sealed.key());
        if (opened.key().equals(sealed.key())) {
            throw corrupt("a sealed record does not say whose it is");
        }
        return opened;
    }

    private TierRecord open(TierRecord sealed, TierKey unlessInside) {
        byte[] body = sealed.body();
        if (!sealed.encoding().equals(SEALED) || body.length < OVERHEAD || body[0] != FORMAT) {
            throw corrupt("a record is not sealed as it must be");
        }
        String id = new String(body, 1, ID_BYTES, StandardCharsets.US_ASCII).replace("\0", "");
        if (!Subkeys.isId(id)) {
            throw corrupt("a sealed record names an impossible key");
        }
        try {
            Cipher cipher =
                    cipher(Cipher.DECRYPT_MODE, id, sealed.key().namespace(), body, bound(sealed, sealed.key()));
            return read(
                    sealed, ByteBuffer.wrap(cipher.doFinal(body, HEAD_BYTES, body.length - HEAD_BYTES)), unlessInside);
        } catch (GeneralSecurityException e) {
            throw corrupt("a sealed record is damaged, or not the one that was written there");
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            throw corrupt("a sealed record has an unknown content");
        }
    }

    private static byte[] plain(TierRecord record) {
        byte[] key = record.key().key().getBytes(StandardCharsets.UTF_8);
        byte[] encoding = record.encoding().getBytes(StandardCharsets.US_ASCII);
        boolean withKey = NameSealer.isLong(key);
        boolean withEncoding = encoding.length > ENCODING_BYTES;
        int more = (withKey ? 2 + key.length : 0) + (withEncoding ? 1 + encoding.length : 0);
        ByteBuffer out = ByteBuffer.allocate(1 + ENCODING_BYTES + more + record.body().length);
        out.put((byte) ((withKey ? WITH_KEY : 0) | (withEncoding ? WITH_ENCODING : 0)));
        out.put(withEncoding ? new byte[ENCODING_BYTES] : Arrays.copyOf(encoding, ENCODING_BYTES));
        if (withKey) {
            out.putShort((short) key.length).put(key);
        }
        if (withEncoding) {
            out.put((byte) encoding.length).put(encoding);
        }
        return out.put(record.body()).array();
    }

    private static TierRecord read(TierRecord sealed, ByteBuffer in, TierKey unlessInside) {
        int flags = in.get();
        String encoding = text(in, ENCODING_BYTES).replace("\0", "");
        TierKey key = (flags & WITH_KEY) == 0
                ? unlessInside
                : TierKey.of(sealed.key().namespace(), text(in, in.getShort() & 0xFFFF));
        if ((flags & WITH_ENCODING) != 0) {
            encoding = text(in, in.get() & 0xFF);
        }
        byte[] body = new byte[in.remaining()];
        in.get(body);
        return TierRecord.value(key, sealed.version(), sealed.expiresAtMillis(), encoding, body);
    }

    private static String text(ByteBuffer in, int length) {
        if (length > in.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Everything visible that must not be changed. Each part has its length before it, so that none can pass for another. */
    private static byte[] bound(TierRecord record, TierKey name) {
        byte[] namespace = name.namespace().getBytes(StandardCharsets.US_ASCII);
        byte[] key = name.key().getBytes(StandardCharsets.US_ASCII);
        byte[] node = record.version().node().getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(4 + 1 + namespace.length + 2 + key.length + 8 + 1 + node.length + 8 + 1)
                .putInt(0x50535331) // "PSS1"
                .put((byte) namespace.length)
                .put(namespace)
                .putShort((short) key.length)
                .put(key)
                .putLong(record.version().clock())
                .put((byte) node.length)
                .put(node)
                .putLong(record.expiresAtMillis())
                .put((byte) 0) // no tombstone
                .array();
    }

    private Cipher cipher(int mode, String id, String namespace, byte[] body, byte[] bound)
            throws GeneralSecurityException {
        byte[] salt = Arrays.copyOfRange(body, NONCE_AT, NONCE_AT + SALT_BYTES);
        SecretKey key = subkeys.once(id, Subkeys.Purpose.CONTENT, namespace, salt);
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, key, new GCMParameterSpec(TAG_BYTES * 8, body, NONCE_AT + SALT_BYTES, IV_BYTES));
        cipher.updateAAD(body, 0, NONCE_AT);
        cipher.updateAAD(bound);
        return cipher;
    }

    private static TierException corrupt(String what) {
        return new TierException(TierException.Kind.CORRUPT, what, null);
    }
}
