package ai.primespark.core.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.awaitility.Awaitility.await;

import ai.primespark.event.SparkEvent;
import ai.primespark.event.SparkEvents.Subscription;
import ai.primespark.health.HealthStatus;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EventBusTest {

    private final ExecutorService executor = Executors.newCachedThreadPool();
    private final EventBus bus = new EventBus(executor, Clock.systemUTC());
    private final List<Object> got = Collections.synchronizedList(new ArrayList<>());

    @AfterEach
    void stop() {
        executor.shutdownNow();
    }

    private static SparkEvent event(int number) {
        return new SparkEvent.HealthChanged(Instant.EPOCH, "c", HealthStatus.HEALTHY, String.valueOf(number));
    }

    private static Object number(SparkEvent event) {
        return event instanceof SparkEvent.HealthChanged h ? Integer.valueOf(h.message()) : event;
    }

    private void subscribeTo(Class<? extends SparkEvent> type) {
        bus.subscribe(type, e -> got.add(number(e)));
    }

    @Test
    void eventsComeInOrder() {
        subscribeTo(SparkEvent.class);
        for (int i = 0; i < 900; i++) {
            bus.publish(event(i));
        }
        await().until(() -> got.size() == 900);

        assertThat(got).isEqualTo(IntStream.range(0, 900).boxed().toList());
    }

    @Test
    void whatNoThreadWasFreeForComesWithoutAnotherEvent() {
        AtomicInteger refused = new AtomicInteger();
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        try {
            EventBus busy = new EventBus(
                    task -> {
                        if (refused.incrementAndGet() <= 3) {
                            throw new RejectedExecutionException("no thread is free");
                        }
                        executor.execute(task);
                    },
                    Clock.systemUTC(),
                    timer);
            busy.subscribe(SparkEvent.class, e -> got.add(number(e)));
            busy.publish(event(1));
            busy.publish(event(2));

            await().untilAsserted(() -> assertThat(got).containsExactly(1, 2));
            assertThat(refused).as("one attempt at a time").hasValue(4);
        } finally {
            timer.shutdownNow();
        }
    }

    @Test
    void onlyTheTypeThatWasAskedForComes() {
        subscribeTo(SparkEvent.HealthChanged.class);
        bus.publish(new SparkEvent.Started(Instant.EPOCH));
        bus.publish(event(1));
        await().until(() -> !got.isEmpty());

        assertThat(got).containsExactly(1);
    }

    @Test
    void aSlowSubscriberLosesTheOldestIsToldAndHoldsUpNobody() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        List<Object> slow = Collections.synchronizedList(new ArrayList<>());
        bus.subscribe(SparkEvent.class, e -> {
            entered.countDown();
            awaitQuietly(go);
            slow.add(e instanceof SparkEvent.EventsLost lost ? "lost " + lost.count() : number(e));
        });
        bus.publish(event(0));
        entered.await();
        subscribeTo(SparkEvent.class);
        for (int i = 1; i <= EventBus.MAX_BACKLOG + 5; i++) {
            bus.publish(event(i));
            if (i % 500 == 0) {
                int sent = i;
                await().until(() -> got.size() == sent); // the quick one is served while the slow one hangs
            }
        }
        go.countDown();
        await().until(() -> slow.size() == EventBus.MAX_BACKLOG + 2);

        assertThat(slow.subList(0, 3)).containsExactly(0, "lost 5", 6);
        assertThat(slow.get(slow.size() - 1)).isEqualTo(EventBus.MAX_BACKLOG + 5);
        await().until(() -> got.size() == EventBus.MAX_BACKLOG + 5);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void whatASubscriberThrowsEndsNothing() {
        AtomicInteger calls = new AtomicInteger();
        bus.subscribe(SparkEvent.class, e -> {
            if (calls.incrementAndGet() == 1) {
                throw new IllegalStateException("bug");
            }
            if (calls.get() == 2) {
                throw new AssertionError("worse");
            }
        });
        for (int i = 1; i <= 3; i++) {
            int sent = i;
            bus.publish(event(i));
            await().until(() -> calls.get() == sent);
        }
        subscribeTo(SparkEvent.class);
        bus.publish(event(4));
        await().until(() -> got.size() == 1 && calls.get() == 4);
    }

    @Test
    void anEndedSubscriptionGetsNothingMore() {
        Subscription subscription = bus.subscribe(SparkEvent.class, e -> got.add("ended"));
        subscription.close();
        subscription.close();
        subscribeTo(SparkEvent.class);
        bus.publish(event(1));
        await().until(() -> got.contains(1));

        assertThat(got).containsExactly(1);
    }

    @Test
    void publishingOnAClosedExecutorIsHarmless() {
        subscribeTo(SparkEvent.class);
        executor.shutdownNow();
        bus.publish(event(1));

        assertThat(got).isEmpty();
    }

    @Test
    void refusesNulls() {
        assertThatNullPointerException()
                .isThrownBy(() -> bus.subscribe(SparkEvent.class, null))
                .withMessage("listener");
    }
}
