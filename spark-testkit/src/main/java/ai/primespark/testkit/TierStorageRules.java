package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.primespark.memory.Version;
import ai.primespark.spi.Applied;
import ai.primespark.spi.Condition;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.MemoryTier;
import ai.primespark.spi.TierException;
import ai.primespark.spi.TierIdentity;
import ai.primespark.spi.TierKey;
import ai.primespark.spi.TierRecord;
import ai.primespark.spi.TierTrait;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** TIER-08 to TIER-10: where records live, how long, and the end of a tier. */
abstract class TierStorageRules extends TierListRules {

    @Test
    @DisplayName("TIER-08 no two keys are the same record, whatever they look like")
    void keysNeverCollide() {
        MemoryTier tier = open();
        Set<String> keys = TierKeys.awkward();
        int number = 0;
        for (String key : keys) {
            assertThat(apply(tier, value(key(key), version(number), "body " + number)))
                    .as("applied under %s", TierKeys.shown(key))
                    .isEqualTo(Applied.DONE);
            number++;
        }
        number = 0;
        for (String key : keys) {
            assertThat(text(get(tier, key(key))))
                    .as("read from %s", TierKeys.shown(key))
                    .isEqualTo("body " + number);
            number++;
        }
        Set<String> listed = new LinkedHashSet<>();
        scanAll(tier, space(), "", 50).forEach(header -> listed.add(header.key().key()));
        assertThat(listed).isEqualTo(keys);
    }

    @Test
    @DisplayName("TIER-08 no key reaches outside of the tier's storage")
    void keysNeverEscape() throws IOException {
        Files.createDirectories(storage().getParent());
        Files.writeString(context().directory().resolve("a/canary"), "untouched");
        Set<String> before = filesOutside();
        MemoryTier tier = open();
        List<String> climbing = List.of(
                "..",
                "../canary",
                "../../canary",
                "../../../canary",
                "../../../../canary",
                "../../../../../canary",
                "..\\..\\..\\canary",
                "..%2f..%2f..%2fcanary",
                "x/../../../../canary",
                context().directory().resolve("a/canary").toString(),
                "file:" + context().directory().resolve("a/canary"));
        for (String key : climbing) {
            apply(tier, value(key(key), version(1), "escaped"));
            assertThat(text(get(tier, key(key)))).as("read from %s", key).isEqualTo("escaped");
            purge(tier, key(key), version(1));
            assertThat(get(tier, key(key))).as("purged from %s", key).isNull();
        }
        close(tier);
        assertThat(filesOutside()).as("files outside of the tier's storage").isEqualTo(before);
        assertThat(Files.readString(context().directory().resolve("a/canary"))).isEqualTo("untouched");
    }

    @Test
    @DisplayName("TIER-08 namespaces are separate, even where namespace and key run together to the same text")
    void namespacesAreSeparate() {
        MemoryTier tier = open();
        String own = space();
        String tail = own.substring(own.length() - 13);
        Map<TierKey, String> bodies = new LinkedHashMap<>();
        List<String> spaces = List.of(
                own,
                own + ".",
                own + "..",
                own + ".b",
                own + "-b",
                own + "_b",
                own + "-2f",
                "con",
                "con.",
                "nul.x",
                "z" + "9".repeat(63));
        for (String namespace : spaces) {
            for (String key : List.of(tail, "b/" + tail, ".b/" + tail, "-b/" + tail, "/" + tail, ":" + tail)) {
                bodies.put(TierKey.of(namespace, key), namespace + " has " + key);
            }
        }
        bodies.forEach((key, body) ->
                apply(tier, value(key, Version.of(context().clock().millis(), 0, "x"), body)));
        bodies.forEach((key, body) -> assertThat(text(get(tier, key))).isEqualTo(body));
        for (String namespace : spaces) {
            assertThat(scanAll(tier, namespace, "", 4))
                    .as("records of the namespace %s", namespace)
                    .allSatisfy(header -> assertThat(header.key().namespace()).isEqualTo(namespace));
            assertThat(scanAll(tier, namespace, "b/" + tail, 4).stream().distinct())
                    .hasSize(1);
        }
        TierKey removed = TierKey.of(own, tail);
        assertThat(purge(tier, removed, Version.of(context().clock().millis(), 1, "x")))
                .isTrue();
        bodies.remove(removed);
        bodies.forEach((key, body) -> assertThat(text(get(tier, key))).isEqualTo(body));
    }

    @Test
    @DisplayName("TIER-09 with PERSISTENT what was applied is there after close and open, and still under the law")
    void persistentRecordsOutliveTheTier() {
        MemoryTier first = open();
        boolean persistent = first.traits().contains(TierTrait.PERSISTENT);
        TierRecord record =
                TierRecord.value(key("kept"), version(5), inOneHour(), "json+deflate", new byte[] {1, 2, 3});
        TierRecord tombstone = TierRecord.tombstone(key("grave"), version(6), inOneHour());
        apply(first, record);
        apply(first, tombstone);
        apply(first, value(key("purged"), version(1), "x"));
        purge(first, key("purged"), version(1));
        TierIdentity identity = wait("probe", first.probe(deadline()));
        close(first);
        MemoryTier second = open();
        assertThat(get(second, key("purged"))).isNull();
        for (TierRecord kept : List.of(record, tombstone)) {
            TierRecord found = get(second, kept.key());
            if (persistent || found != null) {
                assertSame(found, kept); // a tier that may forget must not remember wrongly either
                assertThat(apply(second, value(kept.key(), version(4), "older")))
                        .isEqualTo(new Applied.Older(kept.version()));
            }
        }
        if (persistent) {
            assertThat(scanAll(second, space(), "", 10).stream().distinct()).hasSize(2);
            assertThat(wait("probe", second.probe(deadline())).storage())
                    .as("the storage's name after it was opened again")
                    .isEqualTo(identity.storage());
        }
    }

