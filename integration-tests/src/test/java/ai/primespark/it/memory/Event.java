package ai.primespark.it.memory;

import ai.primespark.memory.Version;
import org.jspecify.annotations.Nullable;

/**
 * One operation of a worker, as its process printed it. Moments are those of {@link System#nanoTime()}, which all processes of
 * one Linux machine share.
 *
 * @param process which process, counted from 0 in the order of their starts
 * @param kind what was done
 * @param key the key
 * @param number of the write, unique over all processes; of a read, the number that was found; 0 for none
 * @param began before the operation
 * @param ended after it; {@link Long#MAX_VALUE} while its end was not seen, because it failed or its process was killed
 * @param version of the write or of what was found; null where there is none
 */
record Event(
        int process,
        Kind kind,
        String key,
        long number,
        long began,
        long ended,
        @Nullable Version version) {

    enum Kind {
        PUT,
        DELETE,
        FOUND,
        ABSENT,
        UNKNOWN
    }

    boolean isWrite() {
        return kind == Kind.PUT || kind == Kind.DELETE;
    }

    boolean isRead() {
        return !isWrite();
    }

    /** A write whose success the process was told. */
    boolean isAcknowledged() {
        return isWrite() && ended != Long.MAX_VALUE;
    }

    boolean endedBefore(Event other) {
        return ended < other.began;
    }
}
