package ai.primespark.llm;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;

/**
 * A running call. Consume it in one of three ways: iterate, {@link #await()} or {@link #future()}, or subscribe. Each works on
 * its own; do not mix them at the same time.
 *
 * <p>The call ends in exactly one way: {@link LlmEvent.Done} is the last event; or a {@link LlmException} is thrown (for a
 * subscriber: signalled); its kind is {@link LlmException.Kind#CANCELLED} after {@link #close()}. Iteration pulls: a slow consumer slows
 * the backend down, and nothing is buffered without bound.
 *
 * <p>{@link #close()} and {@link #future()} are safe from any thread. Iteration is for one thread at a time.
 */
public interface LlmCall extends Iterable<LlmEvent>, Flow.Publisher<LlmEvent>, AutoCloseable {

    /**
     * Waits for the end and gives the whole answer, including what was iterated before. Repeating it gives the same outcome.
     *
     * @return the answer
     * @throws LlmException when the call failed or was cancelled
     */
    LlmResponse await();

    /**
     * The whole answer, to come. Cancelling the future cancels the call.
     *
     * @return the same future on every call
     */
    CompletableFuture<LlmResponse> future();

    /**
     * Delivers the events to one subscriber, as it asks for them. {@link LlmEvent.Done} is the last event before
     * {@code onComplete}; failures are signalled by {@code onError} with a {@link LlmException}.
     *
     * @param subscriber the only one; a second is refused by {@code onError}
     */
    @Override
    void subscribe(Flow.Subscriber<? super LlmEvent> subscriber);

    /**
     * Cancels the call if it has not ended: the backend is told by closing its connection. Legal in every phase, harmless when
     * repeated, and does not wait.
     */
    @Override
    void close();
}
