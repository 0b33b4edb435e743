package ai.primespark.testkit;

import ai.primespark.power.PowerException;
import ai.primespark.spi.Deadline;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** What a {@link WordSource} reads. */
final class WordRig implements PowerRig {

    private final List<String> sent = new CopyOnWriteArrayList<>();
    private Answer answer = new Answer(List.of(), null);
    private @Nullable Fault fault;

    /** Status words and a charge. */
    record Answer(List<String> words, @Nullable String charge) {}

    /** Asks as a source would, by the deadline. */
    synchronized Answer ask(String request, Deadline deadline) {
        sent.add(request);
        while (fault == Fault.SILENT && !deadline.isOver()) {
            try {
                wait(Math.max(1, deadline.remaining().toMillis()));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new PowerException("interrupted", true, e);
            }
        }
        if (fault != null) {
            throw new PowerException("the other side has the fault " + fault, true, null);
        }
        return answer;
    }

    synchronized boolean isBroken() {
        return fault != null;
    }

    @Override
    public Map<String, Object> settings() {
        return Map.of();
    }

    @Override
    public synchronized boolean say(Scene scene) {
        answer = switch (scene) {
            case MAINS -> new Answer(List.of("OL"), "87");
            case BATTERY -> new Answer(List.of("OB"), "64");
            case NO_NUMBERS -> new Answer(List.of("OL"), null);
            case UNREADABLE_NUMBERS -> new Answer(List.of("OL"), "n/a");
            case UNKNOWN_WORD -> new Answer(List.of("OL", "SPARKLING"), "87");
            case LOOKALIKES -> new Answer(List.of("COOL", "LBX"), "87");
            case CONTRADICTION -> new Answer(List.of("OL", "OB"), "87");
            case NO_STATUS -> new Answer(List.of(), "87");
        };
        fault = null;
        notifyAll();
        return true;
    }

    @Override
    public synchronized boolean fail(Fault newFault) {
        fault = newFault;
        return true;
    }

    @Override
    public List<String> sent() {
        return sent;
    }

    @Override
    public Set<String> harmless() {
        return Set.of("STATUS", "LOGOUT");
    }

    @Override
    public synchronized void close() {
        fault = null;
        notifyAll();
    }
}
