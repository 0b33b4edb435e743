package ai.primespark.core.llm.tools;

import ai.primespark.core.llm.schema.Shape;
import ai.primespark.llm.LlmEvent;
import ai.primespark.llm.SchemaViolation;
import ai.primespark.llm.ToolInvocation;
import ai.primespark.llm.ToolResult;
import ai.primespark.llm.ToolResult.Outcome;
import ai.primespark.llm.Toolbox;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tool calls of one answer. They run on threads of the executor, some at the same time, each within its time; whoever reads
 * the run takes what happens from {@link #next()}, and need not hurry. Every call gets exactly one result: whoever decides it
 * first, the tool or its time limit, has decided. {@link #cancel()} is safe from any thread.
 */
public final class ToolBatch {

    private static final Logger log = LoggerFactory.getLogger(ToolBatch.class);

    private final Toolbox toolbox;
    private final ToolSet tools;
    private final List<ToolInvocation> calls;
    private final Executor executor;
    private final ToolHost host;

    private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>(); // two a call, and the end
    private final AtomicReferenceArray<@Nullable ToolResult> results;
    private final Object lock = new Object();
    private final Queue<Job> waiting = new ArrayDeque<>(); // guarded by lock
    private final List<Job> running = new ArrayList<>(); // guarded by lock
    private @Nullable FutureTask<?> approving; // guarded by lock
    private boolean cancelled; // guarded by lock
    private int open; // calls without a result; guarded by lock

    private record Signal(@Nullable LlmEvent event) {}

    private static final Signal END = new Signal(null);

    /**
     * Makes a batch; nothing runs yet.
     *
     * @param toolbox the bounds
     * @param tools the tools
     * @param calls what the model asks for; not empty
     * @param executor where tools run
     * @param host how long they may, and where they are counted
     */
    public ToolBatch(Toolbox toolbox, ToolSet tools, List<ToolInvocation> calls, Executor executor, ToolHost host) {
        this.toolbox = toolbox;
        this.tools = tools;
        this.calls = List.copyOf(calls);
        this.executor = executor;
        this.host = host;
        this.results = new AtomicReferenceArray<>(this.calls.size());
        this.open = this.calls.size();
    }

    /** Begins: refuses what cannot be run, and has the rest approved and run. Once. */
    public void begin() {
        List<Job> good = new ArrayList<>();
        for (int i = 0; i < calls.size(); i++) {
            Job job = admit(i);
            if (job != null) {
                good.add(job);
            }
        }
        if (good.isEmpty()) {
            return;
        }
        FutureTask<?> asking = new FutureTask<>(() -> approve(good), null);
        synchronized (lock) {
            if (cancelled) {
                return;
            }
            approving = asking;
        }
        try {
            executor.execute(asking);
        } catch (RejectedExecutionException e) {
            good.forEach(job -> job.decide(Outcome.FAILED, "The tool could not be run now: too much is going on.", e));
        }
    }

    /**
     * What happens next.
     *
     * @return null when all calls have their results, or the batch was cancelled
     * @throws InterruptedException when the waiting thread is interrupted
     */
    public @Nullable LlmEvent next() throws InterruptedException {
        return signals.take().event();
    }

    /**
     * What came of the calls, when {@link #next()} has given null.
     *
     * @return in the order of the calls; empty when the batch was cancelled before all had one
     */
    public List<ToolResult> results() {
        List<ToolResult> all = new ArrayList<>();
        for (int i = 0; i < calls.size(); i++) {
            ToolResult result = results.get(i);
            if (result == null) {
                return List.of();
            }
            all.add(result);
        }
        return List.copyOf(all);
    }

    /** Interrupts what runs and begins nothing more. Does not wait; harmless when repeated. */
    public void cancel() {
        List<Job> left;
        FutureTask<?> asking;
        synchronized (lock) {
            cancelled = true;
            waiting.clear();
            left = List.copyOf(running);
            asking = approving;
        }
        if (asking != null) {
            asking.cancel(true);
        }
        left.forEach(Job::interrupt);
        signals.add(END);
    }

    private @Nullable Job admit(int index) {
        ToolInvocation call = calls.get(index);
        if (index >= toolbox.callsPerStep()) {
            settle(
                    index,
                    Outcome.TOO_MANY,
                    "Not run: at most " + toolbox.callsPerStep() + " calls at once are allowed. Ask for it again.",
                    Duration.ZERO,
                    null);
            return null;
        }
        BoundTool tool = tools.find(call.name());
        if (tool == null) {
            settle(index, Outcome.UNKNOWN_TOOL, "There is no such tool. " + tools.names(), Duration.ZERO, null);
            return null;
        }
        Shape.Reading read = tool.read(call.argumentsJson());
        Object arguments = read.value();
        if (arguments == null) {
            settle(index, Outcome.BAD_ARGUMENTS, explain(read.violations()), Duration.ZERO, null);
            return null;
        }
        return new Job(index, tool, arguments);
    }

    private static String explain(List<SchemaViolation> violations) {
        StringBuilder words = new StringBuilder("The arguments do not fit the tool's schema, so it was not run:");
        for (SchemaViolation violation : violations) {
            words.append("\n- ").append(violation.path()).append(' ').append(violation.problem());
        }
        return words.toString();
    }

    /** One call after the other, so that a person is asked one question at a time; nothing runs before all are answered. */
    private void approve(List<Job> jobs) {
        List<Job> allowed = new ArrayList<>();
        for (Job job : jobs) {
            if (isCancelled()) {
                return;
            }
            Exception failure = null;
            boolean yes = false;
            try {
                yes = toolbox.approval().test(calls.get(job.index));
            } catch (RuntimeException e) {
                failure = e;
            } catch (Error e) { // must not leave the run without results
                failure = new IllegalStateException("the approval of tools is faulty", e);
            }
            if (yes) {
                allowed.add(job);
            } else {
                settle(job.index, Outcome.DENIED, "The call was not allowed.", Duration.ZERO, failure);
            }
        }
        synchronized (lock) {
            approving = null;
            if (!cancelled) {
                waiting.addAll(allowed);
            }
        }
        startMore();
    }

    private boolean isCancelled() {
        synchronized (lock) {
            return cancelled;
        }
    }

    private void startMore() {
        while (true) {
            Job next;
            synchronized (lock) {
                if (running.size() >= toolbox.callsAtOnce() || waiting.isEmpty() || cancelled) {
                    return;
                }
                next = waiting.remove();
                running.add(next);
            }
            try {
                executor.execute(next.task);
            } catch (RejectedExecutionException e) {
                next.decide(Outcome.FAILED, "The tool could not be run now: too much is going on.", e);
            }
        }
    }

    /** Gives a call its result, unless it has one. */
    private boolean settle(int index, Outcome outcome, String content, Duration duration, @Nullable Exception failure) {
        String told = clip(content);
        ToolResult result = new ToolResult(calls.get(index), outcome, told, duration, failure);
        if (!results.compareAndSet(index, null, result)) {
            return false;
        }
        host.ended(result);
        signals.add(new Signal(new LlmEvent.ToolFinished(result)));
        boolean all;
        synchronized (lock) {
            all = --open == 0;
        }
        if (all) {
            signals.add(END);
        }
        return true;
    }

    private String clip(String content) {
        int most = toolbox.resultChars();
        if (content.length() <= most) {
            return content;
        }
        int end = Character.isHighSurrogate(content.charAt(most - 1)) ? most - 1 : most;
        return content.substring(0, end) + "\n[cut here: " + (content.length() - end) + " more characters]";
    }

    @Override
    public String toString() {
        return "ToolBatch"
                + Arrays.toString(calls.stream().map(ToolInvocation::name).toArray());
    }

    /** One call that may be run. */
    private final class Job {

        final int index;
        final FutureTask<?> task = new FutureTask<>(this::work, null);
        private final BoundTool tool;
        private final Object arguments;
        private final Duration most;
        private volatile long startedAt;
        private volatile @Nullable ScheduledFuture<?> limit;

        Job(int index, BoundTool tool, Object arguments) {
            this.index = index;
            this.tool = tool;
            this.arguments = arguments;
            this.most = host.timeLimit(tool, toolbox);
        }

        String name() {
            return tool.declaration().name();
        }

        private void work() {
            startedAt = System.nanoTime();
            signals.add(new Signal(new LlmEvent.ToolStarted(calls.get(index))));
            try {
                limit = host.scheduler().schedule(this::expire, most.toNanos(), TimeUnit.NANOSECONDS);
                decide(Outcome.DONE, tool.run(arguments), null);
            } catch (Exception e) {
                decide(Outcome.FAILED, words(e), e);
            } catch (Error e) { // a fault of the tool must not leave the run without this result
                decide(
                        Outcome.FAILED,
                        "The tool failed: " + e.getClass().getSimpleName(),
                        new IllegalStateException("tool '" + name() + "' is faulty", e));
            }
        }

        private String words(Exception failure) {
            try {
                return Objects.requireNonNull(toolbox.errorText().apply(failure), "errorText gave null");
            } catch (RuntimeException e) {
                log.warn(
                        "errorText failed for tool '{}': {}",
                        name(),
                        e.getClass().getName());
                return "The tool failed.";
            }
        }

        private void expire() {
            decide(Outcome.TIMED_OUT, "The tool took longer than " + most.toMillis() + " ms and was stopped.", null);
            task.cancel(true);
        }

        void interrupt() {
            ScheduledFuture<?> timer = limit;
            if (timer != null) {
                timer.cancel(false);
            }
            task.cancel(true);
        }

        void decide(Outcome outcome, String content, @Nullable Exception failure) {
            ScheduledFuture<?> timer = limit;
            if (timer != null) {
                timer.cancel(false);
            }
            synchronized (lock) {
                if (cancelled) {
                    return;
                }
            }
            Duration taken = startedAt == 0 ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - startedAt);
            if (settle(index, outcome, content, taken, failure)) {
                if (failure != null) { // its message may quote what the model said
                    log.debug("tool '{}' failed: {}", name(), failure.getClass().getName());
                }
                synchronized (lock) {
                    running.remove(this);
                }
                startMore();
            }
        }
    }
}
