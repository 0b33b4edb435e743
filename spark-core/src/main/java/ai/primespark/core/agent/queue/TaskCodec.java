package ai.primespark.core.agent.queue;

import ai.primespark.agent.PowerNeeds;
import ai.primespark.agent.Priority;
import ai.primespark.agent.Requirements;
import ai.primespark.agent.RetryPolicy;
import ai.primespark.agent.TaskRequest;
import ai.primespark.agent.TaskScope;
import ai.primespark.agent.TaskStatus;
import ai.primespark.spi.TaskEnvelope;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The payloads of a file queue's journal entries. Each begins with the number of its format; enums are written as their names.
 */
final class TaskCodec {

    /** A submitted task: {@link #task}. */
    static final int TASK = 1;

    /** What became of it: {@link #state}; the last one counts. */
    static final int STATE = 2;

    /** Its checkpoint: its id and the bytes; the last one counts. */
    static final int CHECKPOINT = 3;

    /** An agent got tasks: {@link #claim}. */
    static final int CLAIM = 4;

    /** A batch of several tasks is whole: its number. */
    static final int BATCH = 5;

    /** What is paused; the last one counts. */
    static final int PAUSED = 6;

    /** How often the queue has been opened. */
    static final int RUN = 7;

    private static final int FORMAT = 1;
    private static final byte[] NOTHING = {};

    private TaskCodec() {}

    /** A task as it was submitted. */
    record Submission(TaskEnvelope envelope, long submittedAt, long batch) {}

    static byte[] task(TaskRecord task, TaskEnvelope envelope, long batch) {
        ByteWriter out = new ByteWriter(envelope.payload().length + 256);
        out.number(FORMAT);
        envelope(out, envelope, envelope.payload());
        out.number(task.submittedAt);
        out.number(batch);
        return out.toBytes();
    }

    static Submission readTask(byte[] bytes) {
        ByteReader in = reader(bytes);
        return new Submission(readEnvelope(in), in.number(), in.number());
    }

    private static ByteReader reader(byte[] bytes) {
        ByteReader in = new ByteReader(bytes);
        long format = in.number();
        if (format != FORMAT) {
            throw new IllegalArgumentException("an entry of format " + format + ", and this version reads " + FORMAT);
        }
        return in;
    }

    private static void envelope(ByteWriter out, TaskEnvelope envelope, byte[] payload) {
        TaskRequest request = envelope.request();
        out.text(envelope.id());
        out.text(envelope.encoding());
        out.text(request.type());
        out.bytes(payload);
        out.text(request.priority().name());
        out.text(request.requirements().signature());
        out.optional(request.notBefore().orElse(null), ByteWriter::instant);
        out.optional(request.deadline().orElse(null), ByteWriter::instant);
        RetryPolicy retry = request.retry();
        out.number(retry.maxFailures());
        out.number(retry.maxLosses());
        out.duration(retry.base());
        out.duration(retry.cap());
        out.real(retry.jitter());
        out.optional(request.idempotencyKey().orElse(null), ByteWriter::text);
        out.duration(request.retention());
        out.texts(request.after());
        out.flag(request.power().onBattery());
        out.flag(request.power().interruptible());
        out.optional(request.power().joules(), ByteWriter::real);
        out.optional(request.preferred().orElse(null), ByteWriter::text);
        out.text(request.submitter());
        out.optional(request.maxRuntime().orElse(null), ByteWriter::duration);
    }

    private static TaskEnvelope readEnvelope(ByteReader in) {
        String id = in.text();
        String encoding = in.text();
        String type = in.text();
        TaskRequest.Builder request = TaskRequest.of(type, in.bytes())
                .priority(Priority.valueOf(in.text()))
                .requires(Requirements.parse(in.text()));
        Instant notBefore = in.optional(ByteReader::instant);
        Instant deadline = in.optional(ByteReader::instant);
        if (notBefore != null) {
            request.notBefore(notBefore);
        }
        if (deadline != null) {
            request.deadline(deadline);
        }
        request.retry(RetryPolicy.DEFAULT
                .withMaxFailures((int) in.number())
                .withMaxLosses((int) in.number())
                .withBackoff(in.duration(), in.duration())
                .withJitter(in.real()));
        String key = in.optional(ByteReader::text);
        if (key != null) {
            request.idempotencyKey(key);
        }
        request.retention(in.duration());
        request.after(in.texts().toArray(new String[0]));
        request.power(new PowerNeeds(in.flag(), in.flag(), in.optional(ByteReader::real)));
        String preferred = in.optional(ByteReader::text);
        if (preferred != null) {
            request.prefer(preferred);
        }
        String submitter = in.text();
        if (!submitter.isEmpty()) {
            request.submitter(submitter);
        }
        var maxRuntime = in.optional(ByteReader::duration);
        if (maxRuntime != null) {
            request.maxRuntime(maxRuntime);
        }
        return new TaskEnvelope(id, request.build(), encoding);
    }

    /** What became of a task. */
    static final class State {
        String id = "";

        @Nullable
        TaskEnvelope envelope; // without payload; only when the task is over and cannot be replayed

