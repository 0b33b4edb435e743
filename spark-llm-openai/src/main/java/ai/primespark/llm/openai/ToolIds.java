package ai.primespark.llm.openai;

import ai.primespark.llm.ToolInvocation;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * The ids of tool calls within one conversation. The protocol demands them, but calls that another server answered may have none: those
 * get ids of their own, and their results, which have none either, are matched by the tool's name, oldest first.
 */
final class ToolIds {

    private record Open(ToolInvocation call, String id) {}

    private final List<Open> open = new ArrayList<>();
    private int count;

    /** The id of a call that the assistant makes. */
    String begin(ToolInvocation call) {
        count++;
        String id = call.id().isEmpty() ? "call_" + count : call.id();
        open.add(new Open(call, id));
        return id;
    }

    /** The id of a call that is answered. */
    String answer(ToolInvocation answered) {
        for (Iterator<Open> calls = open.iterator(); calls.hasNext(); ) {
            Open candidate = calls.next();
            boolean same = answered.id().isEmpty()
                    ? candidate.call().id().isEmpty() && candidate.call().name().equals(answered.name())
                    : candidate.id().equals(answered.id());
            if (same) {
                calls.remove();
                return candidate.id();
            }
        }
        count++;
        return answered.id().isEmpty() ? "call_" + count : answered.id();
    }
}
