package ai.primespark.core.memory;

import java.util.function.LongConsumer;

/** Hashes by hash, 16 bytes each and no objects; open addressing. A value is never 0 and a key of 0 is kept as 1. */
final class HashTable {

    private static final int FIRST = 64;

    private long[] keys = new long[FIRST];
    private long[] values = new long[FIRST];
    private int size;

    /** What was put; 0 for nothing. */
    long get(long key) {
        long wanted = legal(key);
        for (int i = start(wanted); keys[i] != 0; i = i + 1 & keys.length - 1) {
            if (keys[i] == wanted) {
                return values[i];
            }
        }
        return 0;
    }

    void put(long key, long value) {
        if (size * 2 >= keys.length) {
            grow();
        }
        long wanted = legal(key);
        int i = start(wanted);
        while (keys[i] != 0 && keys[i] != wanted) {
            i = i + 1 & keys.length - 1;
        }
        if (keys[i] == 0) {
            keys[i] = wanted;
            size++;
        }
        values[i] = legal(value);
    }

    int size() {
        return size;
    }

    /** Gives every key. */
    void each(LongConsumer action) {
        for (long key : keys) {
            if (key != 0) {
                action.accept(key);
            }
        }
    }

    static long legal(long hash) {
        return hash == 0 ? 1 : hash;
    }

    private int start(long key) {
        return (int) (key * 0x9E3779B97F4A7C15L >>> 40) & keys.length - 1;
    }

    private void grow() {
        long[] oldKeys = keys;
        long[] oldValues = values;
        keys = new long[oldKeys.length * 2];
        values = new long[oldKeys.length * 2];
        size = 0;
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldKeys[i] != 0) {
                put(oldKeys[i], oldValues[i]);
            }
        }
    }
}
