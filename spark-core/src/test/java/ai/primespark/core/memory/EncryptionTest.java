package ai.primespark.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.Secret;
import ai.primespark.Zone;
import ai.primespark.memory.Compression;
import ai.primespark.memory.Keyring;
import ai.primespark.memory.Lookup;
import ai.primespark.memory.Memory;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.memory.ScanPage;
import ai.primespark.memory.Version;
import ai.primespark.spi.Condition;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.KeyProvider;
import ai.primespark.spi.Meters;
import ai.primespark.spi.RecordFormat;
import ai.primespark.spi.Settings;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierPage;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import ai.primespark.testkit.InMemoryTier;
import ai.primespark.testkit.TestContext;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The engine over an edge, a trusted and a cloud tier; each test looks at what the tiers got. */
class EncryptionTest {

    private final TestContext context = TestContext.create();
    private final InMemoryTier edge = new InMemoryTier(TierTrait.LOCAL, TierTrait.PERSISTENT, TierTrait.ATOMIC_CAS);
    private final InMemoryTier nas = new InMemoryTier(TierTrait.PERSISTENT, TierTrait.SHARED);
    private final InMemoryTier cloud = new InMemoryTier(TierTrait.PERSISTENT, TierTrait.SCAN_ORDERED);
    private final List<MemoryEngine> engines = new ArrayList<>();
    private final Map<String, Object> settings = new HashMap<>(Map.of("timeout", "2 s"));
    private final Keyring ring = Keyring.generate("first");

    /** As after a restart: another engine over the same tiers and the same directory. */
    private MemoryEngine engine(@Nullable KeyProvider keys) {
        engines.forEach(MemoryEngine::close);
        MemoryEngine engine = new MemoryEngine(
                Settings.of(MemorySettings.ALL, settings),
                List.of(
                        new ConfiguredTier(
                                "near", "caffeine", Zone.EDGE, new CaffeineTier("near", context.clock(), 1 << 20)),
                        new ConfiguredTier("edge", "map", Zone.EDGE, edge),
                        new ConfiguredTier("nas", "map", Zone.TRUSTED, nas),
                        new ConfiguredTier("cloud", "map", Zone.CLOUD, cloud)),
                context.clock(),
                context.blocking(),
                context.scheduler(),
                Meters.discarding(),
                event -> {},
                "pi",
                context.directory().resolve("engine"),
                keys);
        engines.add(engine);
        return engine;
    }

    private static Memory open(MemoryEngine engine, String name) {
        return engine.namespace(name, null);
    }

    @AfterEach
    void close() {
        engines.forEach(MemoryEngine::close);
        context.close();
    }

    private static void flush(Memory memory) {
        assertThat(memory.flush(Duration.ofSeconds(10))).isTrue();
    }

    private static List<TierRecord> stored(InMemoryTier tier, String namespace) {
        Deadline deadline = Deadline.in(Duration.ofSeconds(10));
        TierPage page = tier.scan(namespace, "", null, 10_000, deadline)
                .toCompletableFuture()
                .join();
        List<TierRecord> records = new ArrayList<>();
        page.headers()
                .forEach(header -> records.add(
                        tier.get(header.key(), deadline).toCompletableFuture().join()));
        return records;
    }

    private static String bytes(InMemoryTier tier, String namespace) {
        StringBuilder all = new StringBuilder();
        stored(tier, namespace)
                .forEach(record -> all.append(new String(RecordFormat.write(record), StandardCharsets.ISO_8859_1)));
        return all.toString();
    }

    private static Set<String> keys(Memory memory, String prefix) {
        Set<String> keys = new TreeSet<>();
        String cursor = null;
        do {
            ScanPage page = memory.scan(prefix, cursor, 3);
            assertThat(page.missingTiers()).isEmpty();
            page.entries().forEach(entry -> assertThat(keys.add(entry.key())).isTrue());
            cursor = page.next();
        } while (cursor != null);
        return keys;
    }

