package ai.primespark.core.agent.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.primespark.agent.CancelOutcome;
import ai.primespark.agent.QueueFullException;
import ai.primespark.agent.QueueUnavailableException;
import ai.primespark.agent.TaskEvent;
import ai.primespark.agent.TaskFilter;
import ai.primespark.agent.TaskRequest;
import ai.primespark.agent.TaskScope;
import ai.primespark.agent.TaskStatus;
import ai.primespark.core.journal.FaultyJournal;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.TaskClaim;
import ai.primespark.spi.TaskCompletion;
import ai.primespark.spi.TaskEnvelope;
import ai.primespark.spi.TaskLane;
import ai.primespark.spi.TaskLease;
import ai.primespark.spi.TaskQueue;
import ai.primespark.testkit.TestContext;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a queue acknowledges while its disk fails, and what is there after the next start. */
class FileQueueDiskTest {

    private static final TaskRequest REQUEST =
            TaskRequest.of("t", "payload".getBytes(StandardCharsets.UTF_8)).build();
    private static final byte[] CHECKPOINT = {1, 2, 3};

    @TempDir
    Path temp;

    private TestContext context;
    private FaultyJournal disk;
    private TaskQueue queue;

    @BeforeEach
    void open() throws Exception {
        context = TestContext.create();
        start();
    }

    private void start() throws Exception {
        FileQueueProvider provider = new FileQueueProvider();
        var around = context.with(provider, Map.of());
        queue = new FileQueue(
                around,
                QueueSettings.limits(around.settings()),
                temp.resolve("queue"),
                Duration.ZERO,
                journal -> disk = new FaultyJournal(journal));
        queue.start();
    }

    private void startAgain() throws Exception {
        queue.close();
        start();
    }

    @AfterEach
    void close() throws Exception {
        queue.close();
        context.close();
    }

    private static Deadline soon() {
        return Deadline.in(Duration.ofSeconds(30));
    }

    private void submit(String... ids) {
        queue.submit(
                List.of(ids).stream()
                        .map(id -> new TaskEnvelope(id, REQUEST, "bytes"))
                        .toList(),
                soon());
    }

    private TaskLease lease() {
        TaskClaim claim = new TaskClaim(
                "c" + System.nanoTime(), "agent", Set.of(TaskLane.of(REQUEST)), 1, Duration.ofMinutes(1), Map.of());
        return queue.claim(claim, soon()).get(0);
    }

    @Test
    void aTaskThatTheDiskHasNoRoomForIsRefusedAndGone() throws Exception {
        disk.fail(TaskCodec.TASK, 1);

        assertThatThrownBy(() -> submit("a")).isInstanceOf(QueueFullException.class);
        assertThat(queue.find("a", soon())).isEmpty();
        submit("a");
        startAgain();

        assertThat(queue.find("a", soon())).isPresent();
    }

    @Test
    void aBatchThatIsNotWholeIsRefusedAndLeavesNothing() throws Exception {
        disk.fail(TaskCodec.BATCH, 1);

        assertThatThrownBy(() -> submit("a", "b")).isInstanceOf(QueueFullException.class);
        startAgain();

        assertThat(queue.list(TaskFilter.ALL, null, 10, soon()).tasks()).isEmpty();
    }

    @Test
    void aCheckpointIsSavedOnlyWhenItIsOnTheDiskItself() throws Exception {
        submit("a");
        TaskLease lease = lease();
        disk.fail(TaskCodec.CHECKPOINT, 3);

        assertThat(queue.save(lease.ref(), CHECKPOINT, soon())).isTrue();
        startAgain();

        assertThat(lease().checkpoint()).contains(CHECKPOINT);
    }

    @Test
    void aCheckpointCountsAlsoWhenAnotherChangeFollowsIt() throws Exception {
        submit("a");
        TaskLease lease = lease();
        CompletableFuture<Void> gate = disk.hold(TaskCodec.CHECKPOINT);
        CompletableFuture<Boolean> saved =
                CompletableFuture.supplyAsync(() -> queue.save(lease.ref(), CHECKPOINT, soon()));
        await().until(() -> disk.begun(TaskCodec.CHECKPOINT) == 1);
        CompletableFuture<CancelOutcome> cancelled =
                CompletableFuture.supplyAsync(() -> queue.cancel("a", "because", soon()));
        await().until(() -> disk.begun(TaskCodec.STATE) == 1);

        assertThat(saved.isDone()).isFalse();
        gate.complete(null);
        assertThat(saved.get(30, TimeUnit.SECONDS)).isTrue();
        assertThat(cancelled.get(30, TimeUnit.SECONDS)).isEqualTo(CancelOutcome.REQUESTED);
    }

    @Test
    void aTaskThatEndsWhileAnEarlierStateIsBeingWrittenIsThereAfterTheNextStart() throws Exception {
        submit("a");
        TaskLease lease = lease();
        CompletableFuture<Void> gate = disk.hold(TaskCodec.STATE);
        CompletableFuture<CancelOutcome> cancelled =
                CompletableFuture.supplyAsync(() -> queue.cancel("a", "because", soon()));
        await().until(() -> disk.begun(TaskCodec.STATE) == 1);
        disk.fail(TaskCodec.STATE, 2);
        CompletableFuture<Boolean> completed = CompletableFuture.supplyAsync(
                () -> queue.complete(lease.ref(), new TaskCompletion.Success(new byte[] {7}), soon()));
        await().until(() -> succeeded() == 1);
        gate.complete(null);
        assertThat(completed.get(30, TimeUnit.SECONDS)).isTrue();
        assertThat(cancelled.get(30, TimeUnit.SECONDS)).isEqualTo(CancelOutcome.REQUESTED);
        startAgain();

        assertThat(queue.find("a", soon()).orElseThrow().status()).isEqualTo(TaskStatus.SUCCEEDED);
        assertThat(queue.result("a", soon())).contains(new byte[] {7});
    }

