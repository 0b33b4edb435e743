package ai.primespark.core.memory;

import ai.primespark.Zone;
import ai.primespark.memory.Ack;
import ai.primespark.memory.Compression;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.memory.UnknownPolicy;
import ai.primespark.spi.Setting;
import ai.primespark.spi.Settings;
import ai.primespark.spi.TierKey;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What {@code primespark.memory.namespaces} understands: how namespaces that the program opens by name alone behave. */
final class NamespaceSettings {

    private static final NamespaceOptions USUAL = NamespaceOptions.DEFAULT;

    static final Setting<String> NAME = Setting.text("name", "The namespace.")
            .must(NamespaceSettings::isNamespace, "[a-z][a-z0-9._-]* of at most 64 characters");

    static final Setting<String> CODEC = Setting.text("codec", "How values become bytes.")
            .must(Codecs::isCodec, "json, cbor, bytes or text")
            .defaultsTo(USUAL.codec());

    static final Setting<Zone> REACH = Setting.choice(
                    "reach", Zone.class, "The farthest zone that values may travel to.")
            .defaultsTo(USUAL.reach());

    static final Setting<String> ACK = Setting.text(
                    "ack", "When a write counts as done. Without it: as for all memory.")
            .must(MemorySettings::isAck, "memory, journaled, tier(n) or all")
            .optional();

    static final Setting<Duration> TTL = Setting.duration("ttl", "How long values live. Without it: for ever.")
            .atLeast(Duration.ofMillis(1))
            .optional();

    static final Setting<UnknownPolicy> UNKNOWN = Setting.choice(
                    "unknown", UnknownPolicy.class, "What convenience reads make of an unknown answer.")
            .defaultsTo(USUAL.unknown());

    static final Setting<Compression> COMPRESSION = Setting.choice(
                    "compression", Compression.class, "How values are made smaller.")
            .defaultsTo(USUAL.compression());

    static final Setting<Zone> ENCRYPT_FROM = Setting.choice(
                    "encrypt-from", Zone.class, "From where on values are sealed. Without it: encryption.from.")
            .optional();

    static final Setting<Duration> ABSENT_LIFE =
            life("absent-life", "How long the near tier may remember that there is no value.", USUAL.absentLife());

    static final Setting<Duration> STALE_LIFE = life(
            "stale-life",
            "How long after its end a value may still be given while its loader runs.",
            USUAL.staleLife());

    static final Setting<Boolean> URGENT = Setting.bool(
                    "urgent", "Whether values travel to distant tiers even while power is short.")
            .defaultsTo(USUAL.urgent());

    static final Setting<List<Settings>> NAMESPACES = Setting.objects(
                    "namespaces",
                    "How namespaces behave that the program opens without options of its own.",
                    List.of(
                            NAME,
                            CODEC,
                            REACH,
                            ACK,
                            TTL,
                            UNKNOWN,
                            COMPRESSION,
                            ENCRYPT_FROM,
                            ABSENT_LIFE,
                            STALE_LIFE,
                            URGENT))
            .must(NamespaceSettings::areDistinct, "a list that names no namespace twice")
            .defaultsTo(List.of());

    private NamespaceSettings() {}

    private static Setting<Duration> life(String name, String description, Duration usual) {
        return Setting.duration(name, description).atLeast(Duration.ZERO).defaultsTo(usual);
    }

    private static boolean isNamespace(String name) {
        try {
            TierKey.checkNamespace(name);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean areDistinct(List<Settings> namespaces) {
        Set<String> names = new HashSet<>();
        return namespaces.stream().allMatch(each -> names.add(each.get(NAME)));
    }

    /** The declared namespaces by name, in the configured order. */
    static Map<String, NamespaceOptions> options(Settings settings) {
        Map<String, NamespaceOptions> options = new LinkedHashMap<>();
        for (Settings each : settings.get(NAMESPACES)) {
            NamespaceOptions its = NamespaceOptions.DEFAULT
                    .withCodec(each.get(CODEC))
                    .withReach(each.get(REACH))
                    .withUnknown(each.get(UNKNOWN))
                    .withCompression(each.get(COMPRESSION))
                    .withAbsentLife(each.get(ABSENT_LIFE))
                    .withStaleLife(each.get(STALE_LIFE))
                    .withUrgent(each.get(URGENT));
            its = each.find(ACK).map(Ack::parse).map(its::withAck).orElse(its);
            its = each.find(TTL).map(its::withTtl).orElse(its);
            its = each.find(ENCRYPT_FROM).map(its::withEncryptionFrom).orElse(its);
            options.put(each.get(NAME), its);
        }
        return options;
    }
}