    @Test
    void valuesAreSealedFromTheTrustedZoneOnAndReadFromThere() {
        Memory memory = open(engine(ring), "diary");
        memory.put("monday-secret", Map.of("text", "rain-secret"));
        memory.put("tuesday-secret", "sun-secret");
        memory.delete("tuesday-secret");
        flush(memory);
        assertThat(bytes(edge, "diary")).contains("rain-secret").contains("monday-secret");
        for (InMemoryTier tier : List.of(nas, cloud)) {
            assertThat(stored(tier, "diary")).hasSize(2);
            assertThat(bytes(tier, "diary")).doesNotContain("-secret").doesNotContain("json");
        }
        stored(edge, "diary")
                .forEach(record -> edge.purge(record.key(), record.version(), Deadline.in(Duration.ofSeconds(1))));
        Memory after = open(engine(ring), "diary");
        assertThat(after.get("monday-secret", Object.class)).isInstanceOfSatisfying(Lookup.Found.class, found -> {
            assertThat(found.value()).isEqualTo(Map.of("text", "rain-secret"));
            assertThat(found.tier()).isEqualTo("nas");
        });
        assertThat(after.get("tuesday-secret", String.class)).isInstanceOf(Lookup.Absent.class);
        assertThat(keys(after, "mon")).containsExactly("monday-secret");
    }

    @Test
    void scansOverSealedAndOpenTiersGiveEachKeyOnce() {
        Memory memory = open(engine(ring), "diary");
        TreeSet<String> wanted = new TreeSet<>();
        for (int i = 0; i < 20; i++) {
            String key = (i % 2 == 0 ? "even/" : "odd/") + i + (i % 5 == 0 ? "x".repeat(700) : "");
            memory.put(key, "v" + i);
            if (i % 2 == 0) {
                wanted.add(key);
            }
        }
        flush(memory);
        assertThat(keys(memory, "even/")).isEqualTo(wanted);
        stored(edge, "diary").stream()
                .limit(10)
                .forEach(record -> edge.purge(record.key(), record.version(), Deadline.in(Duration.ofSeconds(1))));
        Memory after = open(engine(ring), "diary");
        assertThat(keys(after, "even/")).isEqualTo(wanted);
        assertThat(keys(after, "")).hasSize(20);
    }

    @Test
    void aNamespaceChoosesItsZone() {
        MemoryEngine engine = engine(ring);
        Memory everywhere = engine.namespace("private", NamespaceOptions.DEFAULT.withEncryptionFrom(Zone.EDGE));
        Memory cloudOnly = engine.namespace("shared", NamespaceOptions.DEFAULT.withEncryptionFrom(Zone.CLOUD));
        everywhere.put("k", "value-a");
        cloudOnly.put("k", "value-b");
        flush(everywhere);
        assertThat(bytes(edge, "private")).doesNotContain("value-a");
        assertThat(bytes(nas, "shared")).contains("value-b");
        assertThat(bytes(cloud, "shared")).doesNotContain("value-b");
        assertThat(everywhere.find("k", String.class)).contains("value-a");
    }

    @Test
    void valuesAreMadeSmallerBeforeTheyAreSealed() {
        String text = "a line of text that comes again and again\n".repeat(200);
        Memory memory = engine(ring)
                .namespace(
                        "log",
                        NamespaceOptions.DEFAULT
                                .withCompression(Compression.DEFLATE)
                                .withCodec("cbor"));
        memory.put("k", List.of(text));
        flush(memory);
        assertThat(stored(edge, "log").get(0).encoding()).isEqualTo("cbor+deflate");
        assertThat(stored(edge, "log").get(0).body().length).isLessThan(text.length() / 10);
        assertThat(stored(cloud, "log").get(0).encoding()).isEqualTo("sealed");
        assertThat(stored(cloud, "log").get(0).body().length).isLessThan(text.length() / 5);
        stored(edge, "log")
                .forEach(record -> edge.purge(record.key(), record.version(), Deadline.in(Duration.ofSeconds(1))));
        Memory after = engine(ring)
                .namespace(
                        "log",
                        NamespaceOptions.DEFAULT
                                .withCompression(Compression.DEFLATE)
                                .withCodec("cbor"));
        assertThat(after.find("k", Object.class)).contains(List.of(text));
        assertThat(after.find("k", Object.class)).as("from the near tier").contains(List.of(text));
    }

