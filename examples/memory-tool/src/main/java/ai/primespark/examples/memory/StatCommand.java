package ai.primespark.examples.memory;

import ai.primespark.memory.KeyPlaces;
import ai.primespark.memory.KeyPlaces.Place;
import ai.primespark.memory.KeyPlaces.Presence;
import ai.primespark.memory.Memory;
import ai.primespark.memory.Version;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Shows what each tier holds of a key. */
@Command(
        name = "stat",
        description = "Shows what each tier holds of a key.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class StatCommand implements Callable<Integer> {

    @ParentCommand
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private MemoryTool tool;

    @Parameters(paramLabel = "KEY", description = "the key, or the object's name")
    @SuppressWarnings("NullAway.Init")
    private String key;

    @Option(names = "--object", description = "an object instead of a value")
    private boolean object;

    @Override
    public Integer call() {
        try (Session session = Session.open(tool)) {
            Memory memory = session.memory(tool.namespace);
            if (object) {
                ObjectView.print(
                        tool,
                        memory.objects()
                                .stat(key)
                                .orElseThrow(() -> new ToolException(
                                        ToolException.NOT_FOUND, "there is no object '" + key + "'")));
                return ToolException.OK;
            }
            KeyPlaces places = memory.admin().where(key);
            Place newest = places.places().stream()
                    .filter(place -> place.version() != null)
                    .max(Comparator.comparing(place -> Objects.requireNonNull(place.version())))
                    .orElse(null);
            if (tool.json) {
                printJson(places);
            } else {
                printTable(places, newest == null ? null : newest.version());
            }
            return code(places, newest);
        }
    }

    private static int code(KeyPlaces places, @Nullable Place newest) {
        boolean live = newest != null
                && !newest.tombstone()
                && newest.expiresAt().map(end -> end.isAfter(Instant.now())).orElse(true);
        if (live) {
            return ToolException.OK;
        }
        if (newest == null && places.places().stream().anyMatch(place -> place.presence() == Presence.DAMAGED)) {
            return ToolException.DAMAGED;
        }
        boolean unknown = places.places().stream().anyMatch(place -> place.presence() == Presence.UNKNOWN);
        return unknown ? ToolException.UNKNOWN : ToolException.NOT_FOUND;
    }

    private void printTable(KeyPlaces places, @Nullable Version newest) {
        tool.out.println("key        " + places.key());
        tool.out.println("namespace  " + places.namespace());
        tool.out.println("pinned     " + (places.pinned() ? "yes" : "no"));
        tool.out.println();
        List<List<String>> rows = new ArrayList<>();
        for (Place place : places.places()) {
            rows.add(List.of(
                    place.number() + " " + place.tier(),
                    state(place, newest),
                    place.heldVersion().map(Version::toString).orElse("-"),
                    place.version() == null ? "-" : Output.size(place.bytes()),
                    place.version() == null
                            ? "-"
                            : place.expiresAt().map(Instant::toString).orElse("never"),
                    place.pending() ? "pending" : "",
                    place.detail()));
        }
        Output.table(tool.out, List.of("TIER", "STATE", "VERSION", "SIZE", "ENDS", "", ""), rows);
    }

    private static String state(Place place, @Nullable Version newest) {
        if (place.presence() != Presence.PRESENT) {
            return place.presence().name().toLowerCase(Locale.ROOT);
        }
        String kind = place.tombstone() ? "deleted" : "present";
        return Objects.equals(place.version(), newest) ? kind : kind + ", older";
    }

    private void printJson(KeyPlaces places) {
        List<Map<String, @Nullable Object>> tiers = new ArrayList<>();
        for (Place place : places.places()) {
            Map<String, @Nullable Object> fields = new LinkedHashMap<>();
            fields.put("tier", place.tier());
            fields.put("number", place.number());
            fields.put("zone", place.zone().name().toLowerCase(Locale.ROOT));
            fields.put("state", place.presence().name().toLowerCase(Locale.ROOT));
            fields.put("version", place.heldVersion().map(Version::toString).orElse(null));
            fields.put("deleted", place.tombstone());
            fields.put("bytes", place.bytes());
            fields.put("expires", place.expiresAt().map(Instant::toString).orElse(null));
            fields.put("pending", place.pending());
            fields.put("detail", place.detail());
            tiers.add(fields);
        }
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("namespace", places.namespace());
        fields.put("key", places.key());
        fields.put("pinned", places.pinned());
        fields.put("tiers", tiers);
        tool.out.println(Output.json(fields));
    }
}
