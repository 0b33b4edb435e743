package ai.primespark.core.memory;

import static ai.primespark.core.memory.UpkeepFixture.key;
import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.Zone;
import ai.primespark.memory.Lookup;
import ai.primespark.memory.Memory;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.memory.PutOptions;
import ai.primespark.memory.SweepReport;
import ai.primespark.memory.UnknownPolicy;
import ai.primespark.memory.Version;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Ended values and old tombstones. */
class SweepTest {

    private final UpkeepFixture fixture = new UpkeepFixture().set("tombstone-life", "1 h");

    @AfterEach
    void close() throws Exception {
        fixture.close();
    }

    private void advance(Duration time) {
        fixture.context.clock().advance(time);
    }

    @Test
    void aTombstoneGoesOnceItIsOldAndEveryTierHasConfirmedIt() {
        ShelfTier disk = fixture.disk();
        ShelfTier nas = fixture.nas();
        fixture.start();
        fixture.memory().put("k", "v");
        fixture.memory().delete("k");
        fixture.flush();

        assertThat(fixture.sweep().tombstones()).as("too young").isZero();
        advance(Duration.ofMinutes(61));
        SweepReport report = fixture.sweep();

        assertThat(report.tombstones()).isEqualTo(1);
        assertThat(disk.content()).isEmpty();
        assertThat(nas.content()).isEmpty();
    }

    @Test
    void noTombstoneGoesWhileATierIsAway() {
        ShelfTier disk = fixture.disk();
        ShelfTier nas = fixture.nas();
        ShelfTier cloud = fixture.cloud();
        fixture.start();
        fixture.memory().put("k", "v");
        fixture.flush();
        cloud.down = true;
        fixture.memory().delete("k");
        advance(Duration.ofDays(3));

        SweepReport report = fixture.sweep();

        assertThat(report.tombstones()).isZero();
        assertThat(report.skipped()).isNotEmpty();
        assertThat(disk.held(key("k")).isTombstone()).isTrue();
        assertThat(nas.held(key("k"))).isNotNull();
        cloud.down = false;
        assertThat(fixture.memory().get("k", String.class)).isNotInstanceOf(Lookup.Found.class);
    }

    @Test
    void aTierThatHoldsSomethingOlderGetsTheTombstoneFirst() {
        ShelfTier disk = fixture.disk();
        ShelfTier nas = fixture.nas();
        fixture.start();
        fixture.memory().put("k", "v");
        fixture.flush();
        List<TierRecord> old = nas.backup();
        fixture.memory().delete("k");
        fixture.flush();
        nas.restore(old);
        advance(Duration.ofHours(2));

        nas.refusesWrites = true;
        fixture.sweep();
        assertThat(disk.held(key("k")).isTombstone())
                .as("not before the tier has taken it")
                .isTrue();
        nas.refusesWrites = false;
        SweepReport report = fixture.sweep();

        assertThat(report.tombstones()).isEqualTo(1);
        assertThat(disk.content()).isEmpty();
        assertThat(nas.content()).isEmpty();
    }

    @Test
    void aCacheThatStillHasTheValueHoldsTheTombstoneBack() {
        ShelfTier redis = fixture.shelf("redis", Zone.EDGE, TierTrait.SHARED, TierTrait.MAY_EVICT);
        ShelfTier disk = fixture.disk();
        fixture.start();
        fixture.memory().put("k", "v");
        fixture.flush();
        List<TierRecord> old = redis.backup();
        fixture.memory().delete("k");
        fixture.flush();
        redis.restore(old);
        advance(Duration.ofHours(2));

        assertThat(fixture.sweep().tombstones()).isZero();
        assertThat(redis.held(key("k")).isTombstone()).isTrue();
        assertThat(disk.held(key("k")).isTombstone()).isTrue();
    }

    @Test
    void endedValuesGoAtOnceWhereNobodyElseWrites() {
        ShelfTier disk = fixture.disk();
        ShelfTier archive = fixture.shelf("archive", Zone.EDGE, TierTrait.PERSISTENT);
        fixture.start();
        fixture.memory().put("short", "v", PutOptions.ttl(Duration.ofMinutes(5)));
        fixture.memory().put("long", "v");
        fixture.flush();
        advance(Duration.ofMinutes(6));

        SweepReport report = fixture.sweep();

        assertThat(report.expired()).isEqualTo(2);
        assertThat(disk.content()).containsOnlyKeys("default/long");
        assertThat(archive.content()).containsOnlyKeys("default/long");
    }

    @Test
    void whereOthersWriteAnEndedValueIsRememberedLikeADeletionSoThatAnOlderOneCannotComeBack() {
        ShelfTier disk = fixture.disk();
        ShelfTier nas = fixture.nas();
        fixture.start();
        fixture.memory().put("k", "older");
        fixture.flush();
        List<TierRecord> theirs = nas.backup(); // what a machine that is off now holds
        Version last = fixture.memory()
                .put("k", "newer", PutOptions.ttl(Duration.ofMinutes(5)))
                .version();
        fixture.flush();
        advance(Duration.ofMinutes(6));

        assertThat(fixture.sweep().expired()).isEqualTo(1);
        assertThat(disk.held(key("k")).isTombstone()).isTrue();
        assertThat(nas.held(key("k")).version()).isEqualTo(new Version(last.clock(), last.node() + "-"));
        theirs.forEach(nas::hold); // it comes back and repairs what it holds
        assertThat(fixture.memory().get("k", String.class)).isInstanceOf(Lookup.Absent.class);

        advance(Duration.ofHours(3));
        assertThat(fixture.sweep().tombstones()).isEqualTo(1);
        assertThat(nas.content()).isEmpty();
    }

    @Test
    void pureCachesForgetEndedValuesAtOnce() {
        fixture.disk();
        ShelfTier nas = fixture.nas();
        fixture.start();
        Memory cache = fixture.memory()
                .namespace("answers", NamespaceOptions.DEFAULT.withUnknown(UnknownPolicy.TREAT_AS_ABSENT));
        cache.put("k", "v", PutOptions.ttl(Duration.ofMinutes(5)));
        fixture.flush();
        advance(Duration.ofMinutes(6));

        assertThat(fixture.sweep().expired()).isEqualTo(2);
        assertThat(nas.held(TierKey.of("answers", "k"))).isNull();
    }

    @Test
    void anEndedValueDoesNotGoWhileAnotherTierHoldsAnOlderOne() {
        ShelfTier disk = fixture.disk();
        ShelfTier archive = fixture.shelf("archive", Zone.EDGE, TierTrait.PERSISTENT);
        fixture.start();
        fixture.memory().put("k", "older");
        fixture.flush();
        List<TierRecord> old = archive.backup();
        fixture.memory().put("k", "newer", PutOptions.ttl(Duration.ofMinutes(5)));
        fixture.flush();
        archive.restore(old);
        advance(Duration.ofMinutes(6));

        fixture.sweep();

        assertThat(archive.held(key("k")).isTombstone()).isTrue();
        assertThat(disk.held(key("k")).isTombstone()).isTrue();
        assertThat(fixture.memory().get("k", String.class)).isInstanceOf(Lookup.Absent.class);
    }
}