    @Test
    void withoutKeysNothingThatMustBeEncryptedIsOpened() {
        MemoryEngine engine = engine(null);
        assertThatThrownBy(() -> engine.namespace("private", NamespaceOptions.DEFAULT.withEncryptionFrom(Zone.CLOUD)))
                .hasMessageContaining("'private'")
                .hasMessageContaining("no keys")
                .hasMessageContaining("keys-file");
        settings.put("namespaces", List.of(Map.of("name", "private", "encrypt-from", "cloud")));
        assertThatThrownBy(() -> engine(null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'private'");
        assertThat(stored(cloud, "private")).isEmpty();
    }

    @Test
    void keysThatWereTakenAwayDoNotTurnSealedValuesIntoAbsentOnes() {
        open(engine(ring), "diary").put("k", "v");
        MemoryEngine without = engine(null);
        assertThatThrownBy(() -> open(without, "diary"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("'diary'")
                .hasMessageContaining("configure them again");
        open(without, "other").put("k", "plain");
        assertThat(open(engine(ring), "diary").find("k", String.class)).contains("v");
        settings.put("encryption.from", "cloud");
        MemoryEngine farther = engine(ring);
        assertThatThrownBy(() -> open(farther, "diary"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("TRUSTED")
                .hasMessageContaining("CLOUD");
    }

    @Test
    void theZoneFromTheSettingsIsNoOptionOfTheNamespaceAndMayMoveInward() {
        NamespaceOptions options = NamespaceOptions.DEFAULT.withTtl(Duration.ofHours(1));
        engine(ring).namespace("diary", options).put("k", "v-secret");
        MemoryEngine again = engine(ring);
        assertThat(open(again, "diary").find("k", String.class)).contains("v-secret"); // opened by its name, as before
        assertThat(again.namespace("diary", options).find("k", String.class)).contains("v-secret");
        settings.put("encryption.from", "edge");
        Memory nearer = open(engine(ring), "diary");
        nearer.put("k", "v-newer");
        flush(nearer);
        assertThat(nearer.find("k", String.class)).contains("v-newer");
        assertThat(bytes(edge, "diary")).doesNotContain("v-newer");
    }

    @Test
    void aRingIsRotatedAndTheOldKeyIsNeededUntilEverythingIsTouched() {
        Keyring two = Keyring.of(Map.of("names", key('n')), "names", null).rotate("old");
        Memory memory = open(engine(two), "diary");
        memory.put("a", "one");
        memory.put("b", "two");
        flush(memory);
        Keyring three = two.rotate("new");
        Memory after = open(engine(three), "diary");
        assertThat(after.find("a", String.class)).contains("one");
        for (String key : keys(after, "")) {
            assertThat(after.touch(key, null)).isPresent();
        }
        flush(after);
        assertThat(stored(cloud, "diary"))
                .hasSize(2)
                .allSatisfy(record -> assertThat(new String(record.body(), 1, 4, StandardCharsets.US_ASCII))
                        .isEqualTo("new\0"));
        stored(edge, "diary")
                .forEach(record -> edge.purge(record.key(), record.version(), Deadline.in(Duration.ofSeconds(1))));
        Memory last = open(engine(three.without("old")), "diary");
        assertThat(last.find("a", String.class)).contains("one");
        assertThat(last.find("b", String.class)).contains("two");
    }

    @Test
    void aRemovedKeyIsUnknownAndNamedAndNeverAbsent() {
        Keyring two = Keyring.of(Map.of("names", key('n')), "names", null).rotate("old");
        Memory memory = open(engine(two), "diary");
        memory.put("a", "one");
        flush(memory);
        stored(edge, "diary")
                .forEach(record -> edge.purge(record.key(), record.version(), Deadline.in(Duration.ofSeconds(1))));
        Memory after = open(engine(two.rotate("new").without("old")), "diary");
        assertThat(after.get("a", String.class))
                .isInstanceOfSatisfying(
                        Lookup.Unknown.class,
                        unknown ->
                                assertThat(unknown.toString()).contains("'old'").contains("keyring"));
    }

    @Test
    void edgeOnlyNamespacesNeverReachFartherEvenWhenAReplayBringsThem() {
        NamespaceOptions edgeOnly = NamespaceOptions.DEFAULT.withReach(Zone.EDGE);
        engine(null).namespace("diary", edgeOnly).put("k", "private-value");
        for (KeyProvider keys : new KeyProvider[] {null, ring}) {
            MemoryEngine restarted = engine(keys); // has not opened the namespace; only the catalog speaks of it
            TierRecord replayed = TierRecord.value(
                    TierKey.of("diary", "k"),
                    Version.of(context.clock().millis(), 9, "pi"),
                    TierRecord.NEVER,
                    "text",
                    "private-value".getBytes(StandardCharsets.UTF_8));
            for (InMemoryTier tier : List.of(nas, cloud)) {
                Zone zone = tier == nas ? Zone.TRUSTED : Zone.CLOUD;
                assertThatThrownBy(() -> restarted
                                .sealing
                                .guard("far", zone, tier, Meters.discarding())
                                .apply(replayed, Condition.IF_NEWER, Deadline.in(Duration.ofSeconds(5)))
                                .toCompletableFuture()
                                .join())
                        .hasRootCauseInstanceOf(TierException.class)
                        .hasMessageContaining("must not reach");
            }
            Memory opened = restarted.namespace("diary", edgeOnly);
            opened.put("k2", "private-value");
            assertThat(opened.persist("k2")).isTrue();
            flush(opened);
        }
        assertThat(stored(edge, "diary")).isNotEmpty();
        assertThat(stored(nas, "diary")).isEmpty();
        assertThat(stored(cloud, "diary")).isEmpty();
    }

    @Test
    void damagedSealedRecordsAreReadFromAnotherTier() {
        Memory memory = open(engine(ring), "diary");
        memory.put("k", "value");
        flush(memory);
        TierRecord sealed = stored(nas, "diary").get(0);
        byte[] body = sealed.body().clone();
        body[body.length - 1] ^= 1;
        nas.apply(
                TierRecord.value(
                        sealed.key(),
                        Version.of(context.clock().millis() + 5, 0, "pi"),
                        sealed.expiresAtMillis(),
                        "sealed",
                        body),
                Condition.IF_NEWER,
                Deadline.in(Duration.ofSeconds(1)));
        stored(edge, "diary")
                .forEach(record -> edge.purge(record.key(), record.version(), Deadline.in(Duration.ofSeconds(1))));
        assertThat(open(engine(ring), "diary").get("k", String.class))
                .isInstanceOfSatisfying(Lookup.Found.class, found -> {
                    assertThat(found.value()).isEqualTo("value");
                    assertThat(found.tier()).isEqualTo("cloud");
                });
    }

    @Test
    void namespacesOfTheConfigurationAreFoundByName() {
        settings.put(
                "namespaces",
                List.of(
                        Map.of("name", "diary", "reach", "edge", "codec", "cbor", "ttl", "1h", "ack", "memory"),
                        Map.of(
                                "name",
                                "cache",
                                "compression",
                                "deflate",
                                "unknown",
                                "treat-as-absent",
                                "urgent",
                                true)));
        MemoryEngine engine = engine(null);
        NamespaceOptions diary = NamespaceOptions.DEFAULT
                .withReach(Zone.EDGE)
                .withCodec("cbor")
                .withTtl(Duration.ofHours(1))
                .withAck(ai.primespark.memory.Ack.parse("memory"));
        assertThat(((NamespaceMemory) engine.memory().namespace("diary")).options())
                .isEqualTo(diary);
        assertThat(engine.namespace("diary", diary)).isSameAs(engine.memory().namespace("diary"));
        assertThat(((NamespaceMemory) open(engine, "cache")).options().urgent()).isTrue();
        assertThat(((NamespaceMemory) open(engine, "else")).options()).isEqualTo(NamespaceOptions.DEFAULT);
        Memory memory = engine.memory().namespace("diary");
        memory.put("k", Map.of("a", 1));
        flush(memory);
        assertThat(stored(edge, "diary").get(0).encoding()).isEqualTo("cbor");
        assertThat(stored(nas, "diary")).isEmpty();
        MemoryEngine again = engine(null);
        NamespaceOptions own = NamespaceOptions.DEFAULT.withCodec("text");
        assertThat(((NamespaceMemory) again.namespace("cache", own)).options())
                .as("the program wins over the configuration")
                .isEqualTo(own);
        settings.put("namespaces", List.of(Map.of("name", "diary", "ack", "tier(9)")));
        assertThatThrownBy(() -> engine(null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'diary'")
                .hasMessageContaining("tier(9)");
        settings.put("namespaces", List.of(Map.of("name", "a"), Map.of("name", "a")));
        assertThatThrownBy(() -> engine(null)).hasMessageContaining("names no namespace twice");
    }

    private static byte[] key(char first) {
        return (first + "123456789abcdef0123456789abcdef").getBytes(StandardCharsets.US_ASCII);
    }

    private static Map<String, Object> listed(String id, byte[] key) {
        return Map.of("id", id, "key", Secret.of(Base64.getEncoder().encodeToString(key)));
    }

    @Test
    void keysComeFromAFileOrAListAndTheProgramsOwnWin() throws Exception {
        Path file = context.directory().resolve("keys");
        Files.createDirectories(file.getParent());
        ring.save(file);
        settings.put("encryption.keys-file", file);
        open(engine(null), "diary").put("k", "v");
        assertThat(open(engine(ring), "diary").find("k", String.class)).contains("v");

        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> engine(null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("chmod 600");
        assertThat(open(engine(ring), "diary").find("k", String.class))
                .as("the file is not even looked at")
                .contains("v");
        settings.put("encryption.keys", List.of(listed("a", key('a'))));
        assertThatThrownBy(() -> engine(null)).hasMessageContaining("not from both");

        settings.remove("encryption.keys-file");
        settings.put("encryption.keys", List.of(listed("a", key('a')), listed("b", key('b'))));
        Memory memory = open(engine(null), "log");
        memory.put("k", "v");
        flush(memory);
        assertThat(new String(stored(cloud, "log").get(0).body(), 1, 2, StandardCharsets.US_ASCII))
                .isEqualTo("b\0");
        settings.put("encryption.active", "a");
        Memory other = open(engine(null), "log");
        other.put("k", "w");
        flush(other);
        assertThat(new String(stored(cloud, "log").get(0).body(), 1, 2, StandardCharsets.US_ASCII))
                .isEqualTo("a\0");
        settings.put("encryption.active", "c");
        assertThatThrownBy(() -> engine(null)).hasMessageContaining("there is no key 'c'");
        settings.remove("encryption.keys");
        assertThatThrownBy(() -> engine(null)).hasMessageContaining("there are none");
        settings.remove("encryption.active");
        for (String wrong : List.of("no base64!", Base64.getEncoder().encodeToString(new byte[31]))) {
            settings.put("encryption.keys", List.of(Map.of("id", "a", "key", wrong)));
            assertThatThrownBy(() -> engine(null))
                    .hasMessageContaining("32 bytes in base64")
                    .hasMessageNotContaining(wrong);
        }
    }

    @Test
    void recordsFromBeforeEncryptionAreFoundAndPersistSealsThem() {
        Memory before = open(engine(null), "diary");
        before.put("k", "old-value");
        flush(before);
        assertThat(bytes(cloud, "diary")).contains("old-value");
        Memory after = open(engine(ring), "diary");
        assertThat(keys(after, "")).containsExactly("k");
        assertThat(after.persist("k")).isTrue();
        for (InMemoryTier tier : List.of(nas, cloud)) {
            assertThat(stored(tier, "diary")).hasSize(1);
            assertThat(bytes(tier, "diary")).doesNotContain("old-value");
        }
        assertThat(after.find("k", String.class)).contains("old-value");
    }

    @Test
    void aFailureNeverShowsAKeyOrAValue() {
        KeyProvider broken = new KeyProvider() {
            @Override
            public String activeId() {
                return "gone";
            }

            @Override
            public String namesId() {
                return "first";
            }

            @Override
            public java.util.Optional<javax.crypto.SecretKey> key(String id) {
                return ring.key(id);
            }
        };
        Memory memory = open(engine(broken), "diary");
        assertThatThrownBy(() -> memory.put(
                        "k",
                        "secret-value",
                        ai.primespark.memory.PutOptions.DEFAULT.withAck(ai.primespark.memory.Ack.parse("all"))))
                .isInstanceOf(MemoryException.class)
                .hasMessageContaining("'gone'")
                .hasMessageNotContaining("secret-value");
        assertThat(bytes(cloud, "diary")).doesNotContain("secret-value");
    }
}
