package ai.primespark.it.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.primespark.PrimeSpark;
import ai.primespark.Secret;
import ai.primespark.SparkConfig;
import ai.primespark.auth.Tokens;
import ai.primespark.event.SparkEvent;
import ai.primespark.health.HealthReport;
import ai.primespark.it.ProjectFiles;
import ai.primespark.it.docs.ObservabilityPage.Meter;
import ai.primespark.it.llm.Dialect;
import ai.primespark.llm.CacheMode;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.ToolMethod;
import ai.primespark.llm.Toolbox;
import ai.primespark.memory.Keyring;
import ai.primespark.power.ManualPowerSource;
import ai.primespark.power.PowerProfile;
import ai.primespark.testkit.FaultServer;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Holds docs/observability.md against an instance that has one of everything and does everything once. */
@Timeout(120)
class ObservabilityTest {

    /** Figures that not every machine has, or not always; they are documented with the others. */
    private static final Set<String> NOT_EVERYWHERE = Set.of(
            "cpu_celsius", "swap_percent", "under_voltage", "charge", "watts", "first_token_ms", "capacity_bytes");

    private static final Dialect NEAR = Dialect.OLLAMA;
    private static final Pattern NAME = Pattern.compile("\"(spark\\.[a-z]+(?:\\.[a-z]+)+)\"");

    private static final ObservabilityPage PAGE = new ObservabilityPage();
    private static final SimpleMeterRegistry REGISTRY = new SimpleMeterRegistry();
    private static final Queue<FaultServer.Script> CHATS = new ConcurrentLinkedQueue<>();

    @TempDir
    static Path data;

    private static FaultServer edge;
    private static FaultServer cloud;
    private static final ManualPowerSource UPS = new ManualPowerSource();
    private static PrimeSpark spark;
    private static HealthReport healthy;

    static final class Weather {
        @ToolMethod("Says what the weather is like.")
        String weather() {
            return "rain";
        }
    }

    @BeforeAll
    static void doEverythingOnce() throws IOException {
        edge = FaultServer.start();
        cloud = FaultServer.start();
        for (FaultServer server : List.of(edge, cloud)) {
            server.onRequest(exchange -> exchange.respond(200, "application/json", NEAR.lookup(exchange.path())));
            server.onRequest("/api/embed", exchange -> exchange.respond(200, "application/json", NEAR.vectors(1)));
            server.onRequest("/api/chat", exchange -> {
                FaultServer.Script script = CHATS.poll();
                (script == null ? NEAR.answer(NEAR.text("yes"), NEAR.done("stop")) : script).play(exchange);
            });
        }
        Keyring.generate("k").save(data.resolve("keys.json"));
        Files.createDirectory(data.resolve("nas"));
        UPS.mains();
        spark = PrimeSpark.builder()
                .config(SparkConfig.empty().withText(configuration(), "the test"))
                .powerSource("ups", UPS)
                .meterRegistry(REGISTRY)
                .build();
        onlyMakesItsMeters();

        await().atMost(Duration.ofSeconds(20)).until(ObservabilityTest::healthyAndComplete);
        healthy = spark.health().report();
        CHATS.add(exchange -> exchange.respond(503, "application/json", NEAR.error("server busy")));
        ask("one"); // the cloud's answer
        CHATS.add(NEAR.answer(NEAR.toolCall("weather", "{}"), NEAR.done(NEAR.calling())));
        spark.llm().run(LlmRequest.prompt("umbrella?").build(), Toolbox.of(new Weather()));
        logInAndOut();
        UPS.battery(50);
        await().until(() -> spark.power().profile() == PowerProfile.SAVING);
    }

    private static void logInAndOut() {
        Secret password = spark.auth().users().createFirstAdmin("admin").orElseThrow();
        Tokens tokens =
                spark.auth().refresh(spark.auth().login("admin", password, null).refreshToken());
        spark.auth().revoke(spark.auth().verify(tokens.accessToken().reveal()).sessionId());
    }

    private static void ask(String prompt) {
        spark.llm().generate(LlmRequest.prompt(prompt).cache(CacheMode.BYPASS).build());
    }

    private static boolean healthyAndComplete() {
        HealthReport report = spark.health().report();
        return report.components()
                        .keySet()
                        .equals(PAGE.metrics("### Components").keySet())
                && report.components().get("memory_tiers").parts().values().stream()
                        .allMatch(part -> part.result().metrics().containsKey("records"))
                && report.components().get("vpn").result().metrics().get("peers_connected") == 1;
    }

    /** A queue on a Redis that is not there has its meters all the same. */
    private static void onlyMakesItsMeters() {
        PrimeSpark.builder()
                .config(SparkConfig.empty()
                        .with("primespark.data-dir", data.resolve("other"))
                        .with("primespark.agents.queue", Map.of("type", "redis", "url", "redis://127.0.0.1:1")))
                .meterRegistry(REGISTRY)
                .build()
                .close();
    }

