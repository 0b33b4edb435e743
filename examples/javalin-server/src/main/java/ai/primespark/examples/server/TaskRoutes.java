package ai.primespark.examples.server;

import ai.primespark.agent.Agents;
import ai.primespark.agent.IdempotencyConflictException;
import ai.primespark.agent.Priority;
import ai.primespark.agent.Requirements;
import ai.primespark.agent.RetryPolicy;
import ai.primespark.agent.TaskException;
import ai.primespark.agent.TaskFilter;
import ai.primespark.agent.TaskHandle;
import ai.primespark.agent.TaskPage;
import ai.primespark.agent.TaskRequest;
import ai.primespark.agent.TaskSnapshot;
import ai.primespark.agent.TaskStatus;
import ai.primespark.auth.AuthPrincipal;
import ai.primespark.auth.Permission;
import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Work for agents, and how the agents are. */
final class TaskRoutes {

    private static final int PAGE = 100;
    private static final int LONGEST_PAGE = 1_000;
    private static final int MOST_RETRIES = 100;

    /** A queue looks at some thousand tasks at a time: a page without those few of one user among them would look like the end. */
    private static final int MOST_LOOKS = 10;

    private static final Field<String> ID =
            Field.text("id", "As `submit` gave it.").needed();
    private static final Field<String> TYPE = Field.text("type", "[A-Za-z0-9._:-]{1,128}", "Which handlers can do it.")
            .needed();
    private static final Field<Object> PAYLOAD =
            Field.any("payload", "What the handler gets.").needed();
    private static final Field<Priority> PRIORITY =
            Field.choice("priority", Priority.class, "How urgent it is.").otherwise("normal");
    private static final Field<Requirements> CAPABILITIES = Field.of(
            "capabilities",
            "What an agent must have.",
            Map.of("type", "array", "items", Map.of("type", "string")),
            "must be a list of capability, label=value, resource>=amount and !name",
            TaskRoutes::requirements);
    private static final Field<Instant> NOT_BEFORE = Field.time("not_before", "When it may begin.");
    private static final Field<Instant> DEADLINE = Field.time("deadline", "When it is of no use any more.");
    private static final Field<String> IDEMPOTENCY_KEY = Field.text(
            "idempotency_key",
            "[^\\x00-\\x1f\\x7f]{1,128}",
            "Submitting again under the same key of yours gives the same task.");
    private static final Field<Integer> RETRIES =
            Field.whole("max_retries", 0, MOST_RETRIES, "How often it is tried again.");

    private static final Field<TaskViews.State> STATUS =
            Field.choice("status", TaskViews.State.class, "Only tasks of this status.");
    private static final Field<String> TYPE_OF = Field.text("type", "Only tasks of this type.");
    private static final Field<String> CURSOR = Field.text("cursor", "The `cursor` of the page before.");
    private static final Field<Integer> LIMIT =
            Field.whole("limit", 1, LONGEST_PAGE, "The longest page.").otherwise(PAGE);

    static final Permission ALL_TASKS = Permission.parse("tasks:admin");

    /** What the library's own handlers do, one may not have done by a task either. */
    private static final Map<String, Permission> NEEDED_TOO = Map.of(
            "memory.get", Permission.parse("memory:read"),
            "memory.scan", Permission.parse("memory:read"),
            "memory.put", Permission.parse("memory:write"),
            "memory.delete", Permission.parse("memory:write"),
            "llm.generate", Permission.parse("llm:write"),
            "llm.embed", Permission.parse("llm:write"));

    private final Agents agents;

    TaskRoutes(Agents agents) {
        this.agents = agents;
    }

