package ai.primespark.llm;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One message of a conversation. Immutable; image arrays are not copied and must not be modified.
 *
 * @param role who says it
 * @param content what is said; may be empty
 * @param images encoded images (PNG, JPEG …) for models that can see
 * @param toolCalls what the assistant asked for
 * @param toolResultOf for {@link Role#TOOL}: the invocation this answers; null otherwise
 * @param thinking the assistant's reasoning, given back to models that want it; null when there is none
 */
public record Message(
        Role role,
        String content,
        List<byte[]> images,
        List<ToolInvocation> toolCalls,
        @Nullable ToolInvocation toolResultOf,
        @Nullable String thinking) {

    /** Who says it. */
    public enum Role {
        /** Instructions for the model. */
        SYSTEM,
        /** The person. */
        USER,
        /** The model. */
        ASSISTANT,
        /** The result of a tool. */
        TOOL
    }

    /** Refuses nulls and a tool message that answers nothing. */
    public Message {
        Objects.requireNonNull(role, "role");
        Objects.requireNonNull(content, "content");
        images = List.copyOf(images);
        toolCalls = List.copyOf(toolCalls);
        if (role == Role.TOOL && toolResultOf == null) {
            throw new IllegalArgumentException("a tool message must say which invocation it answers");
        }
    }

    /**
     * Instructions for the model.
     *
     * @param content the text
     * @return the message
     */
    public static Message system(String content) {
        return new Message(Role.SYSTEM, content, List.of(), List.of(), null, null);
    }

    /**
     * What a person says.
     *
     * @param content the text
     * @param images encoded images
     * @return the message
     */
    public static Message user(String content, byte[]... images) {
        return new Message(Role.USER, content, List.of(images), List.of(), null, null);
    }

    /**
     * What the model said.
     *
     * @param content the text
     * @return the message
     */
    public static Message assistant(String content) {
        return new Message(Role.ASSISTANT, content, List.of(), List.of(), null, null);
    }

    /**
     * What the model said, tool calls included, for the next turn.
     *
     * @param response the answer
     * @return the message
     */
    public static Message assistant(LlmResponse response) {
        return new Message(
                Role.ASSISTANT,
                response.text(),
                List.of(),
                response.toolCalls(),
                null,
                response.thinking().isEmpty() ? null : response.thinking());
    }

    /**
     * What a tool found.
     *
     * @param invocation the invocation that it answers
     * @param content the result, usually JSON
     * @return the message
     */
    public static Message tool(ToolInvocation invocation, String content) {
        return new Message(Role.TOOL, content, List.of(), List.of(), invocation, null);
    }

    /**
     * The invocation that a tool message answers.
     *
     * @return empty for other roles
     */
    public Optional<ToolInvocation> answeredInvocation() {
        return Optional.ofNullable(toolResultOf);
    }

    /**
     * The assistant's reasoning.
     *
     * @return empty when there is none
     */
    public Optional<String> reasoning() {
        return Optional.ofNullable(thinking);
    }

    @Override
    public String toString() { // a prompt is private data
        return "Message[" + role + ", " + content.length() + " chars, " + images.size() + " images, " + toolCalls.size()
                + " tool calls]";
    }
}
