package ai.primespark.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.primespark.memory.Memory;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.NamespaceOptions;
import ai.primespark.memory.PutOptions;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.LeaseTier;
import ai.primespark.spi.TierKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One load over two machines. */
class LoadLeaseTest {

    private final TwoNodes nodes = new TwoNodes().set("timeout", "30 s").set("tier-timeout", "20 s");

    @AfterEach
    void close() throws Exception {
        nodes.close();
    }

    private CompletableFuture<Optional<String>> later(Memory memory, Loader loader) {
        return CompletableFuture.supplyAsync(
                () -> memory.getOrLoad("key", String.class, PutOptions.DEFAULT, loader::load),
                nodes.fixture.context.blocking());
    }

    @FunctionalInterface
    interface Loader {
        String load() throws Exception;
    }

    private Optional<LeaseTier.Lease> lease(Duration life) {
        return nodes.lineA
                .leases()
                .orElseThrow()
                .acquire(TierKey.of("default", "key"), life, Deadline.in(Duration.ofSeconds(10)))
                .toCompletableFuture()
                .join();
    }

    @Test
    void theLoaderRunsOnceHoweverManyMachinesAsk() throws Exception {
        Memory a = nodes.a();
        Memory b = nodes.b();
        AtomicInteger loads = new AtomicInteger();
        CountDownLatch release = new CountDownLatch(1);
        List<CompletableFuture<Optional<String>>> readers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            readers.add(later(i % 2 == 0 ? a : b, () -> {
                int number = loads.incrementAndGet();
                release.await();
                return "load " + number;
            }));
        }
        await().until(() ->
                loads.get() == 1 && a.stats().loadsInFlight() >= 1 && b.stats().loadsInFlight() >= 1);
        release.countDown();
        for (CompletableFuture<Optional<String>> reader : readers) {
            assertThat(reader.get()).contains("load 1");
        }
        assertThat(loads).hasValue(1);
        assertThat(lease(Duration.ofMinutes(1))).as("it was given back").isPresent();
    }

    @Test
    void aMachineThatDiesWhileLoadingHoldsUpTheOthersForTheLifeOfItsLease() throws Exception {
        Memory b = nodes.b();
        assertThat(lease(Duration.ofSeconds(10)))
                .as("of a machine that dies now")
                .isPresent();
        AtomicInteger loads = new AtomicInteger();
        CompletableFuture<Optional<String>> reader = later(b, () -> "load " + loads.incrementAndGet());
        await().until(() -> nodes.nearB.peek("default", "key") == null && !reader.isDone());
        assertThat(loads).hasValue(0);
        nodes.fixture.context.clock().advance(Duration.ofSeconds(10));
        assertThat(reader.get()).contains("load 1");
    }

    @Test
    void whoeverWaitsForAnotherMachineDoesSoWithinTheTimeLimit() {
        nodes.set("timeout", "200 ms");
        Memory b = nodes.b();
        assertThat(lease(Duration.ofMinutes(10))).isPresent();
        assertThatThrownBy(() -> b.getOrLoad("key", String.class, PutOptions.DEFAULT, () -> "never"))
                .isInstanceOfSatisfying(
                        MemoryException.class, e -> assertThat(e.retryable()).isTrue())
                .hasMessageContaining("another machine");
    }

    @Test
    void whoComputesLongerThanTheLeaseLastsDoesNotReplaceWhatTheNextStored() throws Exception {
        Memory a = nodes.a();
        Memory b = nodes.b();
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        CompletableFuture<Optional<String>> late = later(a, () -> {
            started.countDown();
            release.await();
            return "late";
        });
        started.await();
        nodes.fixture.context.clock().advance(Duration.ofSeconds(10));
        assertThat(later(b, () -> "next").get()).contains("next");
        release.countDown();
        assertThat(late.get()).contains("next");
        assertThat(a.find("key", String.class)).contains("next");
        await().until(nodes::isQuiet);
        assertThat(b.find("key", String.class)).contains("next");
    }

    @Test
    void whenOneMachinesLoaderFailsTheNextOneTries() throws Exception {
        Memory a = nodes.a();
        Memory b = nodes.b();
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        CompletableFuture<Optional<String>> fails = later(a, () -> {
            started.countDown();
            release.await();
            throw new IllegalStateException("no");
        });
        started.await();
        CompletableFuture<Optional<String>> next = later(b, () -> "mine");
        release.countDown();
        assertThatThrownBy(fails::get).isInstanceOf(ExecutionException.class).hasCauseInstanceOf(MemoryException.class);
        assertThat(next.get()).contains("mine");
    }

    @Test
    void withoutTheLeaseTierEachMachineLoadsForItself() throws Exception {
        Memory a = nodes.set("ack", "memory")
                .a()
                .namespace(
                        "cache",
                        NamespaceOptions.DEFAULT.withUnknown(ai.primespark.memory.UnknownPolicy.TREAT_AS_ABSENT));
        nodes.lineA.disconnect();
        assertThat(a.getOrLoad("key", String.class, PutOptions.DEFAULT, () -> "alone"))
                .contains("alone");
    }

    @Test
    void anEndedValueIsGivenToThoseWhoWouldWait() throws Exception {
        NamespaceOptions options = NamespaceOptions.DEFAULT.withStaleLife(Duration.ofMinutes(1));
        Memory a = nodes.a().namespace("stale", options);
        Memory b = nodes.b().namespace("stale", options);
        a.put("key", "old", PutOptions.ttl(Duration.ofSeconds(30)));
        assertThat(b.find("key", String.class)).contains("old");
        nodes.fixture.context.clock().advance(Duration.ofSeconds(31));
        assertThat(b.find("key", String.class)).as("it is no answer to a read").isEmpty();
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        CompletableFuture<Optional<String>> loading = later(a, () -> {
            started.countDown();
            release.await();
            return "new";
        });
        started.await();
        assertThat(a.getOrLoad("key", String.class, PutOptions.DEFAULT, () -> "not called"))
                .as("in the process that loads")
                .contains("old");
        assertThat(b.getOrLoad("key", String.class, PutOptions.DEFAULT, () -> "not called"))
                .as("in another one")
                .contains("old");
        release.countDown();
        assertThat(loading.get()).contains("new");
        await().until(nodes::isQuiet);
        assertThat(b.getOrLoad("key", String.class, PutOptions.DEFAULT, () -> "not called"))
                .contains("new");
    }

    @Test
    void aValueThatEndedTooLongAgoIsNotGiven() throws Exception {
        nodes.set("timeout", "300 ms");
        Memory a = nodes.a().namespace("stale", NamespaceOptions.DEFAULT.withStaleLife(Duration.ofMinutes(1)));
        a.put("key", "old", PutOptions.ttl(Duration.ofSeconds(30)));
        nodes.fixture.context.clock().advance(Duration.ofSeconds(90));
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        CompletableFuture<Optional<String>> loading = later(a, () -> {
            started.countDown();
            release.await();
            return "new";
        });
        started.await();
        assertThatThrownBy(() -> a.getOrLoad("key", String.class, PutOptions.DEFAULT, () -> "not called"))
                .isInstanceOf(MemoryException.class);
        release.countDown();
        assertThat(loading.get()).contains("new");
    }
}
