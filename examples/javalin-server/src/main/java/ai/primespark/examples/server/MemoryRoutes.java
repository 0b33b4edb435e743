package ai.primespark.examples.server;

import ai.primespark.memory.Ack;
import ai.primespark.memory.Lookup;
import ai.primespark.memory.Memory;
import ai.primespark.memory.MemoryStats;
import ai.primespark.memory.MemoryStats.TierStats;
import ai.primespark.memory.PutOptions;
import ai.primespark.memory.Stored;
import ai.primespark.memory.TierUnavailableException;
import ai.primespark.memory.Version;
import ai.primespark.memory.WriteResult;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** Values by key. */
final class MemoryRoutes {

    private static final List<String> TIERS = List.of("tier1_local_cache", "tier2_nas_storage", "tier3_cloud_storage");

    private final Memory memory;

    MemoryRoutes(Memory memory) {
        this.memory = memory;
    }

    void addTo(RoutesConfig routes) {
        routes.post("/api/memory/set", this::set);
        routes.post("/api/memory/get", this::get);
        routes.get("/api/memory/stats", ctx -> ctx.json(stats(memory.stats())));
        routes.delete("/api/memory/<key>", this::delete); // a key may hold slashes
    }

    private void set(Context ctx) {
        Body body = Body.read(ctx);
        String key = body.text("key");
        Object value = body.value("value");
        PutOptions options = options(body);
        Optional<Version> expected = body.read(
                "if_version", "must be a version as set and get give it", node -> Version.parse(node.asText()));
        body.check();
        WriteResult result = legalKey(() -> expected.isPresent()
                ? memory.replace(key, expected.get(), value, options)
                : memory.put(key, value, options));
        if (result instanceof WriteResult.Conflict conflict) {
            throw new Problem(
                            HttpStatus.CONFLICT,
                            "version-conflict",
                            "the value has another version than if_version by now; get it again and repeat")
                    .with(
                            "current_version",
                            conflict.currentVersion().map(Version::toString).orElse("none"));
        }
        if (result instanceof Stored stored) {
            ctx.json(Map.of("success", true, "key", key, "version", stored.version()));
        }
    }

    /** What does not go to the NAS at once is acknowledged in memory; the engine still copies it to the other tiers later. */
    private static PutOptions options(Body body) {
        PutOptions options = body.flag("persist_to_nas", true) ? PutOptions.DEFAULT : PutOptions.ack(Ack.MEMORY);
        Optional<Integer> ttl = body.wholeNumber("ttl", Integer.MAX_VALUE);
        if (ttl.isPresent()) {
            options = options.withTtl(Duration.ofSeconds(ttl.get()));
        }
        return body.read("durability", "must be memory, journaled, tier(n) or all", node -> Ack.parse(node.asText()))
                .map(options::withAck)
                .orElse(options);
    }

    private void get(Context ctx) {
        Body body = Body.read(ctx);
        String key = body.text("key");
        Optional<Integer> maxTier = body.wholeNumber("max_tier", 99);
        body.check();
        Lookup<Object> answer = legalKey(() ->
                maxTier.isPresent() ? memory.get(key, Object.class, maxTier.get()) : memory.get(key, Object.class));
        if (answer instanceof Lookup.Unknown<Object> unknown) {
            throw new TierUnavailableException("read", unknown.tiersNotAsked());
        }
        if (!(answer instanceof Lookup.Found<Object> found)) {
            throw new Problem(HttpStatus.NOT_FOUND, "absent", "there is no value under this key");
        }
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("key", key);
        view.put("value", found.value());
        view.put("version", found.version());
        view.put("tier", found.tier());
        view.put("expires_at", found.expiry());
        ctx.json(view);
    }

    private void delete(Context ctx) {
        String key = ctx.pathParam("key");
        String all = ctx.queryParam("all_tiers");
        if (all != null && !all.equals("true")) {
            throw new Problem(
                    HttpStatus.BAD_REQUEST,
                    "invalid-query",
                    "all_tiers can only be true: a deletion that leaves a tier out would come undone");
        }
        legalKey(() -> memory.delete(key));
        ctx.json(Map.of("success", true, "key", key));
    }

    private static <T> T legalKey(Supplier<T> operation) {
        try {
            return operation.get();
        } catch (IllegalArgumentException e) {
            throw Problem.invalid(List.of(Map.of("field", "key", "detail", String.valueOf(e.getMessage()))));
        }
    }

    /** The in-process cache apart, then the tiers in their order under the names that dashboards know. */
    private static Map<String, Object> stats(MemoryStats stats) {
        List<TierStats> tiers = stats.tiers();
        Map<String, Object> view = new LinkedHashMap<>();
        boolean near = !tiers.isEmpty() && tiers.get(0).type().equals("caffeine");
        for (int i = 0; i < TIERS.size(); i++) {
            int index = near ? i + 1 : i;
            view.put(TIERS.get(i), index < tiers.size() ? tiers.get(index) : Map.of("state", "not_configured"));
        }
        view.put("journal", stats.journal());
        view.put("near_cache", near ? tiers.get(0) : Map.of("state", "not_configured"));
        return view;
    }
}
