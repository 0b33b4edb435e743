package ai.primespark.core.agent;

import ai.primespark.agent.AgentCallbacks;
import ai.primespark.health.HealthResult;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** The agents of this process that run elsewhere, and the way for their callbacks. Thread-safe. */
final class RemoteAgents implements AgentCallbacks, AutoCloseable {

    private final Map<String, RemoteHost> hosts = new ConcurrentHashMap<>();

    void add(String id, RemoteHost host) {
        hosts.put(id, host);
        host.begin();
    }

    /** Why agents get no tasks now, by their ids; those that do are left out. */
    Map<String, String> obstacles() {
        Map<String, String> obstacles = new TreeMap<>();
        hosts.forEach((id, host) -> host.complaint().ifPresent(why -> obstacles.put(id, why)));
        return obstacles;
    }

    /** How each of them is, by their ids. */
    Map<String, HealthResult> health() {
        Map<String, HealthResult> health = new TreeMap<>();
        hosts.forEach((id, host) -> health.put(
                id, host.complaint().map(HealthResult::degraded).orElseGet(() -> HealthResult.healthy("gets tasks"))));
        return health;
    }

    @Override
    public Answer receive(String method, String path, Map<String, List<String>> headers, byte[] body) {
        String below = path.startsWith("/") ? path.substring(1) : path;
        int slash = below.indexOf('/');
        RemoteHost host = slash < 0 ? null : hosts.get(below.substring(0, slash));
        return host == null
                ? NONE.receive(method, path, headers, body)
                : host.remote().callbacks().receive(method, below.substring(slash), headers, body);
    }

    @Override
    public void close() {
        hosts.values().forEach(RemoteHost::close);
    }
}
