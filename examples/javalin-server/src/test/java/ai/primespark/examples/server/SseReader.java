package ai.primespark.examples.server;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;

/** Reads Server-Sent Events as the WHATWG's HTML standard says a browser does. */
final class SseReader implements AutoCloseable {

    /** An event; a comment has the name {@code :}. */
    record Event(String name, String data) {
        JsonNode json() {
            return TestServer.json(data);
        }
    }

    /** The name of a comment. */
    static final String COMMENT = ":";

    private final Stream<String> stream;
    private final Iterator<String> lines;

    SseReader(Stream<String> stream) {
        this.stream = stream;
        this.lines = stream.iterator();
    }

    /** The next event. Comments pass, which come when it has been quiet for a while, be it only because the machine is busy. */
    Event next() {
        Event next = nextOrComment();
        while (next.name().equals(COMMENT)) {
            next = nextOrComment();
        }
        return next;
    }

    /** The next event or comment. */
    Event nextOrComment() {
        String name = "message";
        List<String> data = new ArrayList<>();
        while (lines.hasNext()) {
            String line = lines.next();
            if (line.startsWith(":")) {
                return new Event(COMMENT, line.substring(1).strip());
            } else if (line.startsWith("event:")) {
                name = line.substring(6).strip();
            } else if (line.startsWith("data:")) {
                data.add(line.substring(5).strip());
            } else if (line.isEmpty() && !data.isEmpty()) {
                return new Event(name, String.join("\n", data));
            }
        }
        throw new IllegalStateException("the stream has ended");
    }

    /** All events to the last one. */
    List<Event> rest() {
        List<Event> events = new ArrayList<>();
        String name = "";
        while (lines.hasNext() && !name.equals("done") && !name.equals("error")) {
            Event event = nextOrComment();
            name = event.name();
            if (!name.equals(COMMENT)) {
                events.add(event);
            }
        }
        return events;
    }

    @Override
    public void close() {
        stream.close();
    }
}
