package ai.primespark.core.memory;

import ai.primespark.memory.Version;

/** 64-bit hashes that are the same in every process: FNV-1a over the characters, then the finalizer of SplitMix64. */
final class KeyHash {

    /** How many buckets a comparison has. */
    static final int BUCKETS = 4_096;

    private KeyHash() {}

    static long of(String text) {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
        }
        return mix(hash);
    }

    static long of(Version version) {
        return mix(of(version.node()) + version.clock() * 0x9E3779B97F4A7C15L);
    }

    /** A key at a version. */
    static long of(long key, long version) {
        return mix(key ^ Long.rotateLeft(version, 23));
    }

    static int bucket(long key) {
        return (int) (key >>> 52);
    }

    private static long mix(long value) {
        long z = value;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
