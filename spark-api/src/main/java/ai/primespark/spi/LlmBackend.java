package ai.primespark.spi;

import ai.primespark.llm.DocumentIndex;
import ai.primespark.llm.EmbedRequest;
import ai.primespark.llm.Embeddings;
import ai.primespark.llm.LlmCall;
import ai.primespark.llm.LlmException;
import ai.primespark.llm.LlmRequest;
import ai.primespark.llm.ModelManager;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * One server, or one other source, of answers.
 *
 * <p>Routing, retries, failover, circuit breaking, caching and privacy between backends are the engine's; a backend makes one
 * attempt at one server. {@link AbstractLlmCall} is the skeleton for its calls.
 *
 * <p>Rules that {@code LlmBackendContract} in the testkit checks:
 *
 * <ul>
 *   <li>LLM-01 A call ends in exactly one way: {@code Done} as its last event, or one {@link LlmException}.
 *   <li>LLM-02 Collected by {@code await}, iterated, taken as a future or subscribed to, the answer is the same text.
 *   <li>LLM-03 {@code open} returns at once and never throws for what happens remotely.
 *   <li>LLM-04 Closing a call ends it in every phase, from any thread, promptly; its kind is then {@code CANCELLED}. Closing a
 *       call that has ended changes nothing.
 *   <li>LLM-05 Every limit of {@link CallLimits} holds: a server that is silent, slow or endless does not hold the caller.
 *   <li>LLM-06 An answer that ends before it is complete is a failure, never a short success.
 *   <li>LLM-07 A server that is not there gives {@code UNREACHABLE}; {@code status} then fails too, and nothing hangs.
 *   <li>LLM-08 Calls are independent: many at once neither mix nor block each other.
 *   <li>LLM-09 After {@link #close()}, calls fail; closing twice is harmless, and running calls end.
 *   <li>LLM-10 Neither prompts, answers nor secrets appear in {@code toString} or in messages of exceptions.
 *   <li>LLM-11 A resumed call delivers only what follows the text it was given, or fails as {@code REJECTED} before any text.
 * </ul>
 */
public interface LlmBackend extends SparkComponent {

    /**
     * What this backend is.
     *
     * @return constant
     */
    BackendInfo info();

    /**
     * Asks what the backend offers now.
     *
     * @param deadline when the answer is of no more use
     * @return its state; fails with {@link LlmException} when it does not answer
     */
    CompletionStage<BackendStatus> status(Deadline deadline);

    /**
     * Starts a call. Returns at once.
     *
     * @param request what to ask; its model is the name on this backend, or empty for the backend's default; its privacy,
     *     failover, cache and strategy have been dealt with
     * @param limits how long things may take
     * @return the running call
     */
    LlmCall open(LlmRequest request, CallLimits limits);

    /**
     * Goes on with an answer that another backend, with the very same model, began and could not finish. Returns at once.
     *
     * <p>The call delivers only what follows the text so far, as if the model had not been interrupted; {@code Done} carries
     * that part alone. If it turns out that the backend cannot go on, the call fails as {@link LlmException.Kind#REJECTED}
     * before it delivers anything, in words that say why; it is then asked by {@link #open}, from the beginning.
     *
     * <p>The engine asks only for plain text without tools, an output format or delivered reasoning, and only when both
     * backends list the model with the same digest. Privacy and limits are as for {@link #open}; the engine bounds the length
     * of the whole.
     *
     * <p>This is a method and no property of the request, because a backend that does not know the property would begin again
     * and so repeat the text. One that does not override this method says so.
     *
     * @param request the question, as for {@link #open}; its limit of tokens, if any, is what is left of it
     * @param textSoFar what the caller has got, not empty; private like every answer
     * @param limits how long things may take
     * @return the running call; empty when this backend cannot go on with any answer
     */
    default Optional<LlmCall> resume(LlmRequest request, String textSoFar, CallLimits limits) {
        return Optional.empty();
    }

    /**
     * Turns texts into vectors.
     *
     * @param request the texts; its model is the name on this backend, or empty for the backend's default
     * @param limits how long things may take
     * @return vectors; fails with {@link LlmException}
     */
    default CompletionStage<Embeddings> embed(EmbedRequest request, CallLimits limits) {
        return CompletableFuture.failedStage(LlmException.builder(
                        LlmException.Kind.MODEL_NOT_FOUND,
                        info().id(),
                        "backend '" + info().id() + "' makes no embeddings")
                .build());
    }

    /**
     * Management of the backend's models.
     *
     * @return empty when it has none
     */
    default Optional<ModelManager> modelManager() {
        return Optional.empty();
    }

    /**
     * Documents that this backend answers from.
     *
     * @return empty when it has none
     */
    default Optional<DocumentIndex> documents() {
        return Optional.empty();
    }
}
