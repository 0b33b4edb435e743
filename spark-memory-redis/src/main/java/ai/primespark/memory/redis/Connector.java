package ai.primespark.memory.redis;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Makes sessions with a kind of server. Thread-safe. */
interface Connector {

    /**
     * Connects, logs in and learns about the server.
     *
     * @param attempt hears of the session's end and of news
     * @return a session that works; fails when there is none to be had now
     */
    CompletableFuture<Greeted> connect(Attempt attempt);

    /** Ends everything, waiting a second at most. */
    void close();

    /** Who hears what happens to a session. */
    interface Attempt {

        /** The connection has ended; called once or more, from any thread, even before the session is complete. */
        void ended();
    }

    /**
     * A session and what was learned with it.
     *
     * @param session the session
     * @param servers each master's information
     * @param storage the storage's name
     */
    record Greeted(Session session, List<ServerInfo> servers, String storage) {}
}
