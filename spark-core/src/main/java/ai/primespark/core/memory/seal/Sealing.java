package ai.primespark.core.memory.seal;

import ai.primespark.Zone;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.spi.KeyProvider;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.Meters;
import ai.primespark.spi.TierException;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Decides what is sealed, where: from which zone on the values of each namespace are encrypted. In doubt they are. Thread-safe.
 */
public final class Sealing {

    private final @Nullable KeyProvider keys;
    private final Zone usual;
    private final boolean plainRecords;
    private final Function<String, Optional<NamespaceOptions>> remembered;
    private final @Nullable Subkeys subkeys;
    private final ConcurrentHashMap<String, Rule> opened = new ConcurrentHashMap<>();

    /** What to do with a namespace's records at a tier. */
    enum Verdict {
        PLAIN,
        SEAL,
        /** They may pass only sealed, and there are no keys. */
        NO_KEYS,
        /** They may not travel so far at all. */
        TOO_FAR
    }

    /** From where on a namespace is sealed, if anywhere, and how far its values may travel. */
    private record Rule(@Nullable Zone from, Zone reach) {}

    /**
     * Makes the policy of one engine.
     *
     * @param keys root keys, or null when there are none
     * @param usual from where on namespaces are sealed that do not say, if there are keys
     * @param plainRecords whether sealed tiers are searched for records from before they were sealed
     * @param remembered options of namespaces that were opened before, with the zone from which they were sealed then
     */
    public Sealing(
            @Nullable KeyProvider keys,
            Zone usual,
            boolean plainRecords,
            Function<String, Optional<NamespaceOptions>> remembered) {
        this.keys = keys;
        this.usual = usual;
        this.plainRecords = plainRecords;
        this.remembered = remembered;
        this.subkeys = keys == null ? null : new Subkeys(keys);
    }

    /**
     * Refuses a namespace that cannot be sealed as it must be.
     *
     * @param name the namespace
     * @param options what the program or the configuration says of it
     * @throws IllegalArgumentException when it is to be sealed and there are no keys
     */
    public void check(String name, NamespaceOptions options) {
        if (keys == null && options.encryptionFrom().isPresent()) {
            throw new IllegalArgumentException("namespace '" + name + "' is to be encrypted from "
                    + options.encryptionFrom().get()
                    + " on, but there are no keys; set primespark.memory.encryption.keys-file, or hand a KeyProvider to the"
                    + " builder");
        }
    }

    /**
     * Takes a namespace in when it is opened.
     *
     * @param name the namespace
     * @param options how it is opened
     * @param zones of the tiers outside of this process that its values may travel to
     * @return the zone to remember, from which it is sealed; null for nowhere
     * @throws IllegalArgumentException when it is to be sealed and there are no keys
     * @throws IllegalStateException when it was sealed before where it would not be now, so that what is stored there would not
     *     be found
     */
    public @Nullable Zone admit(String name, NamespaceOptions options, Collection<Zone> zones) {
        check(name, options);
        Zone before =
                remembered.apply(name).flatMap(NamespaceOptions::encryptionFrom).orElse(null);
        Zone from = from(options);
        if (before != null && zones.stream().anyMatch(zone -> reaches(before, zone) && !reaches(from, zone))) {
            throw new IllegalStateException("namespace '" + name + "' was encrypted from " + before
                    + " on when it was opened before, and what is stored there could not be found "
                    + (from == null ? "without keys; configure them again" : "from " + from + " on; open it as before")
                    + ", or give the encrypted values up by removing the namespace from the engine's namespaces.json");
        }
        Zone kept = from == null ? before : from;
        opened.put(name, new Rule(kept, options.reach()));
        return kept;
    }

    /**
     * From where on a namespace is sealed.
     *
     * @param options the namespace's
     * @return the zone, or null for nowhere
     */
    public @Nullable Zone from(NamespaceOptions options) {
        return keys == null ? null : options.encryptionFrom().orElse(usual);
    }

    /**
     * What seals chunks of large binaries.
     *
     * @return a sealer, or null when there are no keys
     */
    public @Nullable ChunkSealer chunks() {
        return keys == null ? null : new ChunkSealer(keys);
    }

    /**
     * Puts a guard in front of a tier, through which every record passes.
     *
     * @param id the tier's id
     * @param zone how far data travels to it
     * @param tier the tier
     * @param meters where to count
     * @return a tier that seals what must be sealed on its way to the other
     */
    public MemoryTier guard(String id, Zone zone, MemoryTier tier, Meters meters) {
        return new SealedTier(this, subkeys, plainRecords, id, zone, tier, meters);
    }

    Verdict verdict(String namespace, Zone zone) {
        Rule rule = opened.get(namespace);
        if (rule == null) {
            rule = unopened(namespace);
        }
        if (zone.compareTo(rule.reach()) > 0) { // the dispatcher does not ask; whoever replays or repairs might
            return Verdict.TOO_FAR;
        }
        return !reaches(rule.from(), zone) ? Verdict.PLAIN : keys == null ? Verdict.NO_KEYS : Verdict.SEAL;
    }

    /** What is on its way from an earlier run, or from another machine, before the program has opened its namespace. */
    private Rule unopened(String namespace) {
        Optional<NamespaceOptions> known = remembered.apply(namespace);
        Optional<Zone> from = known.flatMap(NamespaceOptions::encryptionFrom);
        Zone reach = known.map(NamespaceOptions::reach).orElse(Zone.CLOUD);
        if (from.isPresent() || keys == null) {
            return new Rule(from.orElse(null), reach);
        }
        boolean beyondTrust = usual.compareTo(Zone.TRUSTED) > 0;
        return new Rule(known.isEmpty() && beyondTrust ? Zone.TRUSTED : usual, reach); // unheard of: as if private
    }

    private static boolean reaches(@Nullable Zone from, Zone zone) {
        return from != null && zone.compareTo(from) >= 0;
    }

    static TierException refusal(Verdict verdict, String namespace, String id) {
        String why = verdict == Verdict.TOO_FAR
                ? " must not reach tier '" + id + "', which is farther away than the namespace allows"
                : " may reach tier '" + id
                        + "' only encrypted, and there are no keys; configure primespark.memory.encryption";
        return new TierException(TierException.Kind.PERMANENT, "values of namespace '" + namespace + "'" + why, null);
    }
}
