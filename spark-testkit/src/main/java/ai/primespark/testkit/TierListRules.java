package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.spi.Applied;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierPage;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** TIER-06 and TIER-07: listing and removing. */
abstract class TierListRules extends TierConditionRules {

    private static final int KEYS = 500;

    @Test
    @DisplayName("TIER-06 scan lists every record under a prefix and nothing else, in small pages")
    void scanListsThePrefix() {
        MemoryTier tier = open();
        List<TierRecord> records = new ArrayList<>();
        Set<TierPage.Header> expected = new HashSet<>();
        for (int i = 0; i < KEYS; i++) {
            TierKey key = key(String.format(Locale.ROOT, "user/%04d", i));
            TierRecord record = i % 10 == 3
                    ? TierRecord.tombstone(key, version(i), inOneHour())
                    : TierRecord.value(key, version(i), inOneHour(), "text", new byte[i % 17]);
            records.add(record);
            expected.add(TierPage.Header.of(record));
        }
        for (String other : List.of(
                "user", "User/0001", "user\\0001", "user0", "use", "vser/0001", "user-/", "us*", "us%", "us_r/")) {
            records.add(value(key(other), version(1), "other"));
        }
        wait("applyAll", tier.applyAll(records, deadline()));
        assertThat(new HashSet<>(scanAll(tier, space(), "user/", 7))).isEqualTo(expected);
        assertThat(scanAll(tier, space(), "user/0123", 1))
                .extracting(header -> header.key().key())
                .containsOnly("user/0123");
        assertThat(scanAll(tier, space(), "user/01", 1_000).stream().distinct()).hasSize(100);
        assertThat(new HashSet<>(scanAll(tier, space(), "", 64))).hasSize(records.size());
        assertThat(scanAll(tier, space(), "nothing", 10)).isEmpty();
        assertThat(scanAll(tier, space() + "-other", "", 10)).isEmpty();
    }

    @Test
    @DisplayName("TIER-06 prefixes are plain text: no wildcard, no pattern, no path")
    void prefixesAreLiteral() {
        MemoryTier tier = open();
        List<String> keys = List.of(
                "a*b", "a?b", "a[b]", "a%b", "a_b", "a\\b", "a.b", "a/b", "a/../b", "axb", "ax", "é1", "e\u03011");
        keys.forEach(key -> apply(tier, value(key(key), version(1), key)));
        for (String prefix : List.of("a*", "a?", "a[", "a%", "a_", "a\\", "a.", "a/", "a/.", "ax", "é", "e")) {
            assertThat(scanAll(tier, space(), prefix, 3).stream()
                            .map(header -> header.key().key())
                            .distinct())
                    .as("keys with the prefix '%s'", prefix)
                    .containsExactlyInAnyOrderElementsOf(
                            keys.stream().filter(key -> key.startsWith(prefix)).toList());
        }
    }

    @Test
    @DisplayName("TIER-06 pages are not longer than asked for, and scanning ends")
    void pagesKeepTheLimit() {
        MemoryTier tier = open();
        for (int i = 0; i < 12; i++) {
            apply(tier, value(key("page-" + i), version(1), "x"));
        }
        for (int limit : new int[] {1, 2, 5, 11, 12, 13}) {
            Set<String> seen = new HashSet<>();
            String cursor = null;
            int pages = 0;
            do {
                TierPage page = wait("scan", tier.scan(space(), "page-", cursor, limit, deadline()));
                assertThat(page.headers()).as("a page of at most %s", limit).hasSizeLessThanOrEqualTo(limit);
                page.headers().forEach(header -> seen.add(header.key().key()));
                cursor = page.next();
                assertThat(++pages).as("pages of at most %s", limit).isLessThan(20_000);
            } while (cursor != null);
            assertThat(seen).as("keys in pages of at most %s", limit).hasSize(12);
        }
    }

