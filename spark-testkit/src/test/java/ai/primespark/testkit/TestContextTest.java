package ai.primespark.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TestContextTest {

    @Test
    void viewsShareEverythingButIdAndSettings() {
        try (TestContext context = TestContext.create()) {
            TestContext view = context.withId("other").with(new MapTierProvider(), Map.of("path", "/x"));
            assertThat(view.id()).isEqualTo("other");
            assertThat(view.settings().get(MapTierProvider.PATH)).isEqualTo(Path.of("/x"));
            assertThat(view.clock()).isSameAs(context.clock());
            assertThat(view.blocking()).isSameAs(context.blocking());
            assertThat(view.directory()).isEqualTo(context.directory());
            assertThat(view.dataDirectory()).isAbsolute().doesNotExist().isNotEqualTo(context.dataDirectory());
        }
    }

    @Test
    void settingsAreCheckedAgainstTheProvider() {
        try (TestContext context = TestContext.create()) {
            assertThatThrownBy(() -> context.with(new MapTierProvider(), Map.of()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("path");
        }
    }

    @Test
    void closingStopsTheExecutorsAndDeletesTheDirectory() throws Exception {
        TestContext context = TestContext.create();
        Files.createDirectories(context.dataDirectory());
        Files.writeString(context.dataDirectory().resolve("file"), "x");
        assertThat(context.blocking().submit(() -> 42).get(20, TimeUnit.SECONDS))
                .isEqualTo(42);
        assertThat(context.scheduler()
                        .schedule(() -> 43, 1, TimeUnit.MILLISECONDS)
                        .get(20, TimeUnit.SECONDS))
                .isEqualTo(43);
        assertThat(context.tasksStarted()).isEqualTo(2);
        context.close();
        context.close();
        assertThat(context.blocking().isTerminated()).isTrue();
        assertThat(context.scheduler().isTerminated()).isTrue();
        assertThat(context.directory()).doesNotExist();
        assertThat(context.leakedThreads()).isEmpty();
    }

    @Test
    void leakedThreadsAreNamed() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        try (TestContext context = TestContext.create()) {
            Thread leak = new Thread(
                    () -> {
                        try {
                            end.await(60, TimeUnit.SECONDS);
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    },
                    "leaking-thread");
            leak.setDaemon(true);
            leak.start();
            assertThat(context.leakedThreads()).containsExactly("leaking-thread");
            end.countDown();
            leak.join(20_000);
            assertThat(context.leakedThreads()).isEmpty();
        }
    }

    @Test
    void theClockStandsStillUntilItIsMoved() {
        MutableClock clock = new MutableClock(Instant.EPOCH);
        assertThat(clock.instant()).isEqualTo(Instant.EPOCH);
        clock.advance(Duration.ofSeconds(5));
        assertThat(clock.millis()).isEqualTo(5_000);
        clock.set(Instant.ofEpochSecond(1));
        assertThat(clock).hasToString("MutableClock[1970-01-01T00:00:01Z]");
    }
}
