package ai.primespark.core.memory.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.Zone;
import ai.primespark.memory.Keyring;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.memory.Version;
import ai.primespark.spi.Applied;
import ai.primespark.spi.Condition;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.InvalidationFeed;
import ai.primespark.spi.KeyProvider;
import ai.primespark.spi.LeaseTier;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.Meters;
import ai.primespark.spi.RecordFormat;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierPage;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import ai.primespark.testkit.InMemoryTier;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SealedTierTest {

    private static final String SPACE = "diary";

    private final Map<String, NamespaceOptions> known = new HashMap<>();
    private final Keyring ring = Keyring.generate("first");
    private final InMemoryTier raw =
            new InMemoryTier(TierTrait.PERSISTENT, TierTrait.ATOMIC_CAS, TierTrait.SCAN_ORDERED);

    private MemoryTier tier(@Nullable KeyProvider keys, boolean plainRecords) {
        return new Sealing(keys, Zone.TRUSTED, plainRecords, name -> Optional.ofNullable(known.get(name)))
                .guard("cloud", Zone.CLOUD, raw, Meters.discarding());
    }

    private static Deadline soon() {
        return Deadline.in(Duration.ofSeconds(30));
    }

    private static <T extends @Nullable Object> T wait(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof TierException tier ? tier : e;
        }
    }

    private static TierKey key(String key) {
        return TierKey.of(SPACE, key);
    }

    private static TierRecord value(TierKey key, long step, String text) {
        return TierRecord.value(
                key, Version.of(step, 0, "pi"), TierRecord.NEVER, "text", text.getBytes(StandardCharsets.UTF_8));
    }

    private static TierRecord tombstone(TierKey key, long step) {
        return TierRecord.tombstone(key, Version.of(step, 0, "pi"), TierRecord.NEVER);
    }

    private static Applied apply(MemoryTier tier, TierRecord record) {
        return apply(tier, record, Condition.IF_NEWER);
    }

    private static Applied apply(MemoryTier tier, TierRecord record, Condition condition) {
        return wait(tier.apply(record, condition, soon()));
    }

    private static @Nullable String text(MemoryTier tier, TierKey key) {
        TierRecord record = wait(tier.get(key, soon()));
        return record == null || record.isTombstone() ? null : new String(record.body(), StandardCharsets.UTF_8);
    }

    /** Everything that the storage's owner sees of a namespace. */
    private List<TierRecord> stored(String namespace) {
        List<TierRecord> records = new ArrayList<>();
        String cursor = null;
        do {
            TierPage page = wait(raw.scan(namespace, "", cursor, 100, soon()));
            page.headers().forEach(header -> records.add(wait(raw.get(header.key(), soon()))));
            cursor = page.next();
        } while (cursor != null);
        return records;
    }

    private static Map<String, Long> list(MemoryTier tier, String prefix, int limit) {
        Map<String, Long> keys = new TreeMap<>();
        String cursor = null;
        int pages = 0;
        do {
            TierPage page = wait(tier.scan(SPACE, prefix, cursor, limit, soon()));
            assertThat(page.headers()).hasSizeLessThanOrEqualTo(limit);
            page.headers()
                    .forEach(header -> assertThat(keys.put(header.key().key(), header.bodyBytes()))
                            .as("listed twice: " + header.key())
                            .isNull());
            cursor = page.next();
            assertThat(++pages).isLessThan(5_000);
        } while (cursor != null);
        return keys;
    }

    @Test
    void nothingPlainIsEverSeenByTheStorage() {
        Random random = new Random(11);
        MemoryTier tier = tier(ring, true);
        for (int i = 0; i < 300; i++) {
            String marker = "MARKER" + Long.toString(random.nextLong() & Long.MAX_VALUE, 36);
            String padding = "x".repeat(random.nextInt(i % 10 == 0 ? 900 : 60));
            TierKey key = key(marker + "/" + padding);
            TierRecord record = i % 5 == 4 ? tombstone(key, 1 + i) : value(key, 1 + i, padding + marker + padding);
            assertThat(apply(tier, record)).isEqualTo(Applied.DONE);
            if (!record.isTombstone()) {
                assertThat(text(tier, key)).isEqualTo(padding + marker + padding);
            }
        }
        List<TierRecord> all = stored(SPACE);
        assertThat(all).hasSize(300);
        for (TierRecord record : all) {
            String bytes = new String(RecordFormat.write(record), StandardCharsets.ISO_8859_1);
            assertThat(bytes).doesNotContain("MARKER").doesNotContain("xxxxxxxx");
            assertThat(record.encoding()).as("whatever it was").isIn("sealed", "");
            assertThat(record.key().key()).matches("[eh]\\.[a-z2-7]+");
        }
    }

    @Test
    void aValueMovedToAnotherKeyOrTakenFromThePastIsDamaged() {
        MemoryTier tier = tier(ring, false);
        apply(tier, value(key("mine"), 5, "my value"));
        TierRecord mine = stored(SPACE).get(0);
        apply(tier, value(key("yours"), 6, "your value"));
        TierRecord yours = stored(SPACE).stream()
                .filter(record -> !record.key().equals(mine.key()))
                .findFirst()
                .orElseThrow();
        List<TierRecord> attacks = List.of(
                TierRecord.value(mine.key(), Version.of(9, 0, "pi"), TierRecord.NEVER, "sealed", yours.body()),
                TierRecord.value(mine.key(), Version.of(10, 0, "pi"), TierRecord.NEVER, "sealed", mine.body()),
                TierRecord.value(mine.key(), Version.of(11, 0, "pi"), TierRecord.NEVER, "text", mine.body()),
                TierRecord.value(mine.key(), Version.of(12, 0, "pi"), TierRecord.NEVER, "sealed", new byte[3]));
        for (TierRecord attack : attacks) {
            assertThat(apply(raw, attack)).isEqualTo(Applied.DONE);
            assertThatThrownBy(() -> text(tier, key("mine")))
                    .isInstanceOfSatisfying(
                            TierException.class, e -> assertThat(e.kind()).isEqualTo(TierException.Kind.CORRUPT));
            assertThatThrownBy(() -> wait(tier.getAll(List.of(key("mine")), soon())))
                    .isInstanceOf(TierException.class);
        }
        assertThat(text(tier, key("yours"))).isEqualTo("your value");
    }

    @Test
    void scansFindPrefixesAndLongKeysInAnyPageSize() {
        MemoryTier tier = tier(ring, true);
        Map<String, Long> wanted = new TreeMap<>();
        for (int i = 0; i < 400; i++) {
            String name = (i % 40 == 0 ? "user/" : "other/") + i + (i % 80 == 0 ? "k".repeat(800) : "");
            apply(tier, value(key(name), 1, "v".repeat(i)));
            if (name.startsWith("user/")) {
                wanted.put(name, (long) i);
            }
        }
        for (int limit : new int[] {1, 3, 50, 1_000}) {
            assertThat(list(tier, "user/", limit)).as("limit %s", limit).isEqualTo(wanted);
        }
        assertThat(list(tier, "", 100)).hasSize(400);
        assertThat(list(tier, "none", 100)).isEmpty();
    }

    @Test
    void aDamagedRecordWithALongKeyDoesNotEndAScan() {
        MemoryTier tier = tier(ring, false);
        apply(tier, value(key("k".repeat(900)), 1, "long"));
        TierRecord longOne = stored(SPACE).get(0);
        apply(tier, value(key("short"), 1, "short"));
        apply(raw, TierRecord.value(longOne.key(), Version.of(9, 0, "pi"), TierRecord.NEVER, "sealed", new byte[99]));
        assertThat(list(tier, "", 10)).containsOnlyKeys("short");
    }

    @Test
    void recordsFromBeforeAreReadListedAndSealedByTheNextWrite() {
        MemoryTier tier = tier(ring, true);
        for (String name : List.of("a", "b", "c", "d", "e")) {
            apply(raw, value(key(name), 5, "plain " + name));
        }
        assertThat(text(tier, key("a"))).isEqualTo("plain a");
        assertThat(wait(tier.getAll(List.of(key("none"), key("b"), key("c")), soon())))
                .extracting(record -> record == null ? null : record.key().key())
                .containsExactly(null, "b", "c");
        assertThat(list(tier, "", 2)).containsOnlyKeys("a", "b", "c", "d", "e");

        assertThat(apply(tier, value(key("a"), 4, "older"))).isEqualTo(new Applied.Older(Version.of(5, 0, "pi")));
        assertThat(text(tier, key("a"))).isEqualTo("plain a");
        assertThat(apply(tier, value(key("b"), 6, "new"), Condition.IF_ABSENT))
                .isEqualTo(new Applied.Conflict(Version.of(5, 0, "pi")));
        assertThat(apply(tier, value(key("c"), 6, "new c"), Condition.ifVersion(Version.of(5, 0, "pi"))))
                .isEqualTo(Applied.DONE);
        assertThat(text(tier, key("c"))).isEqualTo("new c");
        assertThat(wait(tier.applyAll(List.of(tombstone(key("d"), 7), value(key("f"), 1, "f")), soon())))
                .containsExactly(Applied.DONE, Applied.DONE);
        assertThat(wait(tier.purge(key("e"), Version.of(5, 0, "pi"), soon()))).isTrue();
        assertThat(stored(SPACE))
                .allSatisfy(record -> assertThat(record.key().key()).startsWith("e."));
        assertThat(list(tier, "", 2)).containsOnlyKeys("a", "b", "c", "d", "f");
        assertThat(text(tier, key("e"))).isNull();
    }

    @Test
    void withoutPlainRecordsNothingForgedUnderAPlainNameIsBelieved() {
        apply(raw, value(key("a"), 5, "forged"));
        MemoryTier strict = tier(ring, false);
        assertThat(text(strict, key("a"))).isNull();
        assertThat(list(strict, "", 10)).isEmpty();
        assertThat(apply(strict, value(key("a"), 1, "mine"))).isEqualTo(Applied.DONE);
        assertThat(text(strict, key("a"))).isEqualTo("mine");
        // and a plain record never wins over a sealed one
        assertThat(text(tier(ring, true), key("a"))).isEqualTo("mine");
        assertThat(list(tier(ring, true), "", 10)).containsOnlyKeys("a");
    }

    @Test
    void aSealedNameIsNoKeyOfItsOwn() {
        MemoryTier tier = tier(ring, true);
        apply(tier, value(key("a"), 5, "value"));
        TierKey name = stored(SPACE).get(0).key();
        assertThat(text(tier, name)).isNull();
        apply(tier, value(name, 9, "a key that looks like a name"));
        assertThat(text(tier, key("a"))).isEqualTo("value");
        assertThat(wait(tier.purge(name, Version.of(9, 0, "pi"), soon()))).isTrue();
        assertThat(text(tier, key("a"))).isEqualTo("value");
    }

    @Test
    void oldKeysReadAndNewKeysSealUntilEverythingIsWrittenAnew() {
        MemoryTier before = tier(ring, false);
        apply(before, value(key("a"), 1, "one"));
        apply(before, value(key("b"), 1, "two"));
        Keyring rotated = ring.rotate("second").rotate("third");
        MemoryTier after = tier(rotated, false);
        assertThat(text(after, key("a"))).isEqualTo("one");
        apply(after, value(key("a"), 2, "one"));
        assertThat(stored(SPACE))
                .extracting(record -> new String(record.body(), 1, 5, StandardCharsets.US_ASCII))
                .containsExactlyInAnyOrder("third", "first");

        Keyring names = Keyring.of(
                Map.of("other", "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII)), "other", null);
        KeyProvider lost = new KeyProvider() { // the key for names is there under another id, that of contents is not
                    @Override
                    public String activeId() {
                        return "other";
                    }

                    @Override
                    public String namesId() {
                        return "first";
                    }

                    @Override
                    public Optional<javax.crypto.SecretKey> key(String id) {
                        return id.equals("other")
                                ? names.key(id)
                                : id.equals("third") ? Optional.empty() : ring.key(id);
                    }
                };
        assertThatThrownBy(() -> text(tier(lost, false), key("a")))
                .hasMessageContaining("'third'")
                .isInstanceOfSatisfying(
                        TierException.class, e -> assertThat(e.kind()).isEqualTo(TierException.Kind.PERMANENT));
        assertThat(text(tier(lost, false), key("b"))).isEqualTo("two");
    }

    @Test
    void namespacesThatNeedNotBeSealedPassUntouched() {
        known.put("public", NamespaceOptions.DEFAULT.withEncryptionFrom(Zone.CLOUD));
        MemoryTier trusted = new Sealing(ring, Zone.TRUSTED, true, name -> Optional.ofNullable(known.get(name)))
                .guard("nas", Zone.TRUSTED, raw, Meters.discarding());
        TierRecord open = value(TierKey.of("public", "open"), 1, "for all");
        apply(trusted, open);
        assertThat(stored("public").get(0).body()).isEqualTo(open.body());
        apply(trusted, value(TierKey.of("unheard-of", "x"), 1, "private"));
        assertThat(stored("unheard-of").get(0).encoding()).isEqualTo("sealed");
        assertThat(wait(trusted.applyAll(
                        List.of(
                                value(TierKey.of("public", "two"), 1, "2"),
                                value(TierKey.of("unheard-of", "y"), 1, "3")),
                        soon())))
                .containsOnly(Applied.DONE);
        assertThat(wait(trusted.getAll(
                        List.of(TierKey.of("public", "two"), TierKey.of("unheard-of", "y"), TierKey.of("public", "z")),
                        soon())))
                .extracting(record -> record == null ? null : new String(record.body(), StandardCharsets.UTF_8))
                .containsExactly("2", "3", null);
        assertThat(stored("unheard-of"))
                .allSatisfy(record -> assertThat(record.encoding()).isEqualTo("sealed"));
    }

    @Test
    void withoutKeysWhatMustBeSealedIsRefusedAndTheRestPasses() {
        known.put(SPACE, NamespaceOptions.DEFAULT.withEncryptionFrom(Zone.TRUSTED));
        MemoryTier tier = tier(null, true);
        assertThat(tier.traits()).isEqualTo(raw.traits());
        assertThat(tier.limits()).isEqualTo(raw.limits());
        TierRecord record = value(key("a"), 1, "x");
        List<CompletionStage<?>> calls = List.of(
                tier.get(key("a"), soon()),
                tier.apply(record, Condition.IF_NEWER, soon()),
                tier.getAll(List.of(key("a")), soon()),
                tier.applyAll(List.of(record), soon()),
                tier.scan(SPACE, "", null, 1, soon()),
                tier.purge(key("a"), record.version(), soon()));
        for (CompletionStage<?> call : calls) {
            assertThatThrownBy(() -> wait(call))
                    .isInstanceOf(TierException.class)
                    .hasMessageContaining("no keys")
                    .hasMessageContaining(SPACE);
        }
        assertThat(stored(SPACE)).isEmpty();
        apply(tier, value(TierKey.of("other", "a"), 1, "x"));
        assertThat(stored("other")).hasSize(1);
    }

    @Test
    void whatMayNotTravelSoFarIsRefusedWhoeverBringsIt() {
        known.put(SPACE, NamespaceOptions.DEFAULT.withReach(Zone.EDGE));
        for (MemoryTier tier : List.of(tier(ring, true), tier(null, true))) {
            assertThatThrownBy(() -> apply(tier, value(key("a"), 1, "x")))
                    .isInstanceOf(TierException.class)
                    .hasMessageContaining("must not reach tier 'cloud'");
            assertThatThrownBy(() -> wait(tier.applyAll(List.of(value(key("a"), 1, "x")), soon())))
                    .isInstanceOf(TierException.class);
        }
        assertThat(stored(SPACE)).isEmpty();
    }

    @Test
    void traitsAndLimitsAreThoseOfASealedTier() {
        MemoryTier tier = tier(ring, true);
        assertThat(tier.traits()).containsExactlyInAnyOrder(TierTrait.PERSISTENT, TierTrait.ATOMIC_CAS);
        assertThat(tier.limits().maxBodyBytes()).isEqualTo(raw.limits().maxBodyBytes() - RecordSealer.MOST_OVERHEAD);
        assertThat(tier.limits().preferredBatch()).isEqualTo(raw.limits().preferredBatch());
        assertThat(tier).hasToString("SealedTier[cloud]");
    }

    /** A tier whose news and leases a test plays itself. */
    private static final class Talking implements InvalidationFeed, LeaseTier {

        private InvalidationFeed.Listener listener;
        private final List<String> leased = new ArrayList<>();

        @Override
        public AutoCloseable subscribe(InvalidationFeed.Listener newListener) {
            listener = newListener;
            return () -> listener = null;
        }

        @Override
        public CompletionStage<Optional<Lease>> acquire(TierKey key, Duration life, Deadline deadline) {
            leased.add("+" + key.key());
            return CompletableFuture.completedFuture(Optional.of(new Lease(key, 7)));
        }

        @Override
        public CompletionStage<Void> release(Lease lease, Deadline deadline) {
            leased.add("-" + lease.key().key());
            return CompletableFuture.completedFuture(null);
        }
    }

    private MemoryTier talking(Talking talking) {
        return (MemoryTier) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {MemoryTier.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "invalidations", "leases" -> Optional.of(talking);
                    default -> method.invoke(raw, arguments);
                });
    }

    @Test
    void newsOfChangesSpeaksOfKeysAndLeasesAreTakenUnderSealedNames() throws Exception {
        Talking talking = new Talking();
        known.put("open", NamespaceOptions.DEFAULT);
        Sealing sealing = new Sealing(ring, Zone.CLOUD, true, name -> Optional.ofNullable(known.get(name)));
        MemoryTier cloud = sealing.guard("cloud", Zone.CLOUD, talking(talking), Meters.discarding());
        List<String> news = new ArrayList<>();
        AutoCloseable subscription = cloud.invalidations().orElseThrow().subscribe(new InvalidationFeed.Listener() {
            @Override
            public void onInvalidate(List<TierKey> keys) {
                keys.forEach(key -> news.add(key.toString()));
            }

            @Override
            public void onInvalidateAll() {
                news.add("all");
            }

            @Override
            public void onGap() {
                news.add("gap");
            }

            @Override
            public void onRestored() {
                news.add("restored");
            }
        });
        NameSealer names = new NameSealer(new Subkeys(ring));
        TierKey sealed = names.seal(key("a"));
        talking.listener.onInvalidate(List.of(sealed, key("plain")));
        talking.listener.onInvalidate(List.of(sealed, names.seal(key("k".repeat(1000)))));
        talking.listener.onInvalidateAll();
        talking.listener.onGap();
        talking.listener.onRestored();
        assertThat(news).containsExactly("diary/a", "diary/plain", "all", "all", "gap", "restored");
        subscription.close();
        assertThat(talking.listener).isNull();

        LeaseTier leases = cloud.leases().orElseThrow();
        LeaseTier.Lease lease =
                wait(leases.acquire(key("a"), Duration.ofSeconds(1), soon())).orElseThrow();
        assertThat(lease).isEqualTo(new LeaseTier.Lease(key("a"), 7));
        wait(leases.release(lease, soon()));
        assertThat(talking.leased).containsExactly("+" + sealed.key(), "-" + sealed.key());
        // at a tier that is not sealed, news and leases are as they are
        MemoryTier edge = sealing.guard("edge", Zone.EDGE, talking(talking), Meters.discarding());
        wait(edge.leases().orElseThrow().acquire(key("a"), Duration.ofSeconds(1), soon()));
        assertThat(talking.leased).endsWith("+a");
    }
}
