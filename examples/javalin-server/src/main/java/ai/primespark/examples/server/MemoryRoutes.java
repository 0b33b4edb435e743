package ai.primespark.examples.server;

import ai.primespark.memory.Ack;
import ai.primespark.memory.Lookup;
import ai.primespark.memory.Memory;
import ai.primespark.memory.MemoryStats.TierStats;
import ai.primespark.memory.PutOptions;
import ai.primespark.memory.ScanPage;
import ai.primespark.memory.Stored;
import ai.primespark.memory.TierUnavailableException;
import ai.primespark.memory.Version;
import ai.primespark.memory.WriteResult;
import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Values by key. */
final class MemoryRoutes {

    private static final int PAGE = 100;
    private static final int LONGEST_PAGE = 1_000;

    private static final Field<String> KEY = Field.text("key", "1 to 1,024 bytes of UTF-8 without control characters.")
            .needed();
    private static final Field<Object> VALUE =
            Field.any("value", "Any JSON but null.").needed();
    private static final Field<Integer> TTL =
            Field.whole("ttl", 1, Integer.MAX_VALUE, "Seconds until it ends; without it, as the namespace has it.");
    private static final Field<Boolean> PERSIST = Field.flag(
                    "persist_to_nas", "False: do not wait until the value is safe from a crash.")
            .otherwise(true);
    private static final Field<Ack> DURABILITY = Field.of(
            "durability",
            "What the answer waits for; wins over `persist_to_nas`.",
            Map.of("type", "string", "pattern", "^(memory|journaled|all|tier\\([1-9][0-9]?\\))$"),
            "must be memory, journaled, tier(n) or all",
            node -> Ack.parse(node.asText()));
    private static final Field<Condition> IF_VERSION = Field.of(
            "if_version",
            "Only if this is the current version; `none`: only if there is no value.",
            Map.of("type", "string"),
            "must be a version as set and get give it, or none",
            MemoryRoutes::condition);
    private static final Field<Integer> MAX_TIER =
            Field.whole("max_tier", 1, 99, "The number of the last tier to ask; the hottest is 1.");
    private static final Field<String> PREFIX = Field.text("prefix", "Only keys that begin with this.");
    private static final Field<String> CURSOR = Field.text("cursor", "The `cursor` of the page before.");
    private static final Field<Integer> LIMIT =
            Field.whole("limit", 1, LONGEST_PAGE, "The longest page.").otherwise(PAGE);
    private static final Field<Boolean> ALL_TIERS = Field.of(
            "all_tiers",
            "There is no other way: a deletion that left a tier out would come undone.",
            Map.of("type", "boolean", "const", true),
            "can only be true: a deletion that leaves a tier out would come undone",
            node -> node.asBoolean() ? true : null);

    private final Memory memory;

    MemoryRoutes(Memory memory) {
        this.memory = memory;
    }

    /** What must be there; a version of null is nothing. */
    private record Condition(@Nullable Version version) {}

    List<Route> routes() {
        return List.of(
                writing(Route.post("/api/memory/set"), "Stores a value.")
                        .json(KEY, VALUE, TTL, PERSIST, DURABILITY, IF_VERSION)
                        .answers(200, MemoryViews.Written.class, "It is stored as safely as asked.")
                        .problem(409, "version-conflict", "the value has another version than if_version")
                        .problem(413, "value-too-large", "the value is larger than memory takes")
                        .to(this::set),
                Route.post("/api/memory/get")
                        .user("memory:read")
                        .summary("Reads a value.")
                        .json(KEY, MAX_TIER)
                        .answers(200, MemoryViews.Value.class, "The value.")
                        .problem(404, "absent", "there is no value under this key")
                        .problem(503, "tier-unavailable", "a tier that may hold the value was not asked")
                        .to(this::get),
                Route.get("/api/memory/keys")
                        .user("memory:read")
                        .summary("Lists keys.")
                        .query(PREFIX, CURSOR, LIMIT)
                        .answers(200, MemoryViews.Keys.class, "A page of keys.")
                        .to(this::keys),
                moving(
                        "/api/memory/persist",
                        "Copies a value to all tiers and waits until they have it.",
                        memory::persist),
                moving("/api/memory/prefetch", "Copies a value to the hottest tier.", memory::prefetch),
                Route.get("/api/memory/stats")
                        .user("memory:read")
                        .summary("How the tiers are doing.")
                        .answers(200, MemoryViews.Stats.class, "Counts since the start, and present states.")
                        .to(ctx -> ctx.json(MemoryViews.Stats.of(memory.stats()))),
                writing(Route.post("/api/memory/delete"), "Deletes a value, whatever characters its key has.")
                        .json(KEY, IF_VERSION)
                        .answers(200, MemoryViews.Gone.class, "It is gone, or was not there.")
                        .problem(409, "version-conflict", "the value has another version than if_version")
                        .to(this::deletePosted),
                writing(Route.delete("/api/memory/<key>"), "Deletes a value.") // a key may hold slashes
                        .path(KEY)
                        .query(ALL_TIERS)
                        .answers(200, MemoryViews.Gone.class, "It is gone, or was not there.")
                        .to(this::delete));
    }

