package ai.primespark.memory.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TimeoutsTest {

    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
    private final Timeouts timeouts =
            new Timeouts(timer, Duration.ofMillis(100), millis -> new IllegalStateException("late after " + millis));

    @AfterEach
    void close() {
        timer.shutdownNow();
    }

    @Test
    void whatIsLateEndsAndWhatIsInTimeDoesNot() {
        CompletableFuture<String> late = new CompletableFuture<>();
        CompletableFuture<String> slow = new CompletableFuture<>();
        timeouts.watch(late, TimeUnit.MILLISECONDS.toNanos(20));
        timeouts.watch(slow, TimeUnit.HOURS.toNanos(1));
        await().until(late::isDone);
        assertThat(late.handle((value, failure) -> failure.getMessage()).join()).isEqualTo("late after 20");
        assertThat(slow).isNotDone();
    }

    @Test
    void nothingIsLookedAtWhileNothingIsUnderWay() {
        assertThat(timer.getQueue()).isEmpty();
        CompletableFuture<String> one = new CompletableFuture<>();
        timeouts.watch(one, TimeUnit.HOURS.toNanos(1));
        assertThat(timer.getQueue()).hasSize(1);
        one.complete("done");
        await().until(() -> timer.getQueue().isEmpty() && timer.getActiveCount() == 0);
        CompletableFuture<String> next = new CompletableFuture<>();
        timeouts.watch(next, TimeUnit.MILLISECONDS.toNanos(1));
        await().until(next::isCompletedExceptionally);
    }

    @Test
    void aThousandAtOnceNeedOneTimer() {
        var all = IntStream.range(0, 1000)
                .mapToObj(i -> {
                    CompletableFuture<String> each = new CompletableFuture<>();
                    timeouts.watch(each, TimeUnit.HOURS.toNanos(1));
                    return each;
                })
                .toList();
        await().until(() -> timer.getQueue().size() == 1);
        assertThat(timer.getTaskCount()).isLessThan(1000);
        all.forEach(each -> each.complete("done"));
        await().until(() -> timer.getQueue().isEmpty() && timer.getActiveCount() == 0);
    }
}
