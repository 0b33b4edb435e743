package ai.primespark.memory;

import ai.primespark.Experimental;
import ai.primespark.memory.ObjectStore.ObjectInfo;
import java.nio.channels.SeekableByteChannel;

/**
 * An object that is open for reading at any place. It keeps the version that it was opened with, and the chunk that was read
 * last; {@link java.nio.channels.Channels#newInputStream} makes a stream of it. Cannot be written. Safe for use by several
 * threads, one at a time.
 */
@Experimental
public interface ObjectContent extends SeekableByteChannel {

    /**
     * What is being read.
     *
     * @return the description of the version that was opened
     */
    ObjectInfo info();
}
