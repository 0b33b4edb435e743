package ai.primespark;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What an instance is made of.
 *
 * @param version of the engine
 * @param nodeId this machine's name in record versions and traces
 * @param javaVersion for example {@code 17.0.15}
 * @param virtualThreads whether blocking work runs on virtual threads (Java 21 and later)
 * @param providers every provider found, used or not
 * @param settings every setting in force by its full path; secrets as {@code ***}
 */
public record SystemInfo(
        String version,
        String nodeId,
        String javaVersion,
        boolean virtualThreads,
        List<Provider> providers,
        Map<String, SettingInfo> settings) {

    /** Copies the collections. */
    public SystemInfo {
        Objects.requireNonNull(version, "version");
        Objects.requireNonNull(nodeId, "nodeId");
        Objects.requireNonNull(javaVersion, "javaVersion");
        providers = List.copyOf(providers);
        settings = Map.copyOf(settings);
    }

    /**
     * A provider that was found.
     *
     * @param kind {@code memory-tier}, {@code llm-backend}, {@code power-source}, {@code vpn-driver}, {@code task-queue} or
     *     {@code user-store}
     * @param name its type name; empty when it could not be loaded
     * @param implementation class name
     * @param origin {@code embedded}, {@code discovered} or {@code given}
     * @param problem why it cannot be used; empty when it can
     */
    public record Provider(String kind, String name, String implementation, String origin, String problem) {}

    /**
     * A setting in force.
     *
     * @param value as text, {@code ***} for secrets
     * @param origin where it was written
     */
    public record SettingInfo(String value, String origin) {}
}
