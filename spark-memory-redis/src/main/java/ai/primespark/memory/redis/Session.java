package ai.primespark.memory.redis;

import io.lettuce.core.api.StatefulConnection;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Connections that work, until one of them breaks; then a new session takes the place of this one. Thread-safe. */
interface Session {

    /** For records, and the only one whose reads the server tracks. */
    StatefulConnection<byte[], byte[]> data();

    /** For everything else, so that a long listing neither holds up records nor fills the server's tracking table. */
    StatefulConnection<byte[], byte[]> side();

    /** The masters, in an order that does not change while they are the same. */
    List<String> nodes();

    /** A connection to a master, for commands without keys. */
    CompletableFuture<? extends StatefulConnection<byte[], byte[]>> node(String name);

    /** Whether the server announces changes on {@link #data()}. */
    boolean isTracked();

    /** Ends the connections; does not wait for that. */
    void close();
}
