package ai.primespark.agent.http;

import ai.primespark.agent.AgentCallbacks;
import ai.primespark.spi.RemoteAgent;
import ai.primespark.spi.RemoteAgent.Outcome;
import ai.primespark.spi.RemoteAgent.Work;
import ai.primespark.testkit.MutableClock;
import ai.primespark.testkit.TestContext;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;

/** A started adapter for an agent with the id {@code pi}, and the agent's side of the signatures. */
final class Rig implements AutoCloseable {

    static final String SECRET = "3f9a-this-secret-is-for-tests-only-0c77";

    final TestContext context;
    final RemoteAgent agent;

    private Rig(TestContext context, RemoteAgent agent) {
        this.context = context;
        this.agent = agent;
    }

    static Rig start(URI url) throws Exception {
        return start(url, Map.of());
    }

    static Rig start(URI url, Map<String, ?> more) throws Exception {
        Map<String, Object> settings = new HashMap<>();
        settings.put("url", url);
        settings.put("types", List.of("count"));
        settings.put("poll-interval", "50ms");
        if (!more.containsKey("key-file")) {
            settings.put("secret", SECRET);
        }
        settings.putAll(more);
        HttpAgentProvider provider = new HttpAgentProvider();
        TestContext context = TestContext.create().withId("pi").with(provider, settings);
        RemoteAgent agent = provider.create(context);
        agent.start();
        return new Rig(context, agent);
    }

    MutableClock clock() {
        return context.clock();
    }

    Outcome execute(FakeAttempt attempt) throws InterruptedException {
        return agent.execute(json("{\"n\":3}"), attempt);
    }

    CompletableFuture<Outcome> begin(FakeAttempt attempt) {
        CompletableFuture<Outcome> outcome = new CompletableFuture<>();
        context.blocking().execute(() -> {
            try {
                outcome.complete(execute(attempt));
            } catch (Throwable e) {
                outcome.completeExceptionally(e);
            }
        });
        return outcome;
    }

    static Work json(String payload) {
        return new Work("count", bytes(payload), "json");
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    // --- the agent's side

    /** A good token for a callback, changed as a test likes. */
    String token(String taskId, String body, UnaryOperator<JWTClaimsSet.Builder> change) throws Exception {
        return token(taskId, body, change, new MACSigner(SECRET), JWSAlgorithm.HS256);
    }

    String token(
            String taskId,
            String body,
            UnaryOperator<JWTClaimsSet.Builder> change,
            JWSSigner signer,
            JWSAlgorithm algorithm)
            throws Exception {
        JWTClaimsSet.Builder claims = new JWTClaimsSet.Builder()
                .issuer("pi")
                .audience(context.nodeId())
                .subject(taskId)
                .issueTime(Date.from(clock().instant()))
                .expirationTime(Date.from(clock().instant().plusSeconds(60)))
                .jwtID(UUID.randomUUID().toString())
                .claim("body_sha256", Tokens.digest(bytes(body)));
        SignedJWT token =
                new SignedJWT(new JWSHeader(algorithm), change.apply(claims).build());
        token.sign(signer);
        return token.serialize();
    }

    AgentCallbacks.Answer callback(String taskId, String token, String body) {
        return agent.callbacks()
                .receive("POST", "/" + taskId, Map.of("authorization", List.of("Bearer " + token)), bytes(body));
    }

    AgentCallbacks.Answer callback(String taskId, String body) throws Exception {
        return callback(taskId, token(taskId, body, claims -> claims), body);
    }

    @Override
    public void close() throws Exception {
        agent.close();
        context.close();
    }
}