    List<Route> routes() {
        return List.of(
                Route.post("/api/tasks/submit")
                        .user("tasks:write")
                        .summary(
                                "Hands a task to the agents. The types `memory.…` and `llm.…` need that permission, too.")
                        .json(TYPE, PAYLOAD, PRIORITY, CAPABILITIES, NOT_BEFORE, DEADLINE, IDEMPOTENCY_KEY, RETRIES)
                        .answers(202, TaskViews.Submitted.class, "The queue has it.")
                        .problem(409, "idempotency-conflict", "the key belongs to other work")
                        .problem(429, "queue-full", "the queue takes no more tasks now")
                        .problem(503, "queue-unavailable", "the queue cannot be reached")
                        .to(this::submit),
                Route.get("/api/tasks")
                        .user("tasks:read")
                        .summary("Lists the caller's tasks, those of all for administrators, newest first.")
                        .query(STATUS, TYPE_OF, CURSOR, LIMIT)
                        .answers(200, TaskViews.Page.class, "Tasks without their results.")
                        .to(ctx -> list(ctx, TaskFilter.ALL)),
                Route.get("/api/tasks/dead") // before {id}: the first match wins
                        .user("tasks:read")
                        .summary(
                                "Lists the caller's tasks whose attempts are used up, those of all for administrators.")
                        .query(TYPE_OF, CURSOR, LIMIT)
                        .answers(200, TaskViews.Page.class, "Tasks without their results.")
                        .to(ctx -> list(ctx, TaskFilter.DEAD)),
                Route.post("/api/tasks/dead/{id}/replay")
                        .admin("tasks:admin")
                        .summary("Gives a dead task new attempts.")
                        .path(ID)
                        .answers(200, TaskViews.Done.class, "It waits for an agent again.")
                        .problem(404, "task-unknown", "the queue knows no such task, or has forgotten it")
                        .problem(409, "task-not-dead", "only a task that failed for good can be replayed")
                        .to(this::replay),
                Route.get("/api/tasks/{id}")
                        .user("tasks:read")
                        .summary("A task, and its result if it has one. Others' tasks are for administrators.")
                        .path(ID)
                        .answers(200, TaskViews.Task.class, "The task.")
                        .problem(404, "task-unknown", "the queue knows no such task, or has forgotten it")
                        .to(ctx -> ctx.json(TaskViews.whole(find(ctx)))),
                Route.delete("/api/tasks/{id}")
                        .user("tasks:write")
                        .summary("Cancels a task, running work too. Others' tasks are for administrators.")
                        .path(ID)
                        .answers(200, TaskViews.Done.class, "It is cancelled.")
                        .answers(202, TaskViews.Done.class, "Its agent is told to stop.")
                        .problem(404, "task-unknown", "the queue knows no such task, or has forgotten it")
                        .problem(409, "task-over", "the task was over already")
                        .to(this::cancel),
                Route.get("/api/agents/status")
                        .user("agents:read")
                        .summary("The agents of all processes that share the queue, and how many tasks there are.")
                        .answers(200, TaskViews.Status.class, "Agents and counts.")
                        .to(ctx -> ctx.json(TaskViews.status(agents.agents(), agents.stats()))));
    }

    private void submit(Context ctx) {
        Optional<AuthPrincipal> caller = Guard.principal(ctx);
        Input in = Input.of(ctx);
        Permission needed = NEEDED_TOO.get(in.need(TYPE));
        if (needed != null) {
            caller.ifPresent(user -> user.require(needed));
        }
        TaskRequest task = request(in, caller.map(AuthPrincipal::username));
        try {
            ctx.status(HttpStatus.ACCEPTED)
                    .json(new TaskViews.Submitted(agents.submit(task).id(), "submitted"));
        } catch (TaskException e) {
            if (e.retryable() || e instanceof IdempotencyConflictException) {
                throw e;
            }
            throw Problem.invalid("payload", String.valueOf(e.getMessage()));
        }
    }