    private static Deadline moment() {
        return Deadline.in(Duration.ofMillis(100));
    }

    /** Tasks that are over in memory. */
    private long succeeded() {
        return queue.stats(soon()).count(TaskStatus.SUCCEEDED);
    }

    @Test
    void anEndIsToldWhenItIsOnTheDisk() throws Exception {
        List<TaskEvent> events = new CopyOnWriteArrayList<>();
        submit("a");
        TaskLease lease = lease();
        try (AutoCloseable following = queue.subscribe(events::add)) {
            CompletableFuture<Void> gate = disk.hold(TaskCodec.STATE);
            CompletableFuture<Boolean> completed = CompletableFuture.supplyAsync(
                    () -> queue.complete(lease.ref(), new TaskCompletion.Success(new byte[] {7}), soon()));
            await().until(() -> succeeded() == 1);
            submit("b"); // the journal goes on meanwhile

            assertThatThrownBy(() -> queue.find("a", moment())).isInstanceOf(QueueUnavailableException.class);
            assertThatThrownBy(() -> queue.result("a", moment())).isInstanceOf(QueueUnavailableException.class);
            assertThatThrownBy(() -> queue.list(TaskFilter.ALL, null, 10, moment()))
                    .isInstanceOf(QueueUnavailableException.class);
            assertThat(events).isEmpty();
            assertThat(completed.isDone()).isFalse();

            gate.complete(null);
            await().until(() -> events.stream().anyMatch(event -> event.kind() == TaskEvent.Kind.ENDED));
            assertThat(completed.get(30, TimeUnit.SECONDS)).isTrue();
            assertThat(queue.find("a", soon()).orElseThrow().status()).isEqualTo(TaskStatus.SUCCEEDED);
            assertThat(following).isNotNull();
        }
    }

    @Test
    void anEndThatTheDiskRefusedAtFirstIsToldAfterAll() throws Exception {
        List<TaskEvent> events = new CopyOnWriteArrayList<>();
        submit("a");
        TaskLease lease = lease();
        try (AutoCloseable following = queue.subscribe(events::add)) {
            disk.fail(TaskCodec.STATE, 3);
            assertThat(queue.complete(lease.ref(), new TaskCompletion.Success(null), soon()))
                    .isTrue();
            await().until(() -> events.stream().anyMatch(event -> event.kind() == TaskEvent.Kind.ENDED));
            assertThat(following).isNotNull();
        }
        startAgain();

        assertThat(queue.find("a", soon()).orElseThrow().status()).isEqualTo(TaskStatus.SUCCEEDED);
    }

    @Test
    void aFollowerIsGivenOutWhenTheEndBeforeItIsOnTheDisk() throws Exception {
        TaskRequest after = TaskRequest.of("t", new byte[0]).after("a").build();
        submit("a");
        var unused = queue.submit(List.of(new TaskEnvelope("b", after, "bytes")), soon());
        TaskLease lease = lease();
        CompletableFuture<Void> gate = disk.hold(TaskCodec.STATE);
        CompletableFuture<Boolean> completed = CompletableFuture.supplyAsync(
                () -> queue.complete(lease.ref(), new TaskCompletion.Success(null), soon()));
        await().until(() -> succeeded() == 1);
        CompletableFuture<TaskLease> follower = CompletableFuture.supplyAsync(this::lease);

        await().until(() -> queue.stats(soon()).count(TaskStatus.RUNNING) == 1);
        assertThat(follower.isDone()).isFalse();
        gate.complete(null);
        assertThat(follower.get(30, TimeUnit.SECONDS).task().id()).isEqualTo("b");
        assertThat(completed.get(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aPauseThatTheDiskRefusedIsWrittenWhenItIsAskedForAgain() throws Exception {
        disk.fail(TaskCodec.PAUSED, 1_000_000);
        TaskScope scope = new TaskScope.OfType("t");
        assertThatThrownBy(() -> queue.setPaused(scope, true, Deadline.in(Duration.ofMillis(200))))
                .isInstanceOf(QueueUnavailableException.class);
        assertThatThrownBy(() -> queue.setPaused(scope, true, Deadline.in(Duration.ofMillis(200))))
                .isInstanceOf(QueueUnavailableException.class);
        disk.fail(TaskCodec.PAUSED, 0);

        queue.setPaused(scope, true, soon());
        startAgain();

        assertThat(queue.paused(soon())).containsExactly(scope);
    }

    @Test
    void whatTheDiskRefusedIsWrittenByTheNextSweep() throws Exception {
        submit("a");
        TaskLease lease = lease();
        disk.fail(TaskCodec.STATE, 1_000_000);
        disk.fail(TaskCodec.PAUSED, 1_000_000);
        assertThatThrownBy(() -> queue.complete(
                        lease.ref(), new TaskCompletion.Success(null), Deadline.in(Duration.ofMillis(200))))
                .isInstanceOf(QueueUnavailableException.class);
        assertThatThrownBy(() -> queue.setPaused(new TaskScope.All(), true, Deadline.in(Duration.ofMillis(200))))
                .isInstanceOf(QueueUnavailableException.class);
        disk.fail(TaskCodec.STATE, 0);
        disk.fail(TaskCodec.PAUSED, 0);

        var unused = queue.sweep(soon());
        startAgain();

        assertThat(queue.find("a", soon()).orElseThrow().status()).isEqualTo(TaskStatus.SUCCEEDED);
        assertThat(queue.paused(soon())).containsExactly(new TaskScope.All());
    }
}