    @Test
    @DisplayName("TIER-06 what was there throughout is listed, although other records come and go between the pages")
    void scanStandsChanges() {
        MemoryTier tier = open();
        Set<String> lasting = new HashSet<>();
        for (int i = 0; i < 60; i++) {
            String key = String.format(Locale.ROOT, "k%03d-%s", i, i % 2 == 0 ? "stays" : "goes");
            apply(tier, value(key(key), version(1), "x"));
            if (i % 2 == 0) {
                lasting.add(key);
            }
        }
        Set<String> seen = new HashSet<>();
        String cursor = null;
        int page = 0;
        do {
            TierPage found = wait("scan", tier.scan(space(), "k", cursor, 5, deadline()));
            found.headers().forEach(header -> seen.add(header.key().key()));
            cursor = found.next();
            if (page < 30) { // bounded, so that the keys that come do not keep the scan going for ever
                purge(tier, key(String.format(Locale.ROOT, "k%03d-goes", 2 * page + 1)), version(1));
                apply(tier, value(key(String.format(Locale.ROOT, "k%03d-comes", 2 * page)), version(1), "x"));
            }
            assertThat(++page).isLessThan(20_000);
        } while (cursor != null);
        assertThat(seen).containsAll(lasting);
    }

    @Test
    @DisplayName("TIER-06 with SCAN_ORDERED keys come in the order of their UTF-8 bytes")
    void orderedScansAreOrdered() {
        MemoryTier tier = open();
        // UTF-16 would put the last one, which needs a surrogate pair, before the one before it
        List<String> ordered = List.of(
                "o ", "o!", "o-", "o/", "o0", "oA", "oa", "oa/", "oab", "oé", "o\uFF0F", "o\uFFFD", "o\uD83D\uDE00");
        List<String> shuffled = new ArrayList<>(ordered);
        java.util.Collections.shuffle(shuffled, new java.util.Random(7));
        shuffled.forEach(key -> apply(tier, value(key(key), version(1), "x")));
        List<String> listed = scanAll(tier, space(), "o", 3).stream()
                .map(header -> header.key().key())
                .distinct()
                .toList();
        assertThat(listed).containsExactlyInAnyOrderElementsOf(ordered);
        if (tier.traits().contains(TierTrait.SCAN_ORDERED)) {
            assertThat(listed)
                    .isSortedAccordingTo((a, b) -> Arrays.compareUnsigned(
                            a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8)));
        }
    }

    @Test
    @DisplayName("TIER-07 purge removes a record physically unless it is newer than the version given")
    void purgeSparesNewerRecords() {
        MemoryTier tier = open();
        TierKey key = key("purged");
        apply(tier, value(key, version(5), "five"));
        assertThat(purge(tier, key, version(4))).isFalse();
        assertThat(text(get(tier, key))).isEqualTo("five");
        assertThat(purge(tier, key, version(5))).isTrue();
        assertThat(get(tier, key)).isNull();
        assertThat(scanAll(tier, space(), "purged", 10)).isEmpty();
        assertThat(purge(tier, key, version(5))).as("there is nothing left").isFalse();
        assertThat(apply(tier, value(key, version(1), "one")))
                .as("nothing is left that an older record would lose against")
                .isEqualTo(Applied.DONE);
        assertThat(text(get(tier, key))).isEqualTo("one");
        apply(tier, TierRecord.tombstone(key, version(7), inOneHour()));
        assertThat(purge(tier, key, version(9))).as("a tombstone").isTrue();
        assertThat(get(tier, key)).isNull();
    }

    @Test
    @DisplayName("TIER-07 purging while a newer record arrives does not take the newer one away")
    void purgeAndApplyDoNotCross() {
        MemoryTier tier = open();
        for (int round = 0; round < 40; round++) {
            TierKey key = key("cross-" + round);
            apply(tier, value(key, version(1), "old"));
            together(2, side -> {
                if (side == 0) {
                    purge(tier, key, version(1));
                } else {
                    assertThat(apply(tier, value(key, version(2), "new"))).isEqualTo(Applied.DONE);
                }
            });
            assertThat(text(get(tier, key))).as("round %s", round).isEqualTo("new");
        }
    }
}
