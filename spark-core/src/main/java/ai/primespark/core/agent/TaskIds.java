package ai.primespark.core.agent;

import java.security.SecureRandom;
import java.time.InstantSource;

/**
 * Makes ids that sort by time: 10 characters of milliseconds, 4 that count within one, 8 of chance that tell nodes apart. The digits
 * are those of Crockford's Base32 (https://www.crockford.com/base32.html), as in a ULID. Thread-safe.
 */
final class TaskIds {

    private static final char[] DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ".toCharArray();
    private static final int COUNTS = 1 << 20;

    private final InstantSource clock;
    private final long node = new SecureRandom().nextLong() & ((1L << 40) - 1);
    private long millis; // guarded by this
    private int count; // guarded by this

    TaskIds(InstantSource clock) {
        this.clock = clock;
    }

    /** A new id, greater than every earlier one of this object even when the clock is set back. */
    String next() {
        long time;
        int number;
        synchronized (this) {
            long now = clock.millis();
            if (now > millis) {
                millis = now;
                count = 0;
            } else if (++count == COUNTS) { // a million within a millisecond, or the clock was set back for long
                millis++;
                count = 0;
            }
            time = millis;
            number = count;
        }
        char[] text = new char[22];
        digits(text, 0, 10, time);
        digits(text, 10, 4, number);
        digits(text, 14, 8, node);
        return new String(text);
    }

    private static void digits(char[] text, int from, int length, long value) {
        long rest = value;
        for (int i = from + length - 1; i >= from; i--) {
            text[i] = DIGITS[(int) (rest & 31)];
            rest >>>= 5;
        }
    }
}
