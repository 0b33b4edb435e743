package ai.primespark.llm;

import ai.primespark.Zone;

/**
 * What happens in a call, in order. {@link Done} is the last event of a call that succeeds. {@link StepEnded},
 * {@link ToolStarted} and {@link ToolFinished} occur only in a {@link LlmRun}.
 */
public sealed interface LlmEvent {

    /**
     * A backend was chosen and asked. More than one may follow each other before the first text.
     *
     * @param backend its id
     * @param zone where it is
     * @param model the model's name there; empty when the backend has only one
     * @param reason why this one, in words
     */
    record Routed(String backend, Zone zone, String model, String reason) implements LlmEvent {}

    /**
     * A piece of the model's reasoning, for models that show it.
     *
     * @param text never empty
     */
    record Thinking(String text) implements LlmEvent {
        @Override
        public String toString() { // private data
            return "Thinking[" + text.length() + " chars]";
        }
    }

    /**
     * A piece of the answer.
     *
     * @param text never empty
     */
    record Text(String text) implements LlmEvent {
        @Override
        public String toString() { // private data
            return "Text[" + text.length() + " chars]";
        }
    }

    /**
     * The model asks for a tool to be run.
     *
     * @param invocation which, and with what
     */
    record ToolCall(ToolInvocation invocation) implements LlmEvent {}

    /**
     * An answer of a run is complete, and another one will follow, because it asks for tools or does not have the form that was
     * asked for. The text after this event is that of the next answer.
     *
     * @param step the number of the answer, from 1
     * @param response all of it
     */
    record StepEnded(int step, LlmResponse response) implements LlmEvent {}

    /**
     * A tool of the application begins its work.
     *
     * @param invocation what the model asked for
     */
    record ToolStarted(ToolInvocation invocation) implements LlmEvent {}

    /**
     * An invocation of a tool has its result. Comes without {@link ToolStarted} when the tool was not run. With several tools at
     * once, they come as the tools finish.
     *
     * @param result how it went
     */
    record ToolFinished(ToolResult result) implements LlmEvent {}

    /**
     * A backend failed after it had delivered something, and another one takes over. {@link Routed} follows, and either
     * {@link Restarted} or, before the first text of a backend that goes on, {@link Continued}.
     *
     * @param from id of the backend that failed
     * @param to id of the backend that takes over, or whose earlier answer does
     * @param reason what happened
     * @param charsDelivered how much text the caller had got
     */
    record FailedOver(String from, String to, String reason, int charsDelivered) implements LlmEvent {}

    /**
     * The answer begins again from its first character: discard the text delivered so far.
     *
     * @param backend id of the backend that now answers
     */
    record Restarted(String backend) implements LlmEvent {}

    /**
     * What follows goes on where the text broke off: keep the text delivered so far. Comes only with {@link Failover#CONTINUE}.
     *
     * @param backend id of the backend that goes on
     */
    record Continued(String backend) implements LlmEvent {}

    /**
     * The answer is complete.
     *
     * @param response all of it
     */
    record Done(LlmResponse response) implements LlmEvent {}
}
