package ai.primespark.memory.redis;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a server's {@code INFO} says, as far as it matters here. An ACL may forbid it; then little is known. Immutable. */
final class ServerInfo {

    /** When the server does not let us ask. */
    static final ServerInfo UNKNOWN = new ServerInfo(Map.of());

    private static final int LEAST_MAJOR = 6;
    private static final int LEAST_MINOR = 2;

    private final Map<String, String> values;

    private ServerInfo(Map<String, String> values) {
        this.values = values;
    }

    static ServerInfo parse(String text) {
        Map<String, String> values = new HashMap<>();
        for (String line : text.lines().toList()) {
            int colon = line.indexOf(':');
            if (colon > 0 && line.charAt(0) != '#') {
                values.put(line.substring(0, colon), line.substring(colon + 1));
            }
        }
        return new ServerInfo(Map.copyOf(values));
    }

    boolean isKnown() {
        return !values.isEmpty();
    }

    String version() {
        return values.getOrDefault("redis_version", "of an unknown version");
    }

    /** Whether the server is older than what the scripts need; false when it does not say. */
    boolean isTooOld() {
        String[] parts = values.getOrDefault("redis_version", "").split("\\.", -1);
        if (parts.length < 2) {
            return false;
        }
        try {
            int major = Integer.parseInt(parts[0]);
            return major < LEAST_MAJOR || major == LEAST_MAJOR && Integer.parseInt(parts[1]) < LEAST_MINOR;
        } catch (NumberFormatException e) {
            return false;
        }
    }

    String runId() {
        return values.getOrDefault("run_id", "");
    }

    String policy() {
        return values.getOrDefault("maxmemory_policy", "");
    }

    /** 0 for no limit, -1 when not known. */
    long maxMemory() {
        return number("maxmemory");
    }

    long usedMemory() {
        return number("used_memory");
    }

    boolean isAppendOnly() {
        return "1".equals(values.get("aof_enabled"));
    }

    /** Keys in a database, records of others included; -1 when not known. */
    long keys(int database) {
        if (!isKnown()) {
            return -1;
        }
        String text = values.get("db" + database); // keys=12,expires=3,avg_ttl=0
        if (text == null) {
            return 0;
        }
        int from = text.indexOf("keys=");
        int to = text.indexOf(',', from);
        return from < 0 || to < 0 ? -1 : Long.parseLong(text.substring(from + 5, to));
    }

    /** Whether the server may forget records by itself before they end. */
    boolean mayEvict() {
        return !policy().isEmpty() && !policy().equals("noeviction");
    }

    /** What the eviction policy means for the tier, in words. */
    String policyInWords() {
        String policy = policy();
        if (policy.isEmpty()) {
            return "eviction policy not known";
        }
        if (maxMemory() == 0) {
            return policy + " without maxmemory: nothing is evicted, the machine's memory is the limit";
        }
        if (!mayEvict()) {
            return policy + ": writes are refused when the memory is full";
        }
        return policy.startsWith("allkeys")
                ? policy + ": anything may be evicted, tombstones included"
                : policy + ": records with an end and tombstones may be evicted; writes are refused when none is left";
    }

    /** Why a server must not be called durable, or null. */
    @Nullable
    String whyNotDurable() {
        return mayEvict()
                ? "durable = true, but its maxmemory-policy is " + policy()
                        + ", so it may drop what it has acknowledged; set maxmemory-policy noeviction, or durable = false"
                : null;
    }

    String memoryInWords() {
        long max = maxMemory();
        return mib(usedMemory()) + (max > 0 ? " of " + mib(max) : "") + " MiB used";
    }

    private static String mib(long bytes) {
        return bytes < 0 ? "?" : String.valueOf((bytes + (1 << 19)) >> 20);
    }

    private long number(String name) {
        try {
            return Long.parseLong(values.getOrDefault(name, "-1"));
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
