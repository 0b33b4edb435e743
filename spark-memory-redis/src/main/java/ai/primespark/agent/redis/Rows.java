package ai.primespark.agent.redis;

import ai.primespark.agent.Priority;
import ai.primespark.agent.TaskSnapshot;
import ai.primespark.agent.TaskStatus;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the queue says of a task, read. The order of the fields is that in {@code list.lua}. */
final class Rows {

    static final String[] FIELDS = {
        "s", "y", "q", "t0", "n", "nf", "nl", "pr", "a", "z", "er", "nb", "d", "t1", "t2", "u", "L"
    };

    /** In the order of the letters. */
    static final List<TaskStatus> STATUSES = List.of(TaskStatus.values());

    private static final String STATES = "BSRLDXCE"; // in the order of TaskStatus

    private Rows() {}

    static String codes(Set<TaskStatus> statuses) {
        StringBuilder codes = new StringBuilder();
        statuses.forEach(status -> codes.append(STATES.charAt(STATUSES.indexOf(status))));
        return codes.toString();
    }

    /** The lane of a task that is ready, or null. */
    static @Nullable String readyLane(List<?> row, int from) {
        return text(row, from).equals("R") ? text(row, from + FIELDS.length - 1) : null;
    }

    /** Reads the fields from a place in an answer on; null when the task is not known. */
    static @Nullable TaskSnapshot read(String id, List<?> row, int from, @Nullable String parked) {
        String state = text(row, from);
        if (state.isEmpty()) {
            return null;
        }
        TaskStatus status = STATUSES.get(STATES.indexOf(state));
        Priority priority = Priority.valueOf(text(row, from + 2));
        TaskSnapshot.Builder task = TaskSnapshot.builder(
                        id, text(row, from + 1), status, priority, Args.instant(number(row, from + 3)))
                .counts((int) number(row, from + 4), (int) number(row, from + 5), (int) number(row, from + 6));
        String progress = text(row, from + 7);
        int space = progress.indexOf(' ');
        if (space > 0) {
            task.progress(Double.parseDouble(progress.substring(0, space)), progress.substring(space + 1));
        }
        List<String> errors = errors(row.get(from + 10));
        return task.submitter(text(row, from + 15))
                .agentId(orNull(text(row, from + 8)))
                .error(orNull(text(row, from + 9)))
                .errors(errors)
                .parkedReason(parked)
                .notBefore(
                        status == TaskStatus.SCHEDULED || status == TaskStatus.BLOCKED ? instant(row, from + 11) : null)
                .deadline(instant(row, from + 12))
                .startedAt(instant(row, from + 13))
                .endedAt(instant(row, from + 14))
                .build();
    }

    /** Texts, each behind its length in bytes and a colon. */
    private static List<String> errors(@Nullable Object value) {
        List<String> errors = new ArrayList<>();
        byte[] bytes = value instanceof byte[] known ? known : new byte[0];
        int at = 0;
        while (at < bytes.length) {
            int length = 0;
            for (; bytes[at] != ':'; at++) {
                length = length * 10 + bytes[at] - '0';
            }
            errors.add(new String(bytes, at + 1, length, StandardCharsets.UTF_8));
            at += length + 1;
        }
        return errors;
    }

    private static String text(List<?> row, int at) {
        Object value = row.get(at);
        return value == null ? "" : Args.string(value);
    }

    private static long number(List<?> row, int at) {
        return Args.toLong(text(row, at));
    }

    private static @Nullable Instant instant(List<?> row, int at) {
        long micros = number(row, at);
        return micros == 0 ? null : Args.instant(micros);
    }

    private static @Nullable String orNull(String text) {
        return text.isEmpty() ? null : text;
    }
}