    private static Route.Builder writing(Route.Builder route, String summary) {
        return route.user("memory:write")
                .summary(summary)
                .problem(503, "tier-unavailable", "a tier that decides was not asked");
    }

    private static Route moving(String path, String summary, Function<String, Boolean> move) {
        return writing(Route.post(path), summary)
                .json(KEY)
                .answers(200, MemoryViews.Gone.class, "It is there.")
                .problem(404, "absent", "there is no value under this key, or power is too short to fetch it")
                .to(ctx -> {
                    String key = Input.of(ctx).need(KEY);
                    if (!legalKey(() -> move.apply(key))) {
                        throw absent("there is no value under this key, or power is too short to fetch it");
                    }
                    ctx.json(new MemoryViews.Gone(true, key));
                });
    }

    private static Problem absent(String detail) {
        return new Problem(HttpStatus.NOT_FOUND, "absent", detail);
    }

    private static Condition condition(JsonNode node) {
        return new Condition(node.asText().equals("none") ? null : Version.parse(node.asText()));
    }

    private void set(Context ctx) {
        Input in = Input.of(ctx);
        String key = in.need(KEY);
        Stored stored = stored(legalKey(() -> write(key, in.need(VALUE), options(in), in.get(IF_VERSION))));
        ctx.json(new MemoryViews.Written(true, key, stored.version()));
    }

    private WriteResult write(String key, Object value, PutOptions options, Optional<Condition> condition) {
        if (condition.isEmpty()) {
            return memory.put(key, value, options);
        }
        Version expected = condition.get().version();
        return expected == null
                ? memory.putIfAbsent(key, value, options)
                : memory.replace(key, expected, value, options);
    }

    private static Stored stored(WriteResult result) {
        if (result instanceof Stored stored) {
            return stored;
        }
        String current = result instanceof WriteResult.Conflict conflict
                ? conflict.currentVersion().map(Version::toString).orElse("none")
                : "none";
        throw new Problem(
                        HttpStatus.CONFLICT,
                        "version-conflict",
                        "the value has another version than if_version by now; get it again and repeat")
                .with("current_version", current);
    }

    /** What does not go to the NAS at once is acknowledged in memory; the engine still copies it to the other tiers later. */
    private PutOptions options(Input in) {
        PutOptions options = in.get(PERSIST).orElse(true) ? PutOptions.DEFAULT : PutOptions.ack(Ack.MEMORY);
        Optional<Integer> ttl = in.get(TTL);
        if (ttl.isPresent()) {
            options = options.withTtl(Duration.ofSeconds(ttl.get()));
        }
        Optional<Ack> durability = in.get(DURABILITY);
        durability.ifPresent(this::checkTier);
        return durability.map(options::withAck).orElse(options);
    }

    private void checkTier(Ack durability) {
        List<Integer> numbers =
                memory.stats().tiers().stream().map(TierStats::number).toList();
        if (durability.kind() == Ack.Kind.TIER && !numbers.contains(durability.number())) {
            throw Problem.invalid("durability", "names a tier that there is not; the tiers are " + numbers);
        }
    }

    private void get(Context ctx) {
        Input in = Input.of(ctx);
        String key = in.need(KEY);
        Lookup<Object> answer = legalKey(() -> in.get(MAX_TIER)
                .map(tier -> memory.get(key, Object.class, tier))
                .orElseGet(() -> memory.get(key, Object.class)));
        if (answer instanceof Lookup.Unknown<Object> unknown) {
            throw new TierUnavailableException("read", unknown.tiersNotAsked());
        }
        if (!(answer instanceof Lookup.Found<Object> found)) {
            throw absent("there is no value under this key");
        }
        ctx.json(new MemoryViews.Value(key, found.value(), found.version(), found.tier(), found.expiry()));
    }

    private void keys(Context ctx) {
        Input in = Input.of(ctx);
        try {
            ScanPage page = memory.scan(
                    in.get(PREFIX).orElse(""),
                    in.get(CURSOR).orElse(null),
                    in.get(LIMIT).orElse(PAGE));
            ctx.json(new MemoryViews.Keys(
                    page.entries().stream().map(ScanPage.Entry::key).toList(), page.next(), page.missingTiers()));
        } catch (IllegalArgumentException e) {
            throw Problem.parameter("cursor", "must be one that this call gave, beside a legal prefix");
        }
    }

    private void deletePosted(Context ctx) {
        Input in = Input.of(ctx);
        String key = in.need(KEY);
        Optional<Condition> condition = in.get(IF_VERSION);
        Version expected = condition.isPresent() ? condition.get().version() : null;
        if (condition.isPresent() && expected == null) {
            throw Problem.invalid("if_version", "must be a version: there is nothing to delete where there is none");
        }
        Stored unused = stored(legalKey(() -> expected == null ? memory.delete(key) : memory.deleteIf(key, expected)));
        ctx.json(new MemoryViews.Gone(true, key));
    }

    private void delete(Context ctx) {
        String key = Input.of(ctx).need(KEY);
        Stored unused = legalKey(() -> memory.delete(key));
        ctx.json(new MemoryViews.Gone(true, key));
    }

    private static <T> T legalKey(Supplier<T> operation) {
        try {
            return operation.get();
        } catch (IllegalArgumentException e) {
            throw Problem.invalid("key", String.valueOf(e.getMessage()));
        }
    }
}
