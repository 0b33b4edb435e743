package ai.primespark.core.agent.queue;

import ai.primespark.agent.TaskScope;
import ai.primespark.agent.TaskStatus;
import ai.primespark.core.journal.Journal;
import ai.primespark.core.journal.JournalEntry;
import ai.primespark.spi.TaskEnvelope;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds out from a journal what a queue held when its process ended. Used once. */
final class FileRecovery {

    private static final Logger LOG = LoggerFactory.getLogger(FileRecovery.class);

    private final Journal journal;
    private final Map<String, Found> found = new HashMap<>();
    private final Map<Long, JournalEntry> batchEntries = new HashMap<>();
    private final Map<Long, LoggedBatch> batches = new HashMap<>();
    private final List<JournalEntry> claims = new ArrayList<>();
    private final TreeMap<Long, JournalEntry> runs = new TreeMap<>();
    private Set<TaskScope> paused = Set.of();
    private @Nullable JournalEntry pausedEntry;

    private static final class Found {
        @Nullable
        JournalEntry taskEntry;

        TaskCodec.@Nullable Submission task;

        @Nullable
        JournalEntry stateEntry;

        TaskCodec.@Nullable State state;

        @Nullable
        JournalEntry checkpointEntry;

        byte @Nullable [] checkpoint;
        long claimed; // the sequence number of the last claim
        long claimedAt;
        String agentId = "";
        Set<String> waitsFor = Set.of();
        boolean hasRun;

        @Nullable
        TaskRecord record;

        long sequence() {
            JournalEntry entry = taskEntry != null ? taskEntry : stateEntry;
            return entry == null ? 0 : entry.sequence();
        }

        long submittedAt() {
            return task != null ? task.submittedAt() : state != null ? state.submittedAt : 0;
        }

        boolean isOver() {
            return state != null && state.status.isFinal() && state.status != TaskStatus.DEAD;
        }

        /** The task itself, without its payload if it is over; null when the journal has no more than its state. */
        @Nullable
        TaskEnvelope envelope() {
            TaskEnvelope head = state != null && isOver() ? state.envelope : null;
            return head != null || task == null ? head : task.envelope();
        }
    }

    FileRecovery(Journal journal) {
        this.journal = journal;
    }

    Set<TaskScope> paused() {
        return paused;
    }

    @Nullable
    JournalEntry pausedEntry() {
        return pausedEntry;
    }

    /** The number of the last run, and its entries; 0 when there was none. */
    long lastRun() {
        return runs.isEmpty() ? 0 : runs.lastKey();
    }

    /** Reads everything. */
    void read() {
        journal.replay(kind -> true, this::take);
    }

    private void take(JournalEntry entry, byte[] payload) {
        try {
            switch (entry.kind()) {
                case TaskCodec.TASK -> takeTask(entry, TaskCodec.readTask(payload));
                case TaskCodec.STATE -> takeState(entry, TaskCodec.readState(payload));
                case TaskCodec.CHECKPOINT -> takeCheckpoint(entry, TaskCodec.readCheckpoint(payload));
                case TaskCodec.CLAIM -> takeClaim(entry, TaskCodec.readClaim(payload));
                case TaskCodec.BATCH -> batchEntries.put(TaskCodec.readNumber(payload), entry);
                case TaskCodec.PAUSED -> takePaused(entry, TaskCodec.readPaused(payload));
                case TaskCodec.RUN -> runs.put(TaskCodec.readNumber(payload), entry);
                default -> throw new IllegalArgumentException("an entry of kind " + entry.kind());
            }
        } catch (RuntimeException e) {
            throw new IllegalStateException(
                    "the task queue's files hold what this version cannot read (" + e.getMessage()
                            + "); start the newer version that wrote them",
                    e);
        }
    }

    private Found of(String id) {
        return found.computeIfAbsent(id, name -> new Found());
    }

    private void takeTask(JournalEntry entry, TaskCodec.Submission task) {
        Found each = of(task.envelope().id());
        if (isNewer(entry, each.taskEntry)) {
            each.taskEntry = entry;
            each.task = task;
        }
    }

    private void takeState(JournalEntry entry, TaskCodec.State state) {
        Found each = of(state.id);
        if (isNewer(entry, each.stateEntry)) {
            each.stateEntry = entry;
            each.state = state;
        }
    }

    private void takeCheckpoint(JournalEntry entry, TaskCodec.Checkpoint checkpoint) {
        Found each = of(checkpoint.id());
        if (isNewer(entry, each.checkpointEntry)) {
            each.checkpointEntry = entry;
            each.checkpoint = checkpoint.bytes();
        }
    }

    private void takeClaim(JournalEntry entry, TaskCodec.Claimed claim) {
        claims.add(entry);
        for (String id : claim.ids()) {
            Found each = of(id);
            if (entry.sequence() > each.claimed) {
                each.claimed = entry.sequence();
                each.claimedAt = entry.timeMillis();
                each.agentId = claim.agentId();
            }
        }
    }

    private void takePaused(JournalEntry entry, Set<TaskScope> scopes) {
        if (isNewer(entry, pausedEntry)) {
            pausedEntry = entry;
            paused = scopes;
        }
    }

