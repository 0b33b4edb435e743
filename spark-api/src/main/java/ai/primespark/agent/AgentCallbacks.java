package ai.primespark.agent;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * Takes what agents that are not in Java report of long work. Bound to no web framework: whatever serves the application's HTTP
 * hands in the parts of the request and sends the answer. Every callback is authenticated here, so the route needs no login of its
 * own. Thread-safe.
 *
 * <pre>{@code
 * server.post("/agent-callbacks/*", request -> {
 *     var answer = spark.agents().callbacks().receive("POST", request.pathBelowTheRoute(), request.headers(), request.body());
 *     request.answer(answer.status(), answer.body());
 * });
 * }</pre>
 */
@FunctionalInterface
public interface AgentCallbacks {

    /** How long a callback's body may be; a server should refuse longer ones before it reads them. */
    int MAX_BODY = 8 * 1024 * 1024;

    /** Knows no path. */
    AgentCallbacks NONE = (method, path, headers, body) -> Answer.error(404, "there is nothing here");

    /**
     * Takes a callback. Returns soon and does not throw for anything that a stranger may send.
     *
     * @param method the request's method
     * @param path what follows the place where the application serves callbacks; a leading slash makes no difference
     * @param headers all values by name, in any case
     * @param body the body as it came, at most {@link #MAX_BODY}; not modified
     * @return what to answer
     */
    Answer receive(String method, String path, Map<String, List<String>> headers, byte[] body);

    /**
     * What to answer.
     *
     * @param status the HTTP status
     * @param body JSON; empty for none
     */
    record Answer(int status, byte[] body) {

        /** Nothing more to say (204). */
        public static final Answer OK = new Answer(204, new byte[0]);

        /**
         * A refusal.
         *
         * @param status the HTTP status
         * @param message for the agent's author; without quotes or backslashes
         * @return with {@code {"error": message}}
         */
        public static Answer error(int status, String message) {
            return new Answer(status, ("{\"error\":\"" + message + "\"}").getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public String toString() {
            return "Answer[" + status + "]";
        }
    }
}