    private static String configuration() {
        return """
                primespark {
                  data-dir = "DATA/spark"
                  health.interval = 200 ms
                  memory.tiers = [
                    { type = caffeine }
                    { type = directory, id = local }
                    { type = nfs, id = nas, path = "DATA/nas", init = if-empty, allow-same-device = true, zone = trusted }
                  ]
                  memory.encryption.keys-file = "DATA/keys.json"
                  llm {
                    default-model = m
                    backends = [
                      { type = ollama, id = pi, url = "EDGE" }
                      { type = ollama, id = cloud, url = "CLOUD", zone = cloud }
                    ]
                    semantic-cache { enabled = true, model = m }
                    budgets = [ { name = month, tokens = 1000000, per = month } ]
                  }
                  agents.remote = [
                    { type = http, id = worker, url = "CLOUD", types = [text.count], secret = "a secret of 32 bytes and no more" }
                  ]
                  power { on-battery-delay = 0 s, recover-delay = 0 s }
                  vpn {
                    driver = { type = static, peers.server = "HOST" }
                    probes.server = "HOST"
                    interval = 100 ms
                  }
                }
                """.replace("DATA", data.toString())
                .replace("EDGE", edge.uri().toString())
                .replace("CLOUD", cloud.uri().toString())
                .replace("HOST", "127.0.0.1:" + edge.uri().getPort());
    }

    @AfterAll
    static void stop() {
        spark.close();
        edge.close();
        cloud.close();
    }

    // --- meters

    private static Map<String, Set<String>> emitted() {
        return REGISTRY.getMeters().stream()
                .map(io.micrometer.core.instrument.Meter::getId)
                .collect(Collectors.groupingBy(
                        id -> id.getName(),
                        Collectors.mapping(
                                id -> id.getType().name().toLowerCase(Locale.ROOT) + " "
                                        + id.getTags().stream()
                                                .map(Tag::getKey)
                                                .collect(Collectors.toCollection(TreeSet::new)),
                                Collectors.toSet())));
    }

    @Test
    void whatIsEmittedIsDocumentedWithItsTypeAndItsTagsAndTheOtherWayRound() {
        Map<String, Set<String>> documented = PAGE.meters().entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        entry -> Set.of(entry.getValue().type() + " "
                                + new TreeSet<>(entry.getValue().tags()))));

        await().untilAsserted(() -> assertThat(emitted()).containsExactlyInAnyOrderEntriesOf(documented));
    }

    @Test
    void tagsHaveOnlyTheValuesThatAreDocumented() {
        Map<String, Meter> documented = PAGE.meters();
        assertThat(REGISTRY.getMeters()).isNotEmpty().allSatisfy(meter -> {
            Meter said = documented.get(meter.getId().getName());
            for (Tag tag : meter.getId().getTags()) {
                if (said.values().containsKey(tag.getKey())) {
                    assertThat(tag.getValue())
                            .as("%s", meter.getId())
                            .isIn(said.values().get(tag.getKey()));
                }
            }
        });
    }

    /** What this test forgets to do must not stay undocumented. */
    @Test
    void everyNameInTheCodeIsDocumented() throws IOException {
        Set<String> names = new TreeSet<>();
        try (Stream<Path> files = Files.walk(ProjectFiles.root(), 14)) {
            files.filter(file -> file.toString().matches(".*/spark-[a-z-]+/src/main/java/.*\\.java"))
                    .forEach(file -> NAME.matcher(ProjectFiles.read(file))
                            .results()
                            .forEach(match -> names.add(match.group(1))));
        }
        Set<String> documented = new TreeSet<>(PAGE.meters().keySet());
        documented.addAll(PAGE.observations());

        assertThat(names).hasSizeGreaterThan(60).isEqualTo(documented);
    }

    // --- events

    @Test
    void everyKindOfEventIsDocumentedAndNoOther() {
        assertThat(PAGE.events())
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(SparkEvent.class.getPermittedSubclasses())
                        .map(Class::getSimpleName)
                        .toList());
    }

    // --- health

    @Test
    void everyComponentHasTheFiguresThatAreDocumentedAndNoOther() {
        assertThat(healthy.components().keySet())
                .isEqualTo(PAGE.metrics("### Components").keySet());
        healthy.components()
                .forEach((name, component) -> assertFigures(
                        name, component, PAGE.metrics("### Components").get(name)));
    }

    @Test
    void everyPartHasTheFiguresThatAreDocumentedAndNoOther() {
        Map<String, Set<String>> documented = PAGE.metrics("### Parts");
        healthy.components().forEach((name, component) -> {
            assertThat(component.parts().isEmpty()).as(name).isEqualTo(!documented.containsKey(name));
            component.parts().forEach((id, part) -> assertFigures(name + "." + id, part, documented.get(name)));
        });
    }

    private static void assertFigures(String name, HealthReport.Component component, Set<String> documented) {
        Set<String> shown = component.result().metrics().keySet();
        assertThat(documented).as("documented of %s", name).containsAll(shown);
        Set<String> missing = new TreeSet<>(documented);
        missing.removeAll(shown);
        assertThat(NOT_EVERYWHERE).as("%s does not show", name).containsAll(missing);
    }

    @Test
    void theExampleHasTheShapeOfAReport() {
        Map<String, Object> example = ConfigFactory.parseString(
                        PAGE.json("### An example"),
                        ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON))
                .root()
                .unwrapped();
        assertThat(shape(example)).isEqualTo(shape(healthy.toMap()));
    }

    /** The same with types in place of values. */
    private static Object shape(Object value) {
        if (value instanceof Map<?, ?> map) {
            return map.entrySet().stream()
                    .filter(entry -> !NOT_EVERYWHERE.contains(String.valueOf(entry.getKey())))
                    .collect(Collectors.toMap(Map.Entry::getKey, entry -> shape(entry.getValue())));
        }
        return value instanceof Number ? "number" : "text";
    }
}
