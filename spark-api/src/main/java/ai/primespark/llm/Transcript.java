package ai.primespark.llm;

import java.util.List;

/**
 * What was said and done in a run, as far as it has come. Immutable; {@link #toString()} never shows a message.
 *
 * @param messages the conversation, oldest first: the request's, then each answer with the results of the tools that it asked
 *     for. Give it to {@link LlmRequest#chat} to go on
 * @param steps one for each answer, in order
 */
public record Transcript(List<Message> messages, List<Step> steps) {

    /** Copies the lists. */
    public Transcript {
        messages = List.copyOf(messages);
        steps = List.copyOf(steps);
    }

    /**
     * One answer, and what was done about it.
     *
     * @param response the answer
     * @param results of the tools that it asked for, in the same order; empty when it asked for none
     */
    public record Step(LlmResponse response, List<ToolResult> results) {

        /** Copies the list. */
        public Step {
            results = List.copyOf(results);
        }
    }

    /**
     * Tokens of all answers together. An answer from the cache counts as it did when it was made.
     *
     * @return the sums
     */
    public Usage usage() {
        long prompt = 0;
        long answer = 0;
        for (Step step : steps) {
            prompt += step.response().usage().promptTokens();
            answer += step.response().usage().answerTokens();
        }
        return new Usage(prompt, answer);
    }

    @Override
    public String toString() { // a conversation is private data
        return "Transcript[" + messages.size() + " messages, " + steps.size() + " steps]";
    }
}
