package ai.primespark.core.agent.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.primespark.agent.RetryPolicy;
import ai.primespark.agent.TaskFilter;
import ai.primespark.agent.TaskRequest;
import ai.primespark.agent.TaskSnapshot;
import ai.primespark.agent.TaskStatus;
import ai.primespark.core.journal.JournalException;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TaskClaim;
import ai.primespark.spi.TaskCompletion;
import ai.primespark.spi.TaskEnvelope;
import ai.primespark.spi.TaskLane;
import ai.primespark.spi.TaskLease;
import ai.primespark.spi.TaskQueue;
import ai.primespark.testkit.TestContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileQueueTest {

    private static final TaskLane LANE = TaskLane.of(request().build());

    @TempDir
    Path temp;

    private TestContext context;
    private final List<TaskQueue> opened = new ArrayList<>();

    @BeforeEach
    void openContext() {
        context = TestContext.create();
    }

    @AfterEach
    void closeAll() throws Exception {
        for (TaskQueue queue : opened) {
            queue.close();
        }
        context.close();
    }

    private TaskQueue open(Map<String, Object> settings) throws Exception {
        Map<String, Object> all = new java.util.HashMap<>(Map.of("path", temp.resolve("queue")));
        all.putAll(settings);
        FileQueueProvider provider = new FileQueueProvider();
        TaskQueue queue = provider.create(context.with(provider, all));
        opened.add(queue);
        queue.start();
        return queue;
    }

    private static TaskRequest.Builder request() {
        return TaskRequest.of("t", new byte[100]);
    }

    private static Deadline soon() {
        return Deadline.in(Duration.ofSeconds(30));
    }

    private static void submit(TaskQueue queue, String id, TaskRequest.Builder request) {
        queue.submit(List.of(new TaskEnvelope(id, request.build(), "bytes")), soon());
    }

    private static TaskLease lease(TaskQueue queue) {
        TaskClaim claim =
                new TaskClaim("c" + System.nanoTime(), "agent", Set.of(LANE), 1, Duration.ofMinutes(1), Map.of());
        return queue.claim(claim, soon()).get(0);
    }

    private List<Path> segments() throws IOException {
        try (Stream<Path> files = Files.list(temp.resolve("queue"))) {
            return files.filter(file -> file.toString().endsWith(".journal"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void aSecondQueueInTheDirectoryIsRefusedWithOneClearMessage() throws Exception {
        TaskQueue first = open(Map.of());
        assertThatThrownBy(() -> open(Map.of()))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining(temp.resolve("queue").toString())
                .hasMessageContaining("is in use by");
        submit(first, "a", request());
        assertThat(first.find("a", soon())).isPresent();
    }

    @Test
    void aTornTailLosesNothingThatWasAcknowledged() throws Exception {
        TaskQueue queue = open(Map.of());
        submit(queue, "a", request());
        submit(queue, "b", request());
        queue.close();
        Path last = segments().get(segments().size() - 1);
        Files.write(last, new byte[] {'P', 'S', 'J', 'E', 1, 0, 0, 0, 0}, StandardOpenOption.APPEND);
        TaskQueue again = open(Map.of());
        assertThat(again.list(TaskFilter.ALL, null, 10, soon()).tasks())
                .extracting(TaskSnapshot::id)
                .containsExactly("b", "a");
        submit(again, "c", request());
        assertThat(again.list(TaskFilter.ALL, null, 10, soon()).tasks()).hasSize(3);
    }

    @Test
    void aTaskThatRanWhenTheProcessEndedCountsALossAndIsDeadAtTheLimit() throws Exception {
        TaskQueue queue = open(Map.of());
        submit(queue, "poison", request().retry(RetryPolicy.DEFAULT.withMaxLosses(2)));
        TaskLease first = lease(queue);
        queue.close();
        queue = open(Map.of());
        TaskSnapshot once = queue.find("poison", soon()).orElseThrow();
        assertThat(once.status()).isEqualTo(TaskStatus.READY);
        assertThat(once.losses()).isEqualTo(1);
        assertThat(once.attempts()).isEqualTo(1);
        assertThat(once.errors()).containsExactly("the process ended while agent agent worked on it");
        TaskLease second = lease(queue);
        assertThat(second.attempt()).isEqualTo(2);
        assertThat(second.ref().fence()).isGreaterThan(first.ref().fence());
        assertThat(queue.complete(first.ref(), new TaskCompletion.Success(null), soon()))
                .isFalse();
        queue.close();
        queue = open(Map.of());
        assertThat(queue.find("poison", soon()).orElseThrow().status()).isEqualTo(TaskStatus.DEAD);
    }

    @Test
    void placesInLineSurviveARestart() throws Exception {
        TaskQueue queue = open(Map.of());
        for (String id : List.of("a", "b", "c")) {
            submit(queue, id, request());
            context.clock().advance(Duration.ofSeconds(1));
        }
        TaskLease lease = lease(queue);
        assertThat(lease.task().id()).isEqualTo("a");
        queue.complete(lease.ref(), new TaskCompletion.Failure("again", Duration.ZERO), soon());
        queue.close();
        queue = open(Map.of());
        for (String id : List.of("a", "b", "c")) {
            assertThat(lease(queue).task().id()).isEqualTo(id);
        }
    }

    @Test
    void whatIsForgottenLeavesTheDisk() throws Exception {
        TaskQueue queue = open(Map.of("max-ended", 1));
        byte[] large = new byte[1 << 20];
        for (int i = 0; i < 60; i++) {
            submit(queue, "t" + i, TaskRequest.of("t", large));
            assertThat(queue.complete(lease(queue).ref(), new TaskCompletion.Success(large), soon()))
                    .isTrue();
        }
        long bytes = 0;
        for (Path file : segments()) {
            bytes += Files.size(file);
        }
        assertThat(bytes).as("of 120 MiB that were written").isLessThan(80L << 20);
        queue.close();
        queue = open(Map.of("max-ended", 1));
        assertThat(queue.list(TaskFilter.ALL, null, 100, soon()).tasks())
                .extracting(TaskSnapshot::id)
                .containsExactly("t59");
    }

    @Test
    void whenTooManyAreOverTheOldestAreForgottenHoweverLongTheyWereToBeKept() throws Exception {
        TaskQueue queue = open(Map.of("max-ended", 2));
        for (String id : List.of("long", "short", "shorter")) {
            submit(queue, id, request().retention(id.equals("long") ? Duration.ofDays(1) : Duration.ofMinutes(1)));
            assertThat(queue.complete(lease(queue).ref(), new TaskCompletion.Success(null), soon()))
                    .isTrue();
            context.clock().advance(Duration.ofSeconds(1));
        }

        assertThat(queue.list(TaskFilter.ALL, null, 10, soon()).tasks())
                .extracting(TaskSnapshot::id)
                .containsExactlyInAnyOrder("short", "shorter");
    }
}
