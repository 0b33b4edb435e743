package ai.primespark.llm;

import java.util.concurrent.CompletableFuture;

/**
 * A running conversation between a model and tools: each answer that asks for tools is followed by their results and the next
 * answer, until one asks for none.
 *
 * <p>It is consumed like any other call, and its events are those of all its steps: {@link LlmEvent.StepEnded} comes after each
 * answer but the last, {@link LlmEvent.ToolStarted} and {@link LlmEvent.ToolFinished} around each tool. The text after the last
 * {@code StepEnded} is the final answer; {@link #await()} gives that answer alone. Closing the run cancels the model's answer or
 * interrupts the tools, whichever is running. The request's timeout and the limit on the whole of a call apply to the run
 * from its first step to its last.
 *
 * @param <T> what the final answer is converted to
 */
public interface LlmRun<T> extends LlmCall {

    /**
     * Waits for the end and gives the final answer and all that led to it. Repeating it gives the same outcome.
     *
     * @return the result
     * @throws AnswerFormatException when the model's answer cannot be converted
     * @throws StepLimitException when the model asked for tools more often than it may
     * @throws LlmException when a step failed or the run was cancelled
     */
    LlmResult<T> result();

    /**
     * The result, to come. Cancelling the future cancels the run.
     *
     * @return a future that fails with {@link LlmException}
     */
    CompletableFuture<LlmResult<T>> resultFuture();

    /**
     * What was said and done so far. Also tells how far a run came that failed.
     *
     * @return a snapshot; complete steps only
     */
    Transcript transcript();
}
