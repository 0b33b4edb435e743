package ai.primespark.core.agent.queue;

import ai.primespark.core.journal.DiskJournal;
import ai.primespark.core.journal.Journal;
import ai.primespark.core.journal.JournalEntry;
import ai.primespark.core.journal.JournalOptions;
import ai.primespark.core.journal.JournalStats;
import ai.primespark.spi.Deadline;
import ai.primespark.spi.ProviderContext;
import ai.primespark.spi.TaskQueue;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The queue {@code file}: a table whose changes a journal keeps. */
final class FileQueue extends TableQueue {

    private static final Logger LOG = LoggerFactory.getLogger(FileQueue.class);
    private static final Duration START_LIMIT = Duration.ofSeconds(30);

    private final Path directory;
    private final JournalOptions options;
    private final FileLog fileLog;
    private final UnaryOperator<Journal> around;

    FileQueue(ProviderContext context, QueueLimits limits, Path directory, Duration commitInterval) {
        this(context, limits, directory, commitInterval, UnaryOperator.identity());
    }

    /** @param around what stands between this queue and its journal: tests have one that fails */
    FileQueue(
            ProviderContext context,
            QueueLimits limits,
            Path directory,
            Duration commitInterval,
            UnaryOperator<Journal> around) {
        this(context, limits, directory, commitInterval, around, new FileLog(context.id()));
    }

    private FileQueue(
            ProviderContext context,
            QueueLimits limits,
            Path directory,
            Duration commitInterval,
            UnaryOperator<Journal> around,
            FileLog log) {
        super(context, new TaskQueue.Traits(true, false, limits.maxPayloadBytes()), limits, log);
        this.directory = directory;
        this.options = options(limits, commitInterval);
        this.fileLog = log;
        this.around = around;
    }

    /**
     * Room for everything that the table may hold, as large again for what is not needed any more, and some more, so that the table
     * is full before the journal is: completions have room then.
     */
    private static JournalOptions options(QueueLimits limits, Duration commitInterval) {
        long tasks = (long) limits.maxTasks() + limits.maxEnded();
        long live = limits.maxBytes() + limits.maxEndedBytes() + 1_024 * tasks;
        return JournalOptions.of(2 * live + (256L << 20), 5 * tasks + 100_000, commitInterval);
    }

    @Override
    public void start() {
        long begin = System.nanoTime();
        DiskJournal disk = DiskJournal.open(directory, options, clock);
        try {
            Journal journal = around.apply(disk);
            FileRecovery recovery = new FileRecovery(journal);
            recovery.read();
            long run = recovery.lastRun() + 1;
            JournalEntry unused = journal.append(TaskCodec.RUN, TaskCodec.number(run), Deadline.in(START_LIMIT));
            fileLog.open(journal, run, recovery.paused(), recovery.pausedEntry());
            int tasks = prepare(() -> {
                table.fenceBase = run << 32;
                recovery.fill(table, intake, clock.millis());
                return table.tasks.size();
            });
            open(recovery.paused());
            JournalStats stats = disk.stats();
            LOG.info(
                    "Task queue {} has {} tasks from {} after {} ms of reading {} bytes",
                    id(),
                    tasks,
                    directory,
                    (System.nanoTime() - begin) / 1_000_000,
                    stats.fileBytes());
        } catch (RuntimeException | Error e) {
            disk.close();
            throw e;
        }
    }
}
