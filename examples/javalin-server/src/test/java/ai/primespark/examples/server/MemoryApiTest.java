package ai.primespark.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.Zone;
import ai.primespark.memory.MemoryStats;
import ai.primespark.memory.MemoryStats.TierState;
import ai.primespark.memory.MemoryStats.TierStats;
import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryApiTest {

    @TempDir
    static Path directory;

    private static TestServer server;

    @BeforeAll
    static void start() {
        server = new TestServer(directory);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"text\"",
                "\"\"",
                "42",
                "-1.5",
                "9007199254740993",
                "true",
                "[]",
                "{}",
                "[1, [\"two\"], {\"three\": null}]",
                "{\"camelCase\": {\"list\": [1, 2]}, \"ünï\": \"cödé\\n\"}"
            })
    void anyJsonValueComesBackAsItWas(String value) {
        HttpResponse<String> set = server.post("/api/memory/set", "{\"key\": \"any\", \"value\": " + value + "}");
        JsonNode got = TestServer.json(server.post("/api/memory/get", "{\"key\": \"any\"}"));

        assertThat(set.statusCode()).as(set.body()).isEqualTo(200);
        assertThat(TestServer.json(set).get("success").asBoolean()).isTrue();
        assertThat(TestServer.json(set).get("key").asText()).isEqualTo("any");
        assertThat(got.get("value")).isEqualTo(TestServer.json(value));
        assertThat(got.get("version")).isEqualTo(TestServer.json(set).get("version"));
        assertThat(got.get("key").asText()).isEqualTo("any");
        assertThat(got.get("tier").asText()).isNotBlank();
        assertThat(got.get("expires_at").isNull()).isTrue();
    }

    @Test
    void aJavaProgramReadsWhatTheApiStored() {
        server.post("/api/memory/set", "{\"key\": \"shared\", \"value\": {\"colour\": \"blue\"}}");

        assertThat(server.spark.memory().find("shared", Map.class)).hasValue(Map.of("colour", "blue"));
    }

    @Test
    void aTimeToLiveBecomesAMoment() {
        server.post("/api/memory/set", "{\"key\": \"brief\", \"value\": 1, \"ttl\": 3600}");

        String expires = TestServer.json(server.post("/api/memory/get", "{\"key\": \"brief\"}"))
                .get("expires_at")
                .asText();

        assertThat(Instant.parse(expires))
                .isBetween(Instant.now().plusSeconds(3000), Instant.now().plusSeconds(3600));
    }

    @ParameterizedTest
    @CsvSource({"memory", "journaled", "tier(1)", "all"})
    void everyDurabilityIsAccepted(String level) {
        HttpResponse<String> response = server.post(
                "/api/memory/set", "{\"key\": \"durable\", \"value\": 1, \"durability\": \"" + level + "\"}");

        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    }

    @Test
    void aValueThatNeedNotBePersistedIsStoredAllTheSame() {
        server.post("/api/memory/set", "{\"key\": \"light\", \"value\": 1, \"persist_to_nas\": false}");

        assertThat(server.post("/api/memory/get", "{\"key\": \"light\"}").statusCode())
                .isEqualTo(200);
    }

    @Test
    void theExpectedVersionDecides() {
        JsonNode first = TestServer.json(server.post("/api/memory/set", "{\"key\": \"cas\", \"value\": 1}"));
        String swap = "{\"key\": \"cas\", \"value\": 2, \"if_version\": " + first.get("version") + "}";

        HttpResponse<String> right = server.post("/api/memory/set", swap);
        HttpResponse<String> again = server.post("/api/memory/set", swap);

        assertThat(right.statusCode()).isEqualTo(200);
        assertThat(again.statusCode()).isEqualTo(409);
        assertThat(TestServer.json(again).get("type").asText()).isEqualTo("urn:primespark:problem:version-conflict");
        assertThat(TestServer.json(again).get("current_version"))
                .isEqualTo(TestServer.json(right).get("version"));
    }

    @Test
    void anExpectedVersionOfNothingIsAConflict() {
        HttpResponse<String> response = server.post(
                "/api/memory/set", "{\"key\": \"never-set\", \"value\": 2, \"if_version\": \"0000019a2b3c0001-pi\"}");

        assertThat(response.statusCode()).isEqualTo(409);
        assertThat(TestServer.json(response).get("current_version").asText()).isEqualTo("none");
    }

    @Test
    void whatIsNotThereIsNotFound() {
        HttpResponse<String> response = server.post("/api/memory/get", "{\"key\": \"nothing-here\"}");

        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(TestServer.json(response).get("type").asText()).isEqualTo("urn:primespark:problem:absent");
    }

    @Test
    void absenceIsNotClaimedWhenATierWasNotAsked() {
        HttpResponse<String> response = server.post("/api/memory/get", "{\"key\": \"nothing-here\", \"max_tier\": 1}");

        assertThat(response.statusCode()).as(response.body()).isEqualTo(503);
        JsonNode problem = TestServer.json(response);
        assertThat(problem.get("type").asText()).isEqualTo("urn:primespark:problem:tier-unavailable");
        assertThat(problem.get("tiers")).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "plain",
                "with%20space",
                "with%2Fslash",
                "with/slash",
                "%C3%BCn%C3%AF",
                "a:b?all_tiers=true",
                "stats%2F"
            })
    void deletesWhateverTheKey(String path) {
        String key =
                java.net.URLDecoder.decode(path.replaceFirst("\\?.*", ""), java.nio.charset.StandardCharsets.UTF_8);
        server.spark.memory().put(key, List.of(1));

        HttpResponse<String> response =
                server.send(server.request("/api/memory/" + path).DELETE());

        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(TestServer.json(response).get("success").asBoolean()).isTrue();
        assertThat(TestServer.json(response).get("key").asText()).isEqualTo(key);
        assertThat(server.spark.memory().exists(key)).isFalse();
    }

    @Test
    void aDeletionCannotLeaveTiersOut() {
        HttpResponse<String> response =
                server.send(server.request("/api/memory/k?all_tiers=false").DELETE());

        assertThat(response.statusCode()).isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}                                                     | key, value",
                "{\"key\": \"\", \"value\": 1}                          | key",
                "{\"key\": 5, \"value\": 1}                             | key",
                "{\"key\": \"a\\u0000b\", \"value\": 1}                 | key",
                "{\"key\": \"k\", \"value\": null}                      | value",
                "{\"key\": \"k\", \"value\": 1, \"ttl\": 0}             | ttl",
                "{\"key\": \"k\", \"value\": 1, \"ttl\": 1.5}           | ttl",
                "{\"key\": \"k\", \"value\": 1, \"ttl\": \"1\"}         | ttl",
                "{\"key\": \"k\", \"value\": 1, \"durability\": \"x\"}  | durability",
                "{\"key\": \"k\", \"value\": 1, \"durability\": \"tier(50)\"}  | durability",
                "{\"key\": \"k\", \"value\": 1, \"if_version\": \"x\"}  | if_version",
                "{\"key\": \"k\", \"value\": 1, \"persist_to_nas\": 1}  | persist_to_nas",
                "{\"key\": \"k\", \"value\": 1, \"tll\": 5, \"x\": 1}   | tll, x",
                "{\"key\": \"k\", \"value\": 1e400}                    | value",
                "{\"key\": \"k\", \"value\": {\"a\": [1, -1e400]}}     | value"
            })
    void everyMistakeIsNamedByItsField(String body, String fields) {
        HttpResponse<String> response = server.post("/api/memory/set", body);

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(TestServer.json(response).get("errors").findValuesAsText("field"))
                .containsExactlyInAnyOrder(fields.split(", "));
    }

    @Test
    void statsShowTheRealTiersUnderTheirFamiliarNames() {
        server.post("/api/memory/set", "{\"key\": \"counted\", \"value\": 1, \"durability\": \"all\"}");
        server.post("/api/memory/get", "{\"key\": \"counted\"}");

        JsonNode stats = TestServer.json(server.get("/api/memory/stats"));

        assertThat(stats.at("/near_cache/type").asText()).isEqualTo("caffeine");
        assertThat(stats.at("/near_cache/hits").asLong()).isPositive();
        assertThat(stats.at("/journal/entries").isNumber()).isTrue();
        JsonNode first = stats.get("tier1_local_cache");
        assertThat(first.get("type").asText()).isEqualTo("directory");
        assertThat(first.get("state").asText()).isEqualTo("up");
        assertThat(first.get("keys").isIntegralNumber()).isTrue();
        assertThat(first.get("bytes").isIntegralNumber()).isTrue();
        assertThat(first.get("misses").isIntegralNumber()).isTrue();
        assertThat(first.get("pending").isIntegralNumber()).isTrue();
        assertThat(stats.at("/tier2_nas_storage/state").asText()).isEqualTo("not_configured");
        assertThat(stats.at("/tier3_cloud_storage/state").asText()).isEqualTo("not_configured");
    }

    @Test
    void noTierIsLostOrTakenForAnother() {
        assertThat(named(
                        tier("ram", "caffeine", Zone.EDGE),
                        tier("disk", "directory", Zone.EDGE),
                        tier("s3", "s3", Zone.CLOUD)))
                .isEqualTo("near ram, local disk, nas null, cloud s3, others []");
        assertThat(named(tier("ram", "caffeine", Zone.EDGE), tier("nas", "nfs", Zone.EDGE)))
                .isEqualTo("near ram, local null, nas nas, cloud null, others []");
        assertThat(named(tier("redis", "redis", Zone.EDGE), tier("disk", "directory", Zone.EDGE)))
                .isEqualTo("near null, local redis, nas disk, cloud null, others []");
        assertThat(named(
                        tier("ram", "caffeine", Zone.EDGE),
                        tier("redis", "redis", Zone.EDGE),
                        tier("disk", "directory", Zone.EDGE),
                        tier("nas", "nfs", Zone.EDGE),
                        tier("minio", "s3", Zone.TRUSTED),
                        tier("s3", "s3", Zone.CLOUD),
                        tier("attic", "s3", Zone.CLOUD)))
                .isEqualTo("near ram, local redis, nas nas, cloud s3, others [disk, minio, attic]");
    }

    private static TierStats tier(String id, String type, Zone zone) {
        return new TierStats(id, type, 1, zone, TierState.UP, "", 0, 0, 0, 0, 0, 0, 0, -1);
    }

    private static String named(TierStats... tiers) {
        MemoryViews.Stats stats = MemoryViews.Stats.of(
                new MemoryStats(List.of(tiers), 0, 0, new MemoryStats.JournalStats(0, 0, 0, 0, -1, 0, "")));
        return "near " + stats.nearCache().id() + ", local "
                + stats.tier1LocalCache().id() + ", nas "
                + stats.tier2NasStorage().id() + ", cloud "
                + stats.tier3CloudStorage().id() + ", others "
                + stats.otherTiers().keySet();
    }

    @Test
    void keysAreListedPageByPage() {
        for (int i = 0; i < 5; i++) {
            server.spark.memory().put("listed/" + i, List.of(i));
        }

        Set<String> found = new HashSet<>();
        String cursor = "";
        do {
            JsonNode page = TestServer.json(server.get("/api/memory/keys?prefix=listed/&limit=2" + cursor));
            assertThat(page.get("keys").size()).isLessThanOrEqualTo(2);
            assertThat(page.get("missing_tiers")).isEmpty();
            page.get("keys").forEach(key -> found.add(key.asText()));
            cursor = page.get("cursor").isNull()
                    ? ""
                    : "&cursor=" + URLEncoder.encode(page.get("cursor").asText(), StandardCharsets.UTF_8);
        } while (!cursor.isEmpty());

        assertThat(found).containsExactlyInAnyOrder("listed/0", "listed/1", "listed/2", "listed/3", "listed/4");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/memory/keys?prefix=&cursor=&limit=",
                "/api/memory/objects?prefix=&cursor=&limit=",
                "/api/tasks?status=&type=&cursor=&limit="
            })
    void whatIsEmptyInAQueryIsNotGiven(String path) {
        HttpResponse<String> response = server.get(path);

        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.body())
                .isEqualTo(server.get(path.replaceFirst("\\?.*", "")).body());
        assertThat(server.get("/api/memory/keys?prefix=%20").statusCode()).isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource({"limit=0, limit", "limit=1001, limit", "limit=ten, limit", "cursor=no%20cursor, cursor"})
    void aWrongQueryForKeysIsNamed(String query, String name) {
        HttpResponse<String> response = server.get("/api/memory/keys?" + query);

        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        assertThat(TestServer.json(response).get("type").asText())
                .isEqualTo("urn:primespark:problem:invalid-parameter");
        assertThat(TestServer.json(response).at("/errors/0/field").asText()).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"persist", "prefetch"})
    void valuesAreMovedAmongTheTiers(String move) {
        server.spark.memory().put("moved", List.of(1));

        HttpResponse<String> there = server.post("/api/memory/" + move, "{\"key\": \"moved\"}");
        HttpResponse<String> absent = server.post("/api/memory/" + move, "{\"key\": \"never-there\"}");
        HttpResponse<String> illegal = server.post("/api/memory/" + move, "{\"key\": \"a\\u0000b\"}");

        assertThat(there.statusCode()).as(there.body()).isEqualTo(200);
        assertThat(TestServer.json(there).get("success").asBoolean()).isTrue();
        assertThat(TestServer.json(there).get("key").asText()).isEqualTo("moved");
        assertThat(absent.statusCode()).isEqualTo(404);
        assertThat(illegal.statusCode()).isEqualTo(400);
    }

    @Test
    void aValueIsStoredOnlyWhereThereIsNone() {
        String body = "{\"key\": \"first\", \"value\": 1, \"if_version\": \"none\"}";

        assertThat(server.post("/api/memory/set", body).statusCode()).isEqualTo(200);
        HttpResponse<String> second = server.post("/api/memory/set", body);

        assertThat(second.statusCode()).isEqualTo(409);
        assertThat(TestServer.json(second).get("current_version").asText()).isNotEqualTo("none");
    }

    @Test
    void aKeyThatNoPathCanSayIsDeletedByABody() {
        for (String key : List.of("a/../b", "/leading", "objects/x", "semi;colon")) {
            String version =
                    server.spark.memory().put(key, List.of(1)).version().toString();
            String quoted = "{\"key\": \"" + key + "\"";

            HttpResponse<String> wrong = server.post(
                    "/api/memory/delete", quoted + ", \"if_version\": \"" + version.replaceFirst("0", "1") + "\"}");
            HttpResponse<String> right =
                    server.post("/api/memory/delete", quoted + ", \"if_version\": \"" + version + "\"}");

            assertThat(wrong.statusCode()).as(wrong.body()).isEqualTo(409);
            assertThat(right.statusCode()).as(right.body()).isEqualTo(200);
            assertThat(server.spark.memory().exists(key)).isFalse();
        }
        assertThat(server.post("/api/memory/delete", "{\"key\": \"x\", \"if_version\": \"none\"}")
                        .statusCode())
                .isEqualTo(400);
        assertThat(server.post("/api/memory/delete", "{\"key\": \"x\"}").statusCode())
                .isEqualTo(200);
    }

    @Test
    void aValueThatMemoryDoesNotTakeIsTooLarge() {
        try (TestServer small = new TestServer(
                directory.resolve("small"),
                Duration.ofSeconds(15),
                (builder, config) -> builder.config(config.with("primespark.memory.max-value-bytes", 4_096L)))) {
            HttpResponse<String> response =
                    small.post("/api/memory/set", "{\"key\": \"k\", \"value\": \"" + "x".repeat(5_000) + "\"}");

            assertThat(response.statusCode()).as(response.body()).isEqualTo(413);
            assertThat(TestServer.json(response).get("type").asText())
                    .isEqualTo("urn:primespark:problem:value-too-large");
        }
    }
}
