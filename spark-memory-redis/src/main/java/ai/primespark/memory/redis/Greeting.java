package ai.primespark.memory.redis;

import ai.primespark.spi.TierException;
import ai.primespark.spi.TierException.Kind;
import io.lettuce.core.api.StatefulConnection;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** What is asked of a server that one has just been connected with, and again by every probe. */
final class Greeting {

    private final RedisConfig config;
    private final RedisKeys keys;

    Greeting(RedisConfig config) {
        this.config = config;
        this.keys = new RedisKeys(config.prefix());
    }

    /** Asks, and refuses servers that cannot serve as configured. */
    CompletableFuture<Connector.Greeted> greet(Session session) {
        return servers(session).thenCompose(servers -> {
            servers.forEach(this::check);
            return storage(session, servers).thenApply(name -> new Connector.Greeted(session, servers, name));
        });
    }

    /** Every master's information, in the order of {@link Session#nodes()}. */
    static CompletableFuture<List<ServerInfo>> servers(Session session) {
        List<CompletableFuture<ServerInfo>> each = new ArrayList<>();
        for (String node : session.nodes()) {
            each.add(session.node(node).thenCompose(Greeting::info));
        }
        return CompletableFuture.allOf(each.toArray(CompletableFuture[]::new))
                .thenApply(done -> each.stream().map(CompletableFuture::join).toList());
    }

    private static CompletableFuture<ServerInfo> info(StatefulConnection<byte[], byte[]> connection) {
        return RedisCalls.dispatch(connection, Commands.info()).handle((text, failure) -> {
            if (failure == null) {
                return ServerInfo.parse(new String(text, StandardCharsets.UTF_8));
            }
            if (String.valueOf(RedisErrors.unwrap(failure).getMessage()).startsWith("NOPERM")) {
                return ServerInfo.UNKNOWN; // the ACL forbids to ask; everything else may work all the same
            }
            throw RedisErrors.rethrow(failure);
        });
    }

    private void check(ServerInfo server) {
        if (server.isTooOld()) {
            throw new TierException(
                    Kind.PERMANENT,
                    config.where() + " is Redis " + server.version() + "; 6.2 or later is needed",
                    null);
        }
        String reason = config.durable() ? server.whyNotDurable() : null;
        if (reason != null) {
            throw new TierException(Kind.PERMANENT, config.where() + ": " + reason, null);
        }
    }

    /**
     * What names the storage: a server that forgets at restart is another one afterwards, so its run id does; one that is durable
     * is the same as long as its data are, so a name that stands among them does.
     */
    CompletableFuture<String> storage(Session session, List<ServerInfo> servers) {
        String runIds = digest(servers.stream().map(ServerInfo::runId).sorted().toList());
        if (!config.durable() && !runIds.isEmpty()) {
            return CompletableFuture.completedFuture(runIds);
        }
        byte[] fresh = UUID.randomUUID().toString().getBytes(StandardCharsets.US_ASCII);
        return RedisCalls.dispatch(session.side(), Commands.setIfAbsent(keys.storage(), fresh))
                .thenCompose(set -> RedisCalls.dispatch(session.side(), Commands.get(keys.storage())))
                .thenApply(name -> name == null ? "unknown" : new String(name, StandardCharsets.UTF_8));
    }

    private static String digest(List<String> runIds) {
        if (runIds.stream().anyMatch(String::isEmpty)) {
            return "";
        }
        if (runIds.size() == 1) {
            return runIds.get(0);
        }
        try {
            byte[] all = String.join(",", runIds).getBytes(StandardCharsets.UTF_8);
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(all))
                    .substring(0, 40);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
