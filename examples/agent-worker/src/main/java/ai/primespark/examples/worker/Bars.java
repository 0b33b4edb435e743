package ai.primespark.examples.worker;

import ai.primespark.SparkException;
import ai.primespark.agent.Agent;
import ai.primespark.agent.Agents;
import ai.primespark.agent.TaskEvent;
import ai.primespark.agent.TaskFilter;
import ai.primespark.agent.TaskSnapshot;
import ai.primespark.agent.TaskStatus;
import ai.primespark.event.SparkEvents.Subscription;
import java.io.Console;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * What an agent does, on the console: a line for each task that begins or ends, and on a terminal below them a bar for each that runs.
 * Thread-safe.
 */
final class Bars implements AutoCloseable {

    private static final int WIDTH = 24;
    private static final int MOST = 16;
    private static final long PAUSE_MILLIS = 250;
    private static final String CLEAR_LINE = "\u001b[2K";
    private static final String UP = "\u001b[1A";

    private final Agents agents;
    private final Agent agent;
    private final PrintStream out;
    private final boolean bars;
    private final Map<String, String> mine = new ConcurrentHashMap<>(); // types of the tasks that run here, by id
    private final Subscription events;
    private final ScheduledExecutorService timer;
    private int drawn; // guarded by this

    /** When to draw bars; lower case as on the command line. */
    enum When {
        auto,
        always,
        never
    }

    private Bars(Agents agents, Agent agent, PrintStream out, boolean bars) {
        this.agents = agents;
        this.agent = agent;
        this.out = out;
        this.bars = bars;
        this.timer = Executors.newSingleThreadScheduledExecutor(work -> {
            Thread thread = new Thread(work, "bars");
            thread.setDaemon(true);
            return thread;
        });
        this.events = agents.onEvent(this::happened);
    }

    static Bars of(Agents agents, Agent agent, PrintStream out, When when) {
        Bars made = new Bars(agents, agent, out, when == When.always || when == When.auto && isTerminal());
        if (made.bars) {
            var unused =
                    made.timer.scheduleWithFixedDelay(made::draw, PAUSE_MILLIS, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        }
        return made;
    }

    /** From Java 22 on there is a console without a terminal, too, and a method that tells. */
    @SuppressWarnings("SystemConsoleNull") // asked in both ways
    private static boolean isTerminal() {
        Console console = System.console();
        if (console == null) {
            return false;
        }
        try {
            return (Boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (NoSuchMethodException e) {
            return true;
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }

    private void happened(TaskEvent event) {
        switch (event.kind()) {
            case STARTED -> {
                if (event.note().equals(agent.status().profile().id())) {
                    mine.put(event.taskId(), "");
                    line("+ " + event.taskId());
                }
            }
            case RETRYING, LOST, RELEASED, ENDED -> {
                if (mine.remove(event.taskId()) != null) {
                    line("- " + event.taskId() + "  " + event.kind().name().toLowerCase(Locale.ROOT) + " "
                            + event.note());
                }
            }
            default -> {} // bars show progress
        }
    }

    private synchronized void line(String text) {
        erase();
        out.println(text);
    }

    /** Asks for progress while something runs here, and only then. */
    private void draw() {
        try {
            List<TaskSnapshot> running = agent.status().running() == 0
                    ? List.of()
                    : agents.list(TaskFilter.ALL.withStatus(TaskStatus.RUNNING), null, 200).tasks().stream()
                            .filter(task -> task.agentId()
                                    .filter(agent.status().profile().id()::equals)
                                    .isPresent())
                            .limit(MOST)
                            .toList();
            synchronized (this) {
                erase();
                running.forEach(task -> out.println(bar(task)));
                drawn = running.size();
                out.flush();
            }
        } catch (SparkException e) {
            synchronized (this) {
                erase();
            }
        }
    }

    static String bar(TaskSnapshot task) {
        int filled = (int) (Math.min(1, Math.max(0, task.progress())) * WIDTH);
        return String.format(
                Locale.ROOT,
                "  %s %-16s [%s%s] %3d%% %s",
                task.id(),
                task.type(),
                "#".repeat(filled),
                ".".repeat(WIDTH - filled),
                Math.round(task.progress() * 100),
                task.progressNote().replaceAll("\\p{Cntrl}", " "));
    }

    private void erase() {
        if (drawn > 0) {
            out.print((UP + CLEAR_LINE).repeat(drawn));
            drawn = 0;
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
        events.close();
        synchronized (this) {
            erase();
        }
    }
}
