package ai.primespark.examples.worker;

import ai.primespark.agent.TaskEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** What happened to which task and when, as a table. Thread-safe. */
final class Timeline {

    private final List<Row> rows = new ArrayList<>(); // guarded by this
    private final Set<String> ended = new HashSet<>(); // guarded by this
    private final Map<String, String> names = new HashMap<>(); // guarded by this

    /**
     * One line.
     *
     * @param at when
     * @param taskId the task, or empty
     * @param event what happened, in words
     * @param agent who is concerned, or empty
     */
    record Row(Instant at, String taskId, String event, String agent) {}

    /** What a task is called in the table. */
    synchronized void name(String taskId, String name) {
        names.put(taskId, name);
    }

    /** Something that is no task's. */
    synchronized void mark(Instant at, String event, String agent) {
        rows.add(new Row(at, "", event, agent));
    }

    /** Takes an event; progress and output are left out. */
    synchronized void add(TaskEvent event) {
        String words = event.kind().name().toLowerCase(Locale.ROOT);
        switch (event.kind()) {
            case STARTED -> rows.add(new Row(event.at(), event.taskId(), words, event.note()));
            case ENDED -> {
                ended.add(event.taskId());
                rows.add(new Row(event.at(), event.taskId(), event.note().toLowerCase(Locale.ROOT), ""));
            }
            case SUBMITTED, LOST, RELEASED, RETRYING -> rows.add(new Row(event.at(), event.taskId(), words, ""));
            case PARKED, CANCELLING, REPLAYED ->
                rows.add(new Row(
                        event.at(), event.taskId(), words + (event.note().isEmpty() ? "" : ": " + event.note()), ""));
            case PROGRESS, OUTPUT -> {}
        }
    }

    /** In the order of time; whoever began a task has it until somebody else does. */
    synchronized List<Row> rows() {
        Map<String, String> holders = new HashMap<>();
        List<Row> sorted = new ArrayList<>();
        for (Row row : rows.stream().sorted(Comparator.comparing(Row::at)).toList()) {
            if (row.event().equals("started")) {
                holders.put(row.taskId(), row.agent());
            }
            String agent = row.agent().isEmpty() ? holders.getOrDefault(row.taskId(), "") : row.agent();
            sorted.add(new Row(row.at(), row.taskId(), row.event(), agent));
        }
        return sorted;
    }

    /** The first row after a moment that is like this. */
    Optional<Row> first(Instant after, Predicate<Row> like) {
        return rows().stream()
                .filter(row -> !row.at().isBefore(after))
                .filter(like)
                .findFirst();
    }

    /** How many tasks are known to be over. */
    synchronized int ends() {
        return ended.size();
    }

    /** How many rows are like this. */
    long count(Predicate<Row> like) {
        return rows().stream().filter(like).count();
    }

    /** The table: seconds since the first row, task, event, agent. */
    synchronized List<String> table() {
        List<Row> sorted = rows();
        List<List<String>> cells = new ArrayList<>();
        cells.add(List.of("TIME", "TASK", "EVENT", "AGENT"));
        for (Row row : sorted) {
            Duration since = Duration.between(sorted.get(0).at(), row.at());
            cells.add(List.of(
                    String.format(Locale.ROOT, "%7.3f", since.toMillis() / 1000.0),
                    row.taskId().isEmpty() ? "" : names.getOrDefault(row.taskId(), row.taskId()),
                    row.event(),
                    row.agent()));
        }
        return Tables.lines(cells);
    }
}
