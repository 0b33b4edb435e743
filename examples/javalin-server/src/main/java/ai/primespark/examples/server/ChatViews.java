package ai.primespark.examples.server;

import ai.primespark.llm.Message;
import ai.primespark.llm.Tool;
import ai.primespark.llm.ToolInvocation;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Conversations in the API's words. */
final class ChatViews {

    private ChatViews() {}

    /**
     * What somebody said.
     *
     * @param content may be left out only beside {@code tool_calls}
     * @param images in Base64, of a user
     * @param toolCalls what an assistant asked for
     * @param toolCallId which of these calls a message of the role tool answers
     */
    record Said(
            Message.Role role,
            @Nullable String content,
            @Nullable List<byte[]> images,
            @Nullable List<Call> toolCalls,
            @Nullable String toolCallId) {

        /** What is wrong with it, if anything; Jackson gives null for what is not there. */
        private Optional<String> mistake() {
            if (role == null) {
                return Optional.of("role is required");
            }
            if (content == null && toolCalls == null) {
                return Optional.of("content is required");
            }
            if (images != null && (role != Message.Role.USER || images.stream().anyMatch(Objects::isNull))) {
                return Optional.of("images are for the role user, and none is null");
            }
            if (toolCalls != null && role != Message.Role.ASSISTANT) {
                return Optional.of("tool_calls are for the role assistant");
            }
            if (toolCalls != null && !toolCalls.stream().allMatch(call -> call != null && call.isWhole())) {
                return Optional.of("each of tool_calls needs a name, and its arguments are an object");
            }
            return (toolCallId != null) == (role == Message.Role.TOOL)
                    ? Optional.empty()
                    : Optional.of("tool_call_id is for the role tool, and required there");
        }
    }

    /**
     * A call of a tool. A null that the client wrote comes as a node.
     *
     * @param id tells calls apart
     * @param arguments an object
     */
    record Call(@Nullable String id, String name, @Nullable JsonNode arguments) {

        static Call of(ToolInvocation invocation) {
            return new Call(invocation.id(), invocation.name(), Json.tree(invocation.argumentsJson()));
        }

        private boolean isWhole() {
            return name != null && (arguments == null || arguments.isNull() || arguments.isObject());
        }

        private ToolInvocation invocation() {
            return new ToolInvocation(
                    id == null ? "" : id, name, arguments == null || arguments.isNull() ? "{}" : arguments.toString());
        }
    }

    /**
     * A tool that the model may ask for.
     *
     * @param parameters a JSON Schema; without it the tool takes none
     */
    record Offered(
            String name,
            @Nullable String description,
            @Nullable JsonNode parameters) {

        /**
         * The tool for the library.
         *
         * @throws IllegalArgumentException when its name is missing or not allowed
         */
        Tool tool() {
            if (name == null || !(parameters == null || parameters.isNull() || parameters.isObject())) {
                throw new IllegalArgumentException(
                        "each tool needs a name, and its parameters are a JSON Schema object");
            }
            String schema = parameters == null || parameters.isNull()
                    ? "{\"type\":\"object\",\"properties\":{}}"
                    : parameters.toString();
            return new Tool(name, description == null ? "" : description, schema);
        }
    }

    /**
     * The conversation for the library.
     *
     * @throws Problem when a message is wrong, or a tool's answers a call that is not there
     */
    static List<Message> messages(List<Said> conversation) {
        Map<String, ToolInvocation> asked = new HashMap<>();
        List<Message> messages = new ArrayList<>();
        for (Said said : conversation) {
            String place = "messages[" + messages.size() + "]";
            said.mistake().ifPresent(rule -> {
                throw Problem.invalid(place, rule);
            });
            List<ToolInvocation> calls = said.toolCalls() == null
                    ? List.of()
                    : said.toolCalls().stream().map(Call::invocation).toList();
            calls.forEach(call -> asked.put(call.id(), call));
            ToolInvocation answered = said.toolCallId() == null ? null : asked.get(said.toolCallId());
            if (said.role() == Message.Role.TOOL && answered == null) {
                throw Problem.invalid(place + ".tool_call_id", "is not the id of a call that a message before it made");
            }
            messages.add(new Message(
                    said.role(),
                    said.content() == null ? "" : said.content(),
                    said.images() == null ? List.of() : said.images(),
                    calls,
                    answered,
                    null));
        }
        return messages;
    }
}
