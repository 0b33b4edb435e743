package ai.primespark.memory.redis;

import ai.primespark.spi.TierKey;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Where things stand in Redis:
 *
 * <pre>
 * {prefix}{namespace}:{key}            a record, in the form of RecordFormat; ps:chat:user/1
 * {prefix}!lease:{{namespace}:{key}}   who holds a lease: its fence, as a decimal number
 * {prefix}!fence:{{namespace}:{key}}   the last fence given out for it
 * {prefix}!storage                     the storage's name, with durable = true
 * </pre>
 *
 * <p>A namespace has neither a colon nor an exclamation mark, so nothing collides. Records carry no hash tag (unless a key of the
 * application's has one), so a cluster spreads them over all its nodes; a lease and its fence share one, because one script
 * changes both.
 */
final class RedisKeys {

    private final String prefix;
    private final byte[] prefixBytes;

    RedisKeys(String prefix) {
        this.prefix = prefix;
        this.prefixBytes = prefix.getBytes(StandardCharsets.US_ASCII);
    }

    byte[] record(TierKey key) {
        return bytes(prefix + key.namespace() + ':' + key.key());
    }

    byte[] lease(TierKey key) {
        return bytes(prefix + "!lease:{" + key.namespace() + ':' + key.key() + '}');
    }

    byte[] fence(TierKey key) {
        return bytes(prefix + "!fence:{" + key.namespace() + ':' + key.key() + '}');
    }

    byte[] storage() {
        return bytes(prefix + "!storage");
    }

    /** The pattern of SCAN for the records of a namespace whose keys begin with a text. */
    byte[] pattern(String namespace, String keyPrefix) {
        String text = prefix + namespace + ':' + keyPrefix;
        StringBuilder pattern = new StringBuilder(text.length() + 8);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '*' || c == '?' || c == '[' || c == ']' || c == '^' || c == '\\') {
                pattern.append('\\');
            }
            pattern.append(c);
        }
        return bytes(pattern.append('*').toString());
    }

    /**
     * Whose record a key of Redis holds.
     *
     * @return null when it is not the key of a record of this tier
     */
    @Nullable
    TierKey parse(byte[] redisKey) {
        int from = prefixBytes.length;
        if (redisKey.length <= from
                || Arrays.mismatch(redisKey, 0, from, prefixBytes, 0, from) >= 0
                || redisKey[from] == '!') {
            return null;
        }
        int colon = from;
        while (colon < redisKey.length && redisKey[colon] != ':') {
            colon++;
        }
        if (colon == redisKey.length) {
            return null;
        }
        try {
            String namespace = new String(redisKey, from, colon - from, StandardCharsets.US_ASCII);
            String key = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(redisKey, colon + 1, redisKey.length - colon - 1))
                    .toString();
            return TierKey.of(namespace, key);
        } catch (CharacterCodingException | IllegalArgumentException e) {
            return null; // somebody else's
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
