package ai.primespark.core.memory.objects;

import ai.primespark.Zone;
import ai.primespark.memory.Ack;
import ai.primespark.memory.Compression;
import ai.primespark.memory.Lookup;
import ai.primespark.memory.Memory;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.memory.PutOptions;
import ai.primespark.memory.ScanPage;
import ai.primespark.memory.TierUnavailableException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Which namespaces have objects, for machines that share tiers: a collector must see the heads of all. Kept in memory itself,
 * in one namespace for each reach, {@code primespark.objects.edge} and so on, so that no name travels farther than the
 * namespace's own values. Thread-safe.
 */
final class Registry {

    private static final String PREFIX = "primespark.objects.";

    private final ObjectsEngine.Namespaces namespaces;
    private final Set<String> announced = ConcurrentHashMap.newKeySet();

    Registry(ObjectsEngine.Namespaces namespaces) {
        this.namespaces = namespaces;
    }

    private Memory of(Zone reach) {
        return namespaces.open(
                PREFIX + reach.name().toLowerCase(Locale.ROOT),
                NamespaceOptions.DEFAULT.withCodec("text").withReach(reach));
    }

    void announce(ObjectSpace space) {
        if (announced.contains(space.name)) {
            return;
        }
        Memory memory = of(space.options.reach());
        String text = text(space.options);
        if (!(memory.get(space.name, String.class) instanceof Lookup.Found<String> found
                && found.value().equals(text))) {
            PutOptions options = space.options.ackLevel().map(PutOptions::ack).orElse(PutOptions.DEFAULT);
            var unused = memory.put(space.name, text, options);
        }
        boolean unused = announced.add(space.name);
    }

    /** All that are known, with what is needed to read their heads. */
    Map<String, NamespaceOptions> all(Census.Completeness wanted) {
        Map<String, NamespaceOptions> all = new LinkedHashMap<>();
        for (Zone reach : Zone.values()) {
            Memory memory = open(reach);
            @Nullable String cursor = null;
            while (memory != null) {
                ScanPage page = memory.scan("", cursor, 500);
                if (wanted == Census.Completeness.ALL && !page.missingTiers().isEmpty()) {
                    throw new TierUnavailableException("see all namespaces with objects", page.missingTiers());
                }
                for (ScanPage.Entry entry : page.entries()) {
                    Lookup<String> text = memory.get(entry.key(), String.class);
                    if (text instanceof Lookup.Found<String> found) {
                        all.put(entry.key(), options(reach, found.value()));
                    } else if (wanted == Census.Completeness.ALL && text instanceof Lookup.Unknown<String> unknown) {
                        throw new TierUnavailableException("see all namespaces with objects", unknown.tiersNotAsked());
                    }
                }
                cursor = page.next();
                if (cursor == null) {
                    break;
                }
            }
        }
        return all;
    }

    /** Null when no tier is that near. */
    private @Nullable Memory open(Zone reach) {
        try {
            return of(reach);
        } catch (IllegalStateException e) {
            return null;
        }
    }

    private static String text(NamespaceOptions options) {
        return "format=1;encrypted-from="
                + options.encryptionFrom().map(Zone::name).orElse("") + ";ttl-millis="
                + options.ttl().map(Duration::toMillis).map(String::valueOf).orElse("") + ";compression="
                + options.compression() + ";ack="
                + options.ackLevel().map(String::valueOf).orElse("") + ";urgent=" + options.urgent();
    }

    private static NamespaceOptions options(Zone reach, String text) {
        NamespaceOptions options = NamespaceOptions.DEFAULT.withReach(reach);
        for (String part : text.split(";", -1)) {
            String[] pair = part.split("=", 2);
            if (pair.length < 2 || pair[1].isEmpty()) {
                continue;
            }
            options = switch (pair[0]) {
                case "encrypted-from" -> options.withEncryptionFrom(Zone.valueOf(pair[1]));
                case "ttl-millis" -> options.withTtl(Duration.ofMillis(Long.parseLong(pair[1])));
                case "compression" -> options.withCompression(Compression.valueOf(pair[1]));
                case "ack" -> options.withAck(Ack.parse(pair[1]));
                case "urgent" -> options.withUrgent(Boolean.parseBoolean(pair[1]));
                default -> options;
            };
        }
        return options;
    }
}
