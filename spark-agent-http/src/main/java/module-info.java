import org.jspecify.annotations.NullMarked;

/** Agents that are not in Java, reached over HTTP with signed requests. */
@NullMarked
module ai.primespark.agent.http {
    requires transitive ai.primespark.api;
    requires com.fasterxml.jackson.databind;
    requires com.nimbusds.jose.jwt;
    requires static org.jspecify;

    exports ai.primespark.agent.http;

    provides ai.primespark.spi.RemoteAgentProvider with
            ai.primespark.agent.http.HttpAgentProvider;
}
