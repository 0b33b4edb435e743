package ai.primespark.it.memory;

import ai.primespark.memory.Version;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Asserts over a history that no acknowledged write is lost, no deleted value is seen again, versions of a key never go back
 * within a process, and "absent" is never claimed wrongly. {@link HistoryCheckerTest} shows that it finds each of these.
 */
final class HistoryChecker {

    private final History history;
    private final List<String> violations = new ArrayList<>();

    HistoryChecker(History history) {
        this.history = history;
    }

    /** What is there after everything has healed and drained. */
    interface Final {
        /** The key's value and version, or empty when it is surely absent. */
        Optional<Value> value(String key);
    }

    /** A value. */
    record Value(long number, Version version) {}

    /** Checks what processes saw while they ran. */
    HistoryChecker checkReads() {
        history.byKey().forEach((key, events) -> {
            Map<Integer, List<Event>> processes = new HashMap<>();
            events.forEach(event -> processes
                    .computeIfAbsent(event.process(), each -> new ArrayList<>())
                    .add(event));
            processes.values().forEach(own -> checkSession(key, own, events));
        });
        return this;
    }

    private void checkSession(String key, List<Event> own, List<Event> all) {
        List<Event> reads = own.stream()
                .filter(Event::isRead)
                .sorted(Comparator.comparingLong(Event::began))
                .toList();
        List<Event> told = own.stream().filter(Event::isAcknowledged).toList();
        for (int i = 0; i < reads.size(); i++) {
            Event read = reads.get(i);
            Version known = null; // the newest that this process wrote or saw before the read began
            for (Event write : told) {
                if (write.endedBefore(read)) {
                    known = newer(known, write.version());
                }
            }
            for (int j = 0; j < i; j++) {
                if (reads.get(j).endedBefore(read)) {
                    known = newer(known, reads.get(j).version());
                }
            }
            if (known == null) {
                continue;
            }
            if (read.kind() == Event.Kind.FOUND) {
                if (known.isNewerThan(Objects.requireNonNull(read.version()))) {
                    violate(key, read, "went back: had " + known);
                }
            } else if (read.kind() == Event.Kind.ABSENT) {
                Version least = known;
                boolean deleted = all.stream()
                        .anyMatch(event -> event.kind() == Event.Kind.DELETE
                                && event.began() < read.ended()
                                && (event.version() == null || event.version().compareTo(least) >= 0));
                if (!deleted) {
                    violate(key, read, "says absent, but " + known + " was there and nobody deleted it");
                }
            }
        }
    }

    /** Checks what is there in the end. */
    HistoryChecker checkEnd(Final end) {
        history.byKey().forEach((key, events) -> {
            Version newest = null;
            Event last = null;
            for (Event event : events) {
                if (event.isAcknowledged() && (newest == null || event.version().isNewerThan(newest))) {
                    newest = event.version();
                    last = event;
                }
            }
            if (last == null) {
                return;
            }
            Version least = Objects.requireNonNull(newest);
            Optional<Value> value = end.value(key);
            List<Event> open = events.stream()
                    .filter(event -> event.isWrite() && !event.isAcknowledged())
                    .toList();
            if (value.isEmpty()) {
                boolean deleted = last.kind() == Event.Kind.DELETE
                        || open.stream().anyMatch(event -> event.kind() == Event.Kind.DELETE);
                if (!deleted) {
                    violate(key, last, "is lost");
                }
                return;
            }
            Value found = value.get();
            if (least.isNewerThan(found.version())) {
                violate(
                        key,
                        last,
                        last.kind() == Event.Kind.DELETE
                                ? "was deleted and is back as " + found
                                : "is lost; there is " + found);
                return;
            }
            boolean ours = found.version().equals(least)
                    ? last.kind() == Event.Kind.PUT && last.number() == found.number()
                    : open.stream().anyMatch(event -> event.number() == found.number());
            if (!ours) {
                violate(key, last, "has " + found + ", which is not what was written last");
            }
        });
        return this;
    }

    private static Version newer(Version one, Version other) {
        return one == null || other != null && other.isNewerThan(one) ? other : one;
    }

    private void violate(String key, Event event, String what) {
        violations.add(key + ": " + event + " " + what);
    }

    List<String> violations() {
        return List.copyOf(violations);
    }
}