        long submittedAt;
        byte @Nullable [] keyDigest;
        TaskStatus status = TaskStatus.READY;
        long place;
        long notBefore;
        long startedAt;
        long endedAt;
        int attempts;
        int failures;
        int losses;
        long fence;

        @Nullable
        String agentId;

        @Nullable
        String error;

        List<String> errors = List.of();

        @Nullable
        String cancelReason;

        Set<String> waitsFor = Set.of();
        byte @Nullable [] result;
    }

    static byte[] state(TaskRecord task, @Nullable TaskEnvelope head) {
        byte[] result = task.result == null ? NOTHING : task.result;
        ByteWriter out = new ByteWriter(result.length + 256);
        out.number(FORMAT);
        out.text(task.id);
        out.optional(head, (to, envelope) -> envelope(to, envelope, NOTHING));
        out.number(task.submittedAt);
        out.optional(task.keyDigest, ByteWriter::bytes);
        out.text(task.status.name());
        out.number(task.place);
        out.number(task.notBefore);
        out.number(task.startedAt);
        out.number(task.endedAt);
        out.number(task.attempts);
        out.number(task.failures);
        out.number(task.losses);
        out.number(task.fence);
        out.optional(task.agentId, ByteWriter::text);
        out.optional(task.error, ByteWriter::text);
        out.texts(task.errors);
        out.optional(task.cancelReason, ByteWriter::text);
        out.texts(task.waitsFor == null ? Set.of() : task.waitsFor);
        out.optional(task.result, ByteWriter::bytes);
        return out.toBytes();
    }

    static State readState(byte[] bytes) {
        ByteReader in = reader(bytes);
        State state = new State();
        state.id = in.text();
        state.envelope = in.optional(TaskCodec::readEnvelope);
        state.submittedAt = in.number();
        state.keyDigest = in.optional(ByteReader::bytes);
        state.status = TaskStatus.valueOf(in.text());
        state.place = in.number();
        state.notBefore = in.number();
        state.startedAt = in.number();
        state.endedAt = in.number();
        state.attempts = (int) in.number();
        state.failures = (int) in.number();
        state.losses = (int) in.number();
        state.fence = in.number();
        state.agentId = in.optional(ByteReader::text);
        state.error = in.optional(ByteReader::text);
        state.errors = in.texts();
        state.cancelReason = in.optional(ByteReader::text);
        state.waitsFor = new HashSet<>(in.texts());
        state.result = in.optional(ByteReader::bytes);
        return state;
    }

    /** A checkpoint of a task. */
    record Checkpoint(String id, byte[] bytes) {}

    static byte[] checkpoint(String id, byte[] checkpoint) {
        ByteWriter out = new ByteWriter(checkpoint.length + 64);
        out.number(FORMAT);
        out.text(id);
        out.bytes(checkpoint);
        return out.toBytes();
    }

    static Checkpoint readCheckpoint(byte[] bytes) {
        ByteReader in = reader(bytes);
        return new Checkpoint(in.text(), in.bytes());
    }

    /** Tasks that an agent got. */
    record Claimed(String agentId, List<String> ids) {}

    static byte[] claim(ClaimRecord claim) {
        ByteWriter out = new ByteWriter(64 + 32 * claim.tasks.size());
        out.number(FORMAT);
        out.text(claim.agentId);
        out.texts(claim.tasks.stream().map(task -> task.id).toList());
        return out.toBytes();
    }

    static Claimed readClaim(byte[] bytes) {
        ByteReader in = reader(bytes);
        return new Claimed(in.text(), in.texts());
    }

    static byte[] number(long number) {
        ByteWriter out = new ByteWriter(16);
        out.number(FORMAT);
        out.number(number);
        return out.toBytes();
    }

    static long readNumber(byte[] bytes) {
        return reader(bytes).number();
    }

    static byte[] paused(Set<TaskScope> scopes) {
        List<String> texts = new ArrayList<>();
        for (TaskScope scope : scopes) {
            if (scope instanceof TaskScope.OfType type) {
                texts.add("type " + type.type());
            } else if (scope instanceof TaskScope.UpTo upTo) {
                texts.add("priority " + upTo.highest());
            } else if (scope instanceof TaskScope.OnAgent agent) {
                texts.add("agent " + agent.agentId());
            } else {
                texts.add("all");
            }
        }
        ByteWriter out = new ByteWriter(64);
        out.number(FORMAT);
        out.texts(texts);
        return out.toBytes();
    }

    static Set<TaskScope> readPaused(byte[] bytes) {
        Set<TaskScope> scopes = new HashSet<>();
        for (String text : reader(bytes).texts()) {
            String name = text.substring(text.indexOf(' ') + 1);
            switch (text.substring(0, Math.max(0, text.length() - name.length()))) {
                case "type " -> scopes.add(new TaskScope.OfType(name));
                case "priority " -> scopes.add(new TaskScope.UpTo(Priority.valueOf(name)));
                case "agent " -> scopes.add(new TaskScope.OnAgent(name));
                default -> scopes.add(new TaskScope.All());
            }
        }
        return scopes;
    }
}
