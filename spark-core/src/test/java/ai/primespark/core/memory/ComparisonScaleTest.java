package ai.primespark.core.memory;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.Zone;
import ai.primespark.core.journal.Journal;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.memory.UpkeepReport;
import ai.primespark.memory.Version;
import ai.primespark.spi.Applied;
import ai.primespark.spi.Condition;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.Meters;
import ai.primespark.spi.Settings;
import ai.primespark.spi.TierIdentity;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierLimits;
import ai.primespark.spi.TierPage;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import ai.primespark.spi.TierUsage;
import ai.primespark.testkit.TestContext;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** How much a comparison keeps in memory. */
class ComparisonScaleTest {

    private static final int KEYS = Boolean.getBoolean("spark.exhaustive") ? 1_000_000 : 150_000;

    /** A tier that makes its records up when it is asked for them, and counts what it hands out and gets. */
    private static final class MadeUpTier implements MemoryTier {

        private final IntFunction<@Nullable Version> versions;
        final List<Integer> largestRead = new ArrayList<>(List.of(0));
        long applied;

        MadeUpTier(IntFunction<@Nullable Version> versions) {
            this.versions = versions;
        }

        private @Nullable TierRecord record(int number) {
            Version version = versions.apply(number);
            return version == null
                    ? null
                    : TierRecord.value(
                            TierKey.of("default", "key-" + number), version, TierRecord.NEVER, "bytes", new byte[10]);
        }

        @Override
        public CompletionStage<TierPage> scan(
                String namespace, String prefix, @Nullable String cursor, int limit, Deadline deadline) {
            int next = cursor == null ? 0 : Integer.parseInt(cursor);
            List<TierPage.Header> headers = new ArrayList<>();
            while (next < KEYS && headers.size() < limit) {
                TierRecord record = record(next++);
                if (record != null) {
                    headers.add(TierPage.Header.of(record));
                }
            }
            return CompletableFuture.completedFuture(new TierPage(headers, next < KEYS ? String.valueOf(next) : null));
        }

        @Override
        public CompletionStage<@Nullable TierRecord> get(TierKey key, Deadline deadline) {
            return CompletableFuture.completedFuture(
                    record(Integer.parseInt(key.key().substring(4))));
        }

        @Override
        public CompletionStage<List<@Nullable TierRecord>> getAll(List<TierKey> keys, Deadline deadline) {
            largestRead.set(0, Math.max(largestRead.get(0), keys.size()));
            return MemoryTier.super.getAll(keys, deadline);
        }

        @Override
        public CompletionStage<Applied> apply(TierRecord record, Condition condition, Deadline deadline) {
            applied++;
            return CompletableFuture.completedFuture(Applied.DONE);
        }

        @Override
        public Set<TierTrait> traits() {
            return Set.of(TierTrait.PERSISTENT);
        }

        @Override
        public TierLimits limits() {
            return new TierLimits(TierKey.MAX_KEY_BYTES, 1 << 20, 100);
        }

        @Override
        public CompletionStage<Boolean> purge(TierKey key, Version atMost, Deadline deadline) {
            return CompletableFuture.completedFuture(false);
        }

        @Override
        public CompletionStage<TierIdentity> probe(Deadline deadline) {
            return CompletableFuture.completedFuture(new TierIdentity("made up", ""));
        }

        @Override
        public CompletionStage<TierUsage> usage(Deadline deadline) {
            return CompletableFuture.completedFuture(new TierUsage(KEYS, -1, -1));
        }

        @Override
        public void close() {
            // holds nothing
        }
    }

    /** The most pairs of hashes held at once. */
    private static int compare(MadeUpTier one, MadeUpTier other, Tally tally) throws Exception {
        try (TestContext context = TestContext.create()) {
            Surroundings around = new Surroundings(
                    context.clock(),
                    context.blocking(),
                    context.scheduler(),
                    Meters.discarding(),
                    event -> {},
                    Duration.ofSeconds(60),
                    Duration.ofSeconds(60),
                    256,
                    Duration.ofSeconds(60),
                    Duration.ZERO,
                    Duration.ofSeconds(1),
                    false);
            Journal journal = Replay.open(
                    context.directory().resolve("journal"), Settings.of(MemorySettings.ALL, Map.of()), context.clock());
            Outbox outbox = new Outbox(journal, around, 0, namespace -> false);
            List<TierLink> links = List.of(
                    new TierLink(1, new ConfiguredTier("one", "made-up", Zone.EDGE, one), around),
                    new TierLink(2, new ConfiguredTier("other", "made-up", Zone.EDGE, other), around));
            Map<TierLink, Backlog> backlogs = new LinkedHashMap<>();
            links.forEach(link -> backlogs.put(link, new Backlog(link, around, outbox, version -> {})));
            Space space = new Space("default", NamespaceOptions.DEFAULT, links);
            UpkeepSpace upkeep = new UpkeepSpace(
                    space, backlogs, new Wishes(context.directory().resolve("pins.json")), link -> false);
            Pacer pacer = new Pacer(1_000_000_000, () -> false);
            List<UpkeepTier> tiers = links.stream()
                    .map(link -> new UpkeepTier(link, pacer, around))
                    .toList();
            long now = context.clock().millis();
            Mender mender = new Mender(
                    upkeep, tiers, List.of(), new Epochs(), now, tally, new Mender.Orders(true, true, Set.of(), null));
            Comparison comparison = new Comparison(upkeep, tiers, mender, tally, now);
            comparison.run();
            journal.close();
            return comparison.mostHeld();
        }
    }

    @Test
    void whenEveryKeyDiffersOnlySoManyHashesAreHeldAtOnceAndNoMoreThanABatchOfBodies() throws Exception {
        MadeUpTier one = new MadeUpTier(number -> Version.of(1_000 + number, 0, "a"));
        MadeUpTier other = new MadeUpTier(number -> Version.of(2_000 + number, 0, "a"));
        Tally tally = new Tally(progress -> {});

        int held = compare(one, other, tally);

        assertThat(held).isPositive().isLessThanOrEqualTo(Comparison.MOST_ENTRIES);
        UpkeepReport report = tally.report(Instant.EPOCH, Instant.EPOCH, true);
        assertThat(report.differing()).isEqualTo(KEYS);
        assertThat(one.applied).isEqualTo(KEYS);
        assertThat(other.applied).isZero();
        assertThat(one.largestRead.get(0)).isLessThanOrEqualTo(100);
    }

    @Test
    void aTierWithoutAnythingIsFilledWithoutHoldingAnyHash() throws Exception {
        MadeUpTier full = new MadeUpTier(number -> Version.of(1_000 + number, 0, "a"));
        MadeUpTier empty = new MadeUpTier(number -> null);

        int held = compare(full, empty, new Tally(progress -> {}));

        assertThat(held).isZero();
        assertThat(empty.applied).isEqualTo(KEYS);
        assertThat(full.largestRead.get(0)).isLessThanOrEqualTo(100);
    }

    @Test
    void aFewDifferencesAmongManyKeysAreFoundWithFewHashes() throws Exception {
        MadeUpTier one = new MadeUpTier(number -> Version.of(1_000 + number, 0, "a"));
        MadeUpTier other = new MadeUpTier(number -> number % 50_000 == 7 ? null : Version.of(1_000 + number, 0, "a"));

        int held = compare(one, other, new Tally(progress -> {}));

        assertThat(held).isLessThan(KEYS / 4_096 * 2 * 2 * (KEYS / 50_000));
        assertThat(other.applied).isEqualTo(KEYS / 50_000);
    }
}
