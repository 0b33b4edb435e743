package ai.primespark.it.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.it.ProjectFiles;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** docker-compose.yml against the schema that docker compose itself uses, and against what a hardened deployment owes. */
class ComposeFileTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Where the schema comes from; its own id is relative to that. Nothing is fetched. */
    private static final SchemaLocation SCHEMA = SchemaLocation.of(
            "https://raw.githubusercontent.com/compose-spec/compose-spec/main/schema/compose-spec.json");

    private static final String SERVER_IMAGE = "prime-spark-server:local";
    private static final String PINNED = "[a-z0-9./-]+:[A-Za-z0-9._-]+@sha256:[0-9a-f]{64}";

    @TempDir
    Path folder;

    private static JsonNode compose(Map<String, String> variables) {
        return JSON.valueToTree(Interpolation.of(Deployment.yaml("docker-compose.yml"), variables));
    }

    private static JsonNode compose() {
        return compose(Map.of());
    }

    static Stream<String> services() {
        return names(compose().get("services")).stream();
    }

    private static JsonNode service(String name) {
        return compose().get("services").get(name);
    }

    static Set<String> names(JsonNode object) {
        Set<String> names = new TreeSet<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private static List<String> texts(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .map(JsonNode::asText)
                .toList();
    }

    @Test
    void theFileIsWhatTheComposeSpecificationAllows() throws IOException {
        try (InputStream schema = ComposeFileTest.class.getResourceAsStream("compose-spec.json")) {
            Schema rules = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                    .getSchema(SCHEMA, JSON.readTree(Objects.requireNonNull(schema)));
            JsonNode file = compose();
            assertThat(rules.validate(file)).isEmpty();

            // and the schema does see mistakes
            ((ObjectNode) file.at("/services/redis")).put("cap_dorp", "ALL");
            assertThat(rules.validate(file)).isNotEmpty();
        }
    }

    /** Where docker compose is installed; without it, the schema above and the rules below have to do. */
    @Test
    void dockerComposeItselfAcceptsTheFileIfItIsThere() throws IOException {
        Run version = Run.find("docker").isEmpty()
                ? new Run(127, "")
                : Run.of(folder, "docker", "compose", "version", "--short");
        if (version.exit() != 0) {
            System.err.println(
                    "docker compose is not installed: the Compose file was checked by its schema and by rules only");
            assertThat(compose().get("services").size()).isEqualTo(8);
            return;
        }
        Path copy = Deployment.copyTo(folder);
        for (String secret : List.of("server.env", "redis_password", "minio_secret_key", "grafana_password")) {
            Files.createDirectories(copy.resolve("secrets"));
            Files.writeString(copy.resolve("secrets").resolve(secret), "x");
        }
        assertThat(Run.of(
                        copy, "docker", "compose", "--profile", "monitoring", "--profile", "nas", "config", "--quiet"))
                .isEqualTo(new Run(0, ""));
    }

    @Test
    void theServicesAndTheirProfilesAreTheDocumentedOnes() {
        Map<String, List<String>> profiles = new TreeMap<>();
        services().forEach(name -> profiles.put(name, texts(service(name).path("profiles"))));

        assertThat(profiles)
                .isEqualTo(Map.of(
                        "volumes", List.of(),
                        "server", List.of(),
                        "redis", List.of(),
                        "minio", List.of(),
                        "ollama", List.of(),
                        "nas-check", List.of("nas"),
                        "prometheus", List.of("monitoring"),
                        "grafana", List.of("monitoring")));
    }

    @ParameterizedTest
    @MethodSource("services")
    void everyServiceIsConfined(String name) {
        JsonNode service = service(name);

        assertThat(service.get("read_only").asBoolean()).isTrue();
        assertThat(texts(service.get("cap_drop"))).containsExactly("ALL");
        assertThat(texts(service.get("security_opt"))).contains("no-new-privileges:true");
        assertThat(service.has("privileged") || service.has("pid") || service.has("ipc") || service.has("devices"))
                .isFalse();
        JsonNode limits = service.at("/deploy/resources/limits");
        assertThat(names(limits)).contains("cpus", "memory", "pids");
        if (name.equals("volumes")) { // the one that is root: it hands over the volumes, and sees nobody
            assertThat(texts(service.get("cap_add"))).containsExactlyInAnyOrder("CHOWN", "DAC_READ_SEARCH");
            assertThat(service.get("network_mode").asText()).isEqualTo("none");
            assertThat(service.get("restart").asText()).isEqualTo("no");
        } else {
            assertThat(service.get("user").asText()).isEqualTo("10001:10001");
            assertThat(service.has("cap_add")).isFalse();
        }
    }

    @ParameterizedTest
    @MethodSource("services")
    void everyServiceThatStaysSaysWhetherItIsWell(String name) {
        JsonNode service = service(name);
        JsonNode check = service.get("healthcheck");

        if (service.get("restart").asText().equals("no")) { // does its work and ends
            assertThat(check.get("disable").asBoolean()).isTrue();
        } else {
            assertThat(check.get("test").get(0).asText()).isIn("CMD", "CMD-SHELL");
            assertThat(names(check)).contains("interval", "timeout", "retries", "start_period");
        }
    }

    @ParameterizedTest
    @MethodSource("services")
    void everyImageIsPinnedOrBuiltHere(String name) {
        String image = service(name).get("image").asText();
        assertThat(image).matches(SERVER_IMAGE + "|" + PINNED);
        if (image.equals(SERVER_IMAGE) && !service(name).has("build")) {
            assertThat(service(name).get("pull_policy").asText()).isEqualTo("never");
        }
    }

    @ParameterizedTest
    @MethodSource("services")
    void portsAreOnThisMachineOnlyUnlessTheOperatorSaysOtherwise(String name) {
        for (String port : texts(service(name).path("ports"))) {
            assertThat(port).matches("127\\.0\\.0\\.1:\\d+:\\d+");
        }
        Map<String, String> lan = Map.of("BIND_ADDRESS", "0.0.0.0");
        for (String port : texts(compose(lan).at("/services/" + name + "/ports"))) {
            assertThat(port.startsWith("0.0.0.0:")).isEqualTo(name.equals("server"));
        }
    }

    @Test
    void redisAndOllamaAreNotPublishedAndStorageHasNoWayOut() {
        assertThat(service("redis").has("ports")).isFalse();
        assertThat(service("ollama").has("ports")).isFalse();
        assertThat(compose().at("/networks/data/internal").asBoolean()).isTrue();
        assertThat(texts(service("redis").get("networks"))).containsExactly("data");
    }

    @Test
    void secretsAreFilesAndNeverInTheEnvironmentOrInArguments() {
        JsonNode compose = compose();
        Set<String> used = new TreeSet<>();
        services().forEach(name -> {
            JsonNode service = service(name);
            service.path("secrets")
                    .forEach(secret -> used.add(
                            secret.isTextual()
                                    ? secret.asText()
                                    : secret.get("source").asText()));
            service.path("environment").properties().forEach(variable -> {
                if (variable.getKey().matches(".*(PASSWORD|SECRET|TOKEN)(_+FILE)?")) {
                    assertThat(variable.getKey()).endsWith("_FILE");
                    assertThat(variable.getValue().asText()).startsWith("/run/secrets/");
                }
            });
            assertThat(service.path("command").toString()).doesNotContain("requirepass", "password=");
        });
        assertThat(used).isEqualTo(names(compose.get("secrets")));
        compose.get("secrets")
                .forEach(secret -> assertThat(secret.get("file").asText()).startsWith("./secrets/"));
    }

    @Test
    void everyVolumeIsDeclaredOwnedAndUsedAndEveryMountedFileIsThere() {
        JsonNode compose = compose();
        Set<String> owned = new HashSet<>();
        texts(service("volumes").get("volumes")).forEach(volume -> owned.add(volume.split(":")[0]));
        Set<String> used = new TreeSet<>(Set.of("nas"));
        List<String> missing = new ArrayList<>();
        services()
                .forEach(name -> texts(service(name).path("volumes")).forEach(volume -> {
                    String source = volume.split(":")[0];
                    if (source.startsWith(".")) {
                        if (!Files.exists(Deployment.file(source).normalize())) {
                            missing.add(volume);
                        }
                        assertThat(volume).endsWith(":ro");
                    } else {
                        used.add(source);
                    }
                }));

        assertThat(missing).isEmpty();
        assertThat(used).isEqualTo(names(compose.get("volumes")));
        Set<String> writable = new TreeSet<>(used);
        writable.removeAll(Set.of("nas", "nas-off")); // not ours to own, and never written to
        assertThat(owned).containsAll(writable);
    }

    @Test
    void theServerSeesTheNasOnlyIfThereIsOne() {
        assertThat(compose().at("/services/server/environment/NAS_SHARE_PATH").asText())
                .isEmpty();
        assertThat(texts(service("server").get("volumes"))).contains("nas-off:/mnt/nas");

        JsonNode byDocker =
                compose(Map.of("NAS_VOLUME", "nas", "NAS_HOST", "192.168.1.10", "NAS_EXPORT", "/volume1/spark"));
        assertThat(byDocker.at("/services/server/environment/NAS_SHARE_PATH").asText())
                .isEqualTo("/mnt/nas");
        assertThat(texts(byDocker.at("/services/server/volumes"))).contains("nas:/mnt/nas");
        assertThat(byDocker.at("/volumes/nas/driver_opts/o").asText()).startsWith("addr=192.168.1.10,");
        assertThat(byDocker.at("/volumes/nas/driver_opts/device").asText()).isEqualTo(":/volume1/spark");

        JsonNode ofThisMachine = compose(Map.of("NAS_VOLUME", "/mnt/share"));
        assertThat(texts(ofThisMachine.at("/services/nas-check/volumes"))).contains("/mnt/share:/mnt/nas");
    }

    /** Its container sees no tunnel of the machine and has no wg to ask, so watching one would only report that it is down. */
    @Test
    void theServerIsNotToldToWatchATunnelThatItCannotSee() {
        JsonNode server = compose(Map.of("WIREGUARD_INTERFACE", "wg0")).at("/services/server");

        assertThat(names(server.get("environment"))).doesNotContain("WIREGUARD_INTERFACE");
        assertThat(server.toString()).doesNotContain("wg0");
        assertThat(Deployment.read("Dockerfile")).doesNotContain("wireguard");
    }

    @Test
    void theServerWaitsForItsVolumesAndForNobodyWhoMayBeAway() {
        JsonNode needs = service("server").get("depends_on");
        assertThat(needs.at("/redis/condition").asText()).isEqualTo("service_started");
        assertThat(needs.at("/volumes/condition").asText()).isEqualTo("service_completed_successfully");
        assertThat(needs.at("/nas-check/required").asBoolean(true)).isFalse();
        services()
                .forEach(name -> names(service(name).path("depends_on"))
                        .forEach(other -> assertThat(services()).contains(other)));
    }

    @Test
    void theMachinesMemoryIsEnough() {
        long megabytes = services()
                .map(ComposeFileTest::service)
                .filter(service -> !service.get("restart").asText().equals("no"))
                .map(service -> service.at("/deploy/resources/limits/memory").asText())
                .mapToLong(
                        text -> Long.parseLong(text.substring(0, text.length() - 1)) * (text.endsWith("g") ? 1024 : 1))
                .sum();
        assertThat(megabytes)
                .as("all limits together, on a Raspberry Pi 5 with 8 GB")
                .isLessThan(7800);
    }

    @Test
    void redisKeepsTasksAndLeavesRoomForItself() {
        String conf = Deployment.read("redis/redis.conf");
        assertThat(Deployment.find("^maxmemory-policy (\\S+)", conf)).containsExactly("volatile-lru");
        assertThat(Deployment.find("^appendonly (\\S+)", conf)).containsExactly("yes");
        assertThat(Deployment.find("^maxmemory (\\d+)mb", conf))
                .allSatisfy(limit -> assertThat(Integer.parseInt(limit))
                        .isLessThan(256 * 3
                                / 4)); // of the container's limit: a rewrite of the file copies what changes meanwhile
        assertThat(service("redis").at("/deploy/resources/limits/memory").asText())
                .isEqualTo("256m");
        assertThat(ProjectFiles.read(ProjectFiles.root().resolve("docs/agents.md")))
                .contains("maxmemory-policy volatile-lru");
    }
}
