package ai.primespark.examples.server;

import ai.primespark.agent.AgentStatus;
import ai.primespark.agent.Priority;
import ai.primespark.agent.TaskHandle;
import ai.primespark.agent.TaskPage;
import ai.primespark.agent.TaskSnapshot;
import ai.primespark.agent.TaskStats;
import ai.primespark.agent.TaskStatus;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Tasks and agents in the API's words. */
final class TaskViews {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private TaskViews() {}

    /** A library's statuses as the API groups them. There is no {@code assigned}: an agent that takes a task runs it at once. */
    enum State {
        PENDING(TaskStatus.READY, TaskStatus.BLOCKED),
        SCHEDULED(TaskStatus.SCHEDULED),
        IN_PROGRESS(TaskStatus.RUNNING),
        COMPLETED(TaskStatus.SUCCEEDED),
        FAILED(TaskStatus.DEAD, TaskStatus.EXPIRED),
        CANCELLED(TaskStatus.CANCELLED);

        private final List<TaskStatus> statuses;

        State(TaskStatus... statuses) {
            this.statuses = List.of(statuses);
        }

        List<TaskStatus> statuses() {
            return statuses;
        }

        static State of(TaskStatus status) {
            return switch (status) {
                case READY, BLOCKED -> PENDING;
                case SCHEDULED -> SCHEDULED;
                case RUNNING -> IN_PROGRESS;
                case SUCCEEDED -> COMPLETED;
                case DEAD, EXPIRED -> FAILED;
                case CANCELLED -> CANCELLED;
            };
        }
    }

    record Task(
            String taskId,
            String type,
            State status,
            Priority priority,
            @Nullable String assignedAgent,
            int attempts,
            double progress,
            String progressNote,
            @Nullable Object result,
            @Nullable String error,
            @Nullable String parkedReason,
            Instant createdAt,
            @Nullable Instant notBefore,
            @Nullable Instant deadline,
            @Nullable Instant startedAt,
            @Nullable Instant completedAt) {

        static Task of(TaskSnapshot task, @Nullable Object result) {
            return new Task(
                    task.id(),
                    task.type(),
                    State.of(task.status()),
                    task.priority(),
                    task.agentId().orElse(null),
                    task.attempts(),
                    task.progress(),
                    task.progressNote(),
                    result,
                    task.error().orElse(null),
                    task.parkedReason().orElse(null),
                    task.submittedAt(),
                    task.notBefore().orElse(null),
                    task.deadline().orElse(null),
                    task.startedAt().orElse(null),
                    task.endedAt().orElse(null));
        }
    }

    record AgentView(
            String id,
            String type,
            AgentStatus.State state,
            boolean isOnline,
            boolean isAvailable,
            int currentLoad,
            int maxLoad,
            List<String> capabilities,
            List<String> taskTypes,
            Instant lastHeartbeat) {

        static AgentView of(AgentStatus agent) {
            return new AgentView(
                    agent.profile().id(),
                    agent.profile().type(),
                    agent.state(),
                    agent.isOnline(),
                    agent.isAvailable(),
                    agent.running(),
                    agent.profile().slots(),
                    agent.profile().capabilities().stream().sorted().toList(),
                    agent.types().stream().sorted().toList(),
                    agent.lastHeartbeat());
        }
    }

    record Submitted(String taskId, String status) {}

    record Done(
            boolean success,
            String taskId,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            String status) {}

    /** A page of tasks; {@code cursor} is null on the last one. */
    record Page(List<Task> tasks, @Nullable String cursor) {}

    /** Agents; and {@code tasks} counted by {@link State}, with a {@code total}. */
    record Status(List<AgentView> agents, Map<String, Long> tasks) {}

    /** A task with its result. */
    static Task whole(TaskHandle handle) {
        TaskSnapshot task = handle.snapshot();
        Optional<byte[]> result =
                task.status() == TaskStatus.SUCCEEDED ? handle.result(byte[].class, Duration.ZERO) : Optional.empty();
        return Task.of(task, result.map(TaskViews::result).orElse(null));
    }

    /** Tasks without their results, and where the next page begins. */
    static Page page(TaskPage page) {
        return new Page(page.tasks().stream().map(task -> Task.of(task, null)).toList(), page.next());
    }

    static Status status(List<AgentStatus> agents, TaskStats stats) {
        Map<String, Long> tasks = new LinkedHashMap<>();
        tasks.put("total", stats.total());
        for (State state : State.values()) {
            tasks.put(
                    Choices.name(state),
                    state.statuses().stream().mapToLong(stats::count).sum());
        }
        return new Status(agents.stream().map(AgentView::of).toList(), tasks);
    }

    /** Handlers give JSON, texts or bytes, and the queue does not say which; what is neither JSON nor text goes out in Base64. */
    private static Object result(byte[] body) {
        try {
            JsonNode json = JSON.readTree(body);
            if (!json.isMissingNode()) {
                return json;
            }
        } catch (IOException e) {
            // not JSON
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
        } catch (CharacterCodingException e) {
            return body;
        }
    }
}