    private static TaskRequest request(Input in, Optional<String> username) {
        Optional<Instant> notBefore = in.get(NOT_BEFORE);
        Optional<Instant> deadline = in.get(DEADLINE);
        if (notBefore.isPresent() && deadline.isPresent() && !deadline.get().isAfter(notBefore.get())) {
            throw Problem.invalid("deadline", "must be after not_before");
        }
        TaskRequest.Builder task = TaskRequest.of(in.need(TYPE), in.need(PAYLOAD));
        in.get(PRIORITY).ifPresent(task::priority);
        in.get(CAPABILITIES).ifPresent(task::requires);
        notBefore.ifPresent(task::notBefore);
        deadline.ifPresent(task::deadline);
        username.ifPresent(task::submitter);
        in.get(IDEMPOTENCY_KEY) // nobody finds, or takes, what is another's
                .ifPresent(key -> task.idempotencyKey(
                        username.map(name -> name + "/" + key).orElse(key)));
        in.get(RETRIES).ifPresent(times -> task.retry(RetryPolicy.DEFAULT.withMaxFailures(times + 1)));
        return task.build();
    }

    private static @Nullable Requirements requirements(JsonNode node) {
        List<String> terms = new ArrayList<>();
        for (JsonNode term : node) {
            if (!term.isTextual()) {
                return null;
            }
            terms.add(term.textValue());
        }
        return node.isArray() ? Requirements.parse(String.join(",", terms)) : null;
    }

    private TaskHandle find(Context ctx) {
        return agents.find(Input.of(ctx).need(ID))
                .filter(task ->
                        submitter(ctx).map(task.snapshot().submitter()::equals).orElse(true))
                .orElseThrow(TaskRoutes::unknown);
    }

    /** Whose tasks the caller may see; empty for everybody's. */
    private static Optional<String> submitter(Context ctx) {
        return Guard.principal(ctx).filter(user -> !user.may(ALL_TASKS)).map(AuthPrincipal::username);
    }

    private static Problem unknown() {
        return new Problem(HttpStatus.NOT_FOUND, "task-unknown", "the queue knows no such task, or has forgotten it");
    }

    private void cancel(Context ctx) {
        TaskHandle task = find(ctx);
        switch (task.cancel("cancelled over HTTP")) {
            case CANCELLED -> ctx.json(new TaskViews.Done(true, task.id(), "cancelled"));
            case REQUESTED -> ctx.status(HttpStatus.ACCEPTED).json(new TaskViews.Done(true, task.id(), "cancelling"));
            case TOO_LATE -> throw new Problem(HttpStatus.CONFLICT, "task-over", "the task was over already");
            case UNKNOWN -> throw unknown();
        }
    }

    private void replay(Context ctx) {
        String id = find(ctx).id();
        if (agents.replayDead(TaskFilter.DEAD.withId(id)) == 0) {
            throw new Problem(HttpStatus.CONFLICT, "task-not-dead", "only a task that failed for good can be replayed");
        }
        ctx.json(new TaskViews.Done(true, id, null));
    }

    private void list(Context ctx, TaskFilter all) {
        Input in = Input.of(ctx);
        TaskFilter filter = in.get(STATUS)
                .map(TaskViews.State::statuses)
                .map(statuses -> all.withStatus(statuses.get(0), statuses.toArray(TaskStatus[]::new)))
                .orElse(all);
        filter = in.get(TYPE_OF).map(filter::withType).orElse(filter);
        filter = submitter(ctx).map(filter::withSubmitter).orElse(filter);
        try {
            ctx.json(TaskViews.page(
                    page(filter, in.get(CURSOR).orElse(null), in.get(LIMIT).orElse(PAGE))));
        } catch (IllegalArgumentException e) {
            throw Problem.parameter("cursor", "must be one that this call gave");
        }
    }

    private TaskPage page(TaskFilter filter, @Nullable String cursor, int limit) {
        List<TaskSnapshot> found = new ArrayList<>();
        String next = cursor;
        for (int look = 0; look < MOST_LOOKS; look++) {
            TaskPage page = agents.list(filter, next, limit - found.size());
            found.addAll(page.tasks());
            next = page.next();
            if (next == null || found.size() >= limit) {
                break;
            }
        }
        return new TaskPage(found, next);
    }
}