    @Test
    @DisplayName("TIER-10 after close every method fails with a TierException, and closing again is harmless")
    void closedTiersFail() {
        MemoryTier tier = open();
        TierRecord record = value(key("closing"), version(1), "x");
        apply(tier, record);
        close(tier);
        close(tier);
        Map<String, Callable<CompletionStage<?>>> calls = new LinkedHashMap<>();
        calls.put("get", () -> tier.get(record.key(), deadline()));
        calls.put("apply", () -> tier.apply(record, Condition.IF_NEWER, deadline()));
        calls.put("getAll", () -> tier.getAll(List.of(record.key()), deadline()));
        calls.put("applyAll", () -> tier.applyAll(List.of(record), deadline()));
        calls.put("scan", () -> tier.scan(space(), "", null, 10, deadline()));
        calls.put("purge", () -> tier.purge(record.key(), version(1), deadline()));
        calls.put("probe", () -> tier.probe(deadline()));
        calls.put("usage", () -> tier.usage(deadline()));
        calls.forEach((name, call) -> assertThat(Bounded.stageFailure(tierPatience(), name, call))
                .as("%s after close", name)
                .isInstanceOf(TierException.class));
        assertThat(context().blocking().isShutdown())
                .as("close shut the context's executor down")
                .isFalse();
        assertThat(context().scheduler().isShutdown())
                .as("close shut the context's scheduler down")
                .isFalse();
    }

    @Test
    @DisplayName("TIER-10 a tier that was never started can be closed")
    void unstartedTiersCanBeClosed() {
        MemoryTier tier = tierProvider().create(context().with(tierProvider(), tierSettings(storage())));
        close(tier);
        close(tier);
        assertThat(Bounded.stageFailure(tierPatience(), "get", () -> tier.get(key("x"), deadline())))
                .isInstanceOf(TierException.class);
    }

    @Test
    @DisplayName("TIER-10 closing while operations run ends them: what fails does so with a TierException")
    void closingEndsRunningOperations() throws InterruptedException {
        MemoryTier tier = open();
        CountDownLatch running = new CountDownLatch(4);
        AtomicBoolean closed = new AtomicBoolean();
        List<FutureTask<Boolean>> writers = Stream.of(0, 1, 2, 3)
                .map(writer -> Bounded.start("writer " + writer, () -> writeUntilClosed(tier, writer, running, closed)))
                .toList();
        try {
            assertThat(running.await(tierPatience().toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
            close(tier);
        } finally {
            closed.set(true);
        }
        writers.forEach(writer -> assertThat(Bounded.result(tierPatience(), "a writer during close", writer))
                .isTrue());
    }

    /** Whether the first write that failed did so as it should, and none succeeded after the tier was closed. */
    private boolean writeUntilClosed(MemoryTier tier, int writer, CountDownLatch running, AtomicBoolean closed) {
        for (int i = 0; ; i++) {
            boolean after = closed.get();
            TierRecord record = value(key("writer-" + writer + "-" + i % 50), version(i), "x");
            Throwable failure = Bounded.stageFailure(
                    tierPatience(), "apply during close", () -> tier.apply(record, Condition.IF_NEWER, deadline()));
            if (failure != null || after) {
                return failure instanceof TierException;
            }
            running.countDown();
        }
    }

    @Test
    @DisplayName("TIER-11 a deadline that is over fails the stage with a transient TierException")
    void overdueOperationsFail() {
        MemoryTier tier = open();
        Deadline over = Deadline.in(Duration.ofSeconds(-1));
        Throwable failure = Bounded.stageFailure(tierPatience(), "get", () -> tier.get(key("late"), over));
        assertThat(failure)
                .isInstanceOfSatisfying(
                        TierException.class, e -> assertThat(e.retryable()).isTrue());
    }

    @Test
    @DisplayName("TIER-11 probe names the storage, and usage counts it or says that it cannot")
    void probeAndUsageAnswer() {
        MemoryTier tier = open();
        TierIdentity identity = wait("probe", tier.probe(deadline()));
        assertThat(identity.storage()).isNotBlank();
        assertThat(wait("probe", tier.probe(deadline())).storage()).isEqualTo(identity.storage());
        apply(tier, value(key("counted"), version(1), "x".repeat(1_000)));
        var usage = wait("usage", tier.usage(deadline()));
        assertThat(usage.records()).isGreaterThanOrEqualTo(-1).isNotZero();
        assertThat(usage.bytes()).isGreaterThanOrEqualTo(-1).isNotZero();
        assertThat(usage.capacityBytes()).isGreaterThanOrEqualTo(-1);
    }

    private Set<String> filesOutside() throws IOException {
        Path data = context().directory().resolve("data");
        try (Stream<Path> files = Files.walk(context().directory())) {
            Set<String> outside = new TreeSet<>();
            files.filter(file -> !file.startsWith(storage()) && !file.startsWith(data))
                    .forEach(file -> outside.add(file.toString()));
            return outside;
        }
    }
}
