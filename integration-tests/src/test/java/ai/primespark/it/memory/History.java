package ai.primespark.it.memory;

import ai.primespark.memory.Version;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Everything that workers did, read from what they printed. */
final class History {

    private final List<Event> events = new ArrayList<>();
    private final List<String> remarks = new ArrayList<>();
    private int processes;

    /** How a worker prints the beginning of a write: {@code begin put key number nanos}. */
    static String begin(Event.Kind kind, String key, long number, long began) {
        return "begin " + kind + " " + key + " " + number + " " + began + " .";
    }

    /** How a worker prints the end of a write: {@code end number nanos version}. */
    static String end(long number, long ended, Version version) {
        return "end " + number + " " + ended + " " + version + " .";
    }

    /** How a worker prints a read: {@code read FOUND key number began ended version}. */
    static String read(Event.Kind kind, String key, long number, long began, long ended, String version) {
        return "read " + kind + " " + key + " " + number + " " + began + " " + ended + " " + version + " .";
    }

    /** Adds what one process printed; a line that the kill cut lacks its dot and is dropped. */
    void add(List<String> lines) {
        int process = processes++;
        Map<Long, Event> open = new HashMap<>();
        for (String line : lines) {
            String[] words = line.split(" ");
            boolean whole = words[words.length - 1].equals(".");
            if (!whole && line.matches("(begin|end|read) .*")) {
                continue; // cut
            }
            switch (whole ? words[0] : "") {
                case "begin" -> {
                    long number = Long.parseLong(words[3]);
                    open.put(
                            number,
                            new Event(
                                    process,
                                    Event.Kind.valueOf(words[1]),
                                    words[2],
                                    number,
                                    Long.parseLong(words[4]),
                                    Long.MAX_VALUE,
                                    null));
                }
                case "end" -> {
                    Event begun = open.remove(Long.parseLong(words[1]));
                    events.add(new Event(
                            process,
                            begun.kind(),
                            begun.key(),
                            begun.number(),
                            begun.began(),
                            Long.parseLong(words[2]),
                            Version.parse(words[3])));
                }
                case "read" ->
                    events.add(new Event(
                            process,
                            Event.Kind.valueOf(words[1]),
                            words[2],
                            Long.parseLong(words[3]),
                            Long.parseLong(words[4]),
                            Long.parseLong(words[5]),
                            words[6].equals("-") ? null : Version.parse(words[6])));
                default -> remarks.add(process + ": " + line);
            }
        }
        events.addAll(open.values()); // begun, and nobody was told how they ended
    }

    Map<String, List<Event>> byKey() {
        return events.stream().collect(Collectors.groupingBy(Event::key));
    }

    /** Whatever else the processes printed: failures and logs. */
    String remarks() {
        return String.join("\n", remarks);
    }

    List<Event> events() {
        return events;
    }

    long acknowledged() {
        return events.stream().filter(Event::isAcknowledged).count();
    }

    long reads() {
        return events.stream().filter(Event::isRead).count();
    }
}
