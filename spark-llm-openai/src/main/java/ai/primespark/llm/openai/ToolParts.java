package ai.primespark.llm.openai;

import ai.primespark.llm.ToolInvocation;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/**
 * Puts tool calls together from the parts in which they arrive. Parts of one call share an index; servers that send no index, or the
 * same one for every call, begin a new call with a new id.
 */
final class ToolParts {

    /** What a call costs besides its name and arguments, so that empty ones are bounded, too. */
    private static final int CALL_CHARS = 16;

    private final List<Call> calls = new ArrayList<>();
    private long chars;

    private static final class Call {
        private final int index;
        private String id = "";
        private String name = "";
        private final StringBuilder arguments = new StringBuilder();

        Call(int index) {
            this.index = index;
        }

        private boolean continues(OpenAiChunk.ToolPart part) {
            if (!part.id().isEmpty() && !id.isEmpty() && !part.id().equals(id)) {
                return false;
            }
            // with nothing to tell calls apart, a name begins one
            boolean another =
                    part.index() < 0 && part.id().isEmpty() && !part.name().isEmpty() && !name.isEmpty();
            return !another && (part.index() < 0 || part.index() == index);
        }
    }

    void add(OpenAiChunk.ToolPart part) {
        Call call = callOf(part);
        if (call.id.isEmpty()) {
            call.id = part.id();
        }
        if (call.name.isEmpty()) {
            call.name = part.name();
        }
        call.arguments.append(part.arguments());
        chars += part.name().length() + part.arguments().length();
    }

    private Call callOf(OpenAiChunk.ToolPart part) {
        for (int i = calls.size() - 1; i >= 0; i--) {
            if (calls.get(i).continues(part)) {
                return calls.get(i);
            }
            if (part.index() < 0) {
                break; // without an index only the last one goes on
            }
        }
        Call call = new Call(part.index());
        calls.add(call);
        chars += CALL_CHARS;
        return call;
    }

    /** How long the calls are so far. */
    long chars() {
        return chars;
    }

    /** Takes the calls that are whole, in the order in which they began. */
    List<ToolInvocation> whole() {
        return calls.stream()
                .filter(ToolParts::whole)
                .map(call -> new ToolInvocation(call.id, call.name, arguments(call)))
                .toList();
    }

    /** Whether every call has a name and a JSON object for its arguments. */
    boolean allWhole() {
        return calls.stream().allMatch(ToolParts::whole);
    }

    private static boolean whole(Call call) {
        JsonNode arguments = Json.object(arguments(call));
        return !call.name.isEmpty() && arguments != null;
    }

    /** Some servers send nothing for a tool without parameters. */
    private static String arguments(Call call) {
        String text = call.arguments.toString();
        return text.isBlank() || text.strip().equals("null") ? "{}" : text;
    }
}
