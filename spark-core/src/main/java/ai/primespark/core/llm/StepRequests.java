package ai.primespark.core.llm;

import ai.primespark.core.llm.schema.Shape;
import ai.primespark.llm.CacheMode;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.Message;
import ai.primespark.llm.OutputFormat;
import ai.primespark.llm.SchemaViolation;
import ai.primespark.llm.Tool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes the request of each step of a run. All that the application's request says holds for each of them.
 *
 * <p>A server that is held to a schema while it answers cannot ask for tools. Therefore a request offers tools or demands the
 * form, and not both; with tools, the form is at first only asked for in words.
 *
 * @param original the application's request
 * @param tools what the model may ask for
 * @param shape the form of the final answer; null for any text
 */
record StepRequests(
        LlmRequest original, List<Tool> tools, @Nullable Shape shape) {

    /** The request for the next answer. */
    LlmRequest next(List<Message> messages, Duration remaining, boolean formOnly, boolean anew) {
        LlmRequest.Builder request = original.toBuilder()
                .messages(shape == null ? messages : withInstructions(messages, shape))
                .timeout(remaining);
        if (shape != null && (formOnly || tools.isEmpty())) {
            request.format(OutputFormat.schema(shape.schema()));
        } else {
            request.tools(tools);
        }
        if (anew && original.cache() == CacheMode.USE) {
            request.cache(CacheMode.REFRESH);
        }
        return request.build();
    }

    /** Into the last message of the person, because not every model has a place for instructions, or for a second one. */
    private List<Message> withInstructions(List<Message> messages, Shape form) {
        String words = (tools.isEmpty() ? "Answer" : "When you have what you need, answer")
                + " with JSON that fits this JSON schema, and with nothing else:\n" + form.schema();
        int asked = original.messages().size() - 1;
        while (asked >= 0 && messages.get(asked).role() != Message.Role.USER) {
            asked--;
        }
        List<Message> all = new ArrayList<>(messages);
        if (asked < 0) {
            all.add(original.messages().size(), Message.user(words));
        } else {
            Message question = messages.get(asked);
            all.set(
                    asked,
                    new Message(
                            question.role(),
                            question.content() + "\n\n" + words,
                            question.images(),
                            question.toolCalls(),
                            question.toolResultOf(),
                            question.thinking()));
        }
        return all;
    }

    /** What a model is told whose answer does not fit. */
    static Message complaint(List<SchemaViolation> violations) {
        StringBuilder words = new StringBuilder("Your answer does not fit the JSON schema:");
        for (SchemaViolation violation : violations) {
            words.append("\n- ").append(violation.path()).append(' ').append(violation.problem());
        }
        return Message.user(words.append("\nAnswer again with JSON that fits the schema, and with nothing else.")
                .toString());
    }
}
