package ai.primespark.core.memory.objects;

import ai.primespark.Zone;
import ai.primespark.memory.Lookup;
import ai.primespark.memory.Memory;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.memory.TierUnavailableException;
import ai.primespark.memory.Version;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One namespace's objects: the memory that holds their heads, and the tiers that their chunks may travel to. Nothing else of
 * the engine knows other tiers, so a tier beyond the namespace's reach cannot be called for it. Thread-safe.
 */
final class ObjectSpace {

    static final String SUFFIX = ".objects";

    /** The namespace, without the suffix. */
    final String name;

    final NamespaceOptions options;
    final Memory heads;

    /** Nearest first. */
    final List<BlobLink> tiers;

    private final @Nullable Zone sealedFrom;

    ObjectSpace(String name, NamespaceOptions options, Memory heads, List<BlobLink> all, @Nullable Zone sealedFrom) {
        this.name = name;
        this.options = options;
        this.heads = heads;
        this.tiers = all.stream()
                .filter(tier -> tier.zone.compareTo(options.reach()) <= 0)
                .toList();
        this.sealedFrom = sealedFrom;
    }

    boolean seals(BlobLink tier) {
        return sealedFrom != null && tier.zone.compareTo(sealedFrom) >= 0;
    }

    /** Whether nothing of it may lie in clear on this machine. */
    boolean sealsOnTheEdge() {
        return sealedFrom == Zone.EDGE;
    }

    boolean sealsAnywhere() {
        return tiers.stream().anyMatch(this::seals);
    }

    /** The tier on this machine that keeps pinned objects. */
    @Nullable
    BlobLink local() {
        return tiers.stream()
                .filter(tier -> tier.local && tier.persistent)
                .findFirst()
                .orElse(null);
    }

    String quoted(String object) {
        return "'" + object + "' of namespace '" + name + "'";
    }

    /** A head and its version. */
    record Stored(ObjectHead head, Version version) {}

    /** The head, or null when the object is absent. */
    @Nullable
    Stored find(String object, String operation) {
        Lookup<String> answer = heads.get(object, String.class);
        if (answer instanceof Lookup.Found<String> found) {
            return new Stored(ObjectHead.parse(quoted(object), found.value()), found.version());
        }
        if (answer instanceof Lookup.Unknown<String> unknown) {
            throw new TierUnavailableException(operation + " object " + quoted(object), unknown.tiersNotAsked());
        }
        return null;
    }

    Stored get(String object, String operation) {
        Stored found = find(object, operation);
        if (found == null) {
            throw new MemoryException(
                    "cannot " + operation + " object " + quoted(object) + ": there is none of this name", false, null);
        }
        return found;
    }

    @Override
    public String toString() {
        return "ObjectSpace[" + name + "]";
    }
}
