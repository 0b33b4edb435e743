package ai.primespark.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.primespark.memory.Lookup;
import ai.primespark.memory.Memory;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.PutOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MemoryLoadTest {

    private final EngineFixture fixture = new EngineFixture();

    @AfterEach
    void close() throws Exception {
        fixture.close();
    }

    @Test
    void theLoaderRunsOnceHoweverManyAsk() throws Exception {
        fixture.near();
        fixture.disk("disk");
        MemoryEngine engine = fixture.set("timeout", "30 s").engine();
        Memory memory = engine.memory();
        AtomicInteger loads = new AtomicInteger();
        CountDownLatch release = new CountDownLatch(1);
        List<CompletableFuture<Optional<byte[]>>> readers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            readers.add(CompletableFuture.supplyAsync(
                    () -> memory.getOrLoad("key", byte[].class, PutOptions.DEFAULT, () -> {
                        loads.incrementAndGet();
                        release.await();
                        return new byte[] {7};
                    }),
                    fixture.context.blocking()));
        }
        await().until(() -> loads.get() == 1 && memory.stats().loadsInFlight() >= 1);
        release.countDown();
        List<byte[]> values = new ArrayList<>();
        for (CompletableFuture<Optional<byte[]>> reader : readers) {
            values.add(reader.get().orElseThrow());
        }
        assertThat(loads).hasValue(1);
        assertThat(values).allSatisfy(value -> assertThat(value).containsExactly(7));
        values.get(0)[0] = 9;
        assertThat(values.subList(1, 20)).allSatisfy(value -> assertThat(value).containsExactly(7));
        assertThat(memory.find("key", byte[].class).orElseThrow()).containsExactly(7);
    }

    @Test
    void aLoadersFailureReachesEverybodyAndIsForgottenAfterASecond() throws Exception {
        fixture.near();
        fixture.disk("disk");
        Memory memory = fixture.set("timeout", "30 s").memory();
        CountDownLatch release = new CountDownLatch(1);
        AtomicInteger loads = new AtomicInteger();
        List<CompletableFuture<Optional<String>>> readers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            readers.add(CompletableFuture.supplyAsync(
                    () -> memory.getOrLoad("key", String.class, PutOptions.DEFAULT, () -> {
                        loads.incrementAndGet();
                        release.await();
                        throw new IOException("no network");
                    }),
                    fixture.context.blocking()));
        }
        await().until(() -> memory.stats().loadsInFlight() == 1);
        release.countDown();
        for (CompletableFuture<Optional<String>> reader : readers) {
            assertThatThrownBy(reader::get)
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isInstanceOf(MemoryException.class)
                    .hasMessageContaining("key")
                    .hasCauseInstanceOf(IOException.class);
        }
        assertThat(loads).hasValue(1);
        assertThatThrownBy(() -> memory.getOrLoad("key", String.class, PutOptions.DEFAULT, () -> "too early"))
                .isInstanceOf(MemoryException.class)
                .hasCauseInstanceOf(IOException.class);
        assertThat(memory.get("key", String.class)).as("a failure is no answer").isInstanceOf(Lookup.Absent.class);
        assertThat(memory.getOrLoad("other", String.class, PutOptions.DEFAULT, () -> "other"))
                .contains("other");
        fixture.context.clock().advance(Loads.FAILURE_LIFE);
        assertThat(memory.getOrLoad("key", String.class, PutOptions.DEFAULT, () -> "fine"))
                .contains("fine");
        assertThat(memory.getOrLoad("key", String.class, PutOptions.DEFAULT, () -> "other"))
                .contains("fine");
    }

    @Test
    void nullIsNotStored() {
        fixture.near();
        fixture.disk("disk");
        Memory memory = fixture.memory();
        assertThat(memory.getOrLoad("key", String.class, PutOptions.DEFAULT, () -> null))
                .isEmpty();
        assertThat(memory.exists("key")).isFalse();
    }

    @Test
    void whatSomebodyElseWroteMeanwhileIsNotOverwritten() {
        fixture.near();
        fixture.disk("disk");
        Memory memory = fixture.memory();
        assertThat(memory.getOrLoad("key", String.class, PutOptions.DEFAULT, () -> {
                    memory.put("key", "written meanwhile");
                    return "computed";
                }))
                .contains("written meanwhile");
        assertThat(memory.find("key", String.class)).contains("written meanwhile");
    }

    @Test
    void aLoaderThatAsksForItsOwnKeyIsTold() {
        fixture.near();
        fixture.disk("disk");
        Memory memory = fixture.memory();
        assertThatThrownBy(() -> memory.getOrLoad(
                        "key",
                        String.class,
                        PutOptions.DEFAULT,
                        () -> memory.getOrLoad("key", String.class, PutOptions.DEFAULT, () -> "x")
                                .orElseThrow()))
                .isInstanceOf(MemoryException.class)
                .hasCauseInstanceOf(IllegalStateException.class);
    }

    @Test
    void whoeverWaitsForALoaderDoesSoWithinTheTimeLimit() throws Exception {
        fixture.near();
        fixture.disk("disk");
        Memory memory = fixture.set("timeout", "200 ms").memory();
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        CompletableFuture<Optional<String>> first = CompletableFuture.supplyAsync(
                () -> memory.getOrLoad("key", String.class, PutOptions.DEFAULT, () -> {
                    started.countDown();
                    release.await();
                    return "late";
                }),
                fixture.context.blocking());
        started.await();
        assertThatThrownBy(() -> memory.getOrLoad("key", String.class, PutOptions.DEFAULT, () -> "never"))
                .isInstanceOfSatisfying(
                        MemoryException.class, e -> assertThat(e.retryable()).isTrue());
        release.countDown();
        assertThat(first.get()).contains("late");
    }
}