    /** Of two entries that say the same sort of thing the newer one counts; the other is not needed any more. */
    private boolean isNewer(JournalEntry entry, @Nullable JournalEntry known) {
        if (known != null && known.sequence() > entry.sequence()) {
            journal.release(entry);
            return false;
        }
        release(known);
        return true;
    }

    private void release(@Nullable JournalEntry entry) {
        if (entry != null) {
            journal.release(entry);
        }
    }

    /** Puts everything into a table. */
    void fill(TaskTable table, Intake intake, long now) {
        List<Found> all = new ArrayList<>(found.values());
        all.removeIf(each -> !isWhole(each));
        all.sort(Comparator.comparingLong(Found::submittedAt).thenComparingLong(Found::sequence));
        all.forEach(this::countInBatch); // all, before the first that is over gives its part up
        for (Found each : all) {
            admit(each, intake);
        }
        for (Found each : all) { // all of them are to be seen before the first looks for others
            TaskRecord record = Objects.requireNonNull(each.record);
            record.taken = true;
            table.index.add(record);
        }
        for (Found each : all) {
            revive(each, table, now);
        }
        claims.forEach(journal::release);
        batchEntries.keySet().removeAll(batches.keySet());
        batchEntries.values().forEach(journal::release); // those without tasks
        runs.values().forEach(journal::release); // the new one is on the disk
    }

    /** Whether it is a task; what is left of one that was forgotten, or of a batch that was not acknowledged, is dropped. */
    private boolean isWhole(Found each) {
        boolean whole = each.envelope() != null
                && (each.isOver()
                        || each.task != null
                                && (each.task.batch() == 0
                                        || batchEntries.containsKey(each.task.batch())
                                        || isOfKnownBatch(each)));
        if (!whole) {
            if (each.isOver() && each.state != null) {
                LOG.warn(
                        "Task {} ended as {}; no more is known of it, and it is forgotten",
                        each.state.id,
                        each.state.status);
            }
            release(each.taskEntry);
            release(each.checkpointEntry);
            release(each.stateEntry);
        }
        return whole;
    }

    /** A task that has got on was acknowledged, whatever became of its batch's entry. */
    private static boolean isOfKnownBatch(Found each) {
        return each.stateEntry != null || each.claimed > 0;
    }

    private void countInBatch(Found each) {
        long number = each.task == null ? 0 : each.task.batch();
        JournalEntry entry = batchEntries.get(number);
        if (entry != null) {
            LoggedBatch batch = batches.computeIfAbsent(number, n -> new LoggedBatch(n, 0));
            batch.written(entry);
            batch.more();
        }
    }

    private void admit(Found each, Intake intake) {
        TaskCodec.State state = each.state;
        TaskEnvelope envelope = Objects.requireNonNull(each.envelope());
        boolean hasKey = envelope.request().idempotencyKey().isPresent();
        byte[] digest = state != null ? state.keyDigest : hasKey ? Intake.digest(envelope) : null;
        TaskRecord record = intake.admit(envelope, digest, each.submittedAt());
        each.record = record;
        each.hasRun = state == null
                ? each.claimed > 0
                : state.status == TaskStatus.RUNNING
                        || !state.status.isFinal()
                                && each.stateEntry != null
                                && each.claimed > each.stateEntry.sequence();
        if (state != null) {
            copy(state, record);
            each.waitsFor = state.waitsFor;
        } else {
            each.waitsFor = envelope.request().after();
            record.status = TaskStatus.BLOCKED;
        }
        if (each.hasRun && (state == null || state.status != TaskStatus.RUNNING)) {
            record.attempts++;
            record.agentId = each.agentId;
            record.startedAt = each.claimedAt;
        }
        log(each, record);
    }

    private static void copy(TaskCodec.State state, TaskRecord record) {
        record.status = state.status;
        record.place = state.place;
        record.notBefore = state.notBefore;
        record.startedAt = state.startedAt;
        record.endedAt = state.endedAt;
        record.attempts = state.attempts;
        record.failures = state.failures;
        record.losses = state.losses;
        record.fence = state.fence;
        record.agentId = state.agentId;
        record.error = state.error;
        record.errors = state.errors;
        record.cancelReason = state.cancelReason;
        record.result = state.result;
    }

    private void log(Found each, TaskRecord record) {
        Logged logged = FileLog.of(record);
        logged.taken.complete(null);
        if (each.taskEntry != null && each.task != null) {
            logged.submitted(each.taskEntry, batches.get(each.task.batch()));
        }
        if (each.checkpointEntry != null) {
            logged.checkpoint(each.checkpointEntry, journal);
        }
        if (each.stateEntry != null) {
            logged.state(each.stateEntry, each.isOver(), journal);
        }
    }

    private void revive(Found each, TaskTable table, long now) {
        TaskRecord record = Objects.requireNonNull(each.record);
        if (!each.isOver() && each.checkpoint != null) {
            record.checkpoint = each.checkpoint;
            table.weigh(record, each.checkpoint.length);
        }
        table.weigh(record, record.errorChars());
        if (each.state == null && each.waitsFor.isEmpty()) {
            record.place = table.places.next(record.submitter, Math.max(each.submittedAt(), record.notBefore));
        }
        new Revival(table).revive(record, each.waitsFor, each.hasRun, now);
        if (each.isOver()) {
            FileLog.of(record).head = null; // the disk has it
        }
    }
}
