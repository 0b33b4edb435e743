package ai.primespark.llm;

import ai.primespark.TypeRef;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Language models, routed over the configured backends. Thread-safe.
 *
 * <pre>{@code
 * try (LlmCall call = spark.llm().open(LlmRequest.prompt("Why is the sky blue?").build())) {
 *     for (LlmEvent event : call) {
 *         if (event instanceof LlmEvent.Text text) { System.out.print(text.text()); }
 *     }
 * }
 * }</pre>
 */
public interface Llm {

    /**
     * Makes a call. Returns at once; the request is sent when the answer is first asked for, and what goes wrong comes out of
     * the call.
     *
     * @param request what to ask
     * @return the call; close it
     * @throws IllegalStateException when this instance is closed
     */
    LlmCall open(LlmRequest request);

    /**
     * Asks and waits for the whole answer.
     *
     * @param request what to ask
     * @return the answer
     * @throws LlmException when no backend could answer within the limits
     */
    default LlmResponse generate(LlmRequest request) {
        try (LlmCall call = open(request)) {
            return call.await();
        }
    }

    /**
     * Asks without waiting.
     *
     * @param request what to ask
     * @return the answer to come; fails with {@link LlmException}; cancelling it cancels the call
     */
    default CompletableFuture<LlmResponse> generateAsync(LlmRequest request) {
        return open(request).future();
    }

    /**
     * Starts a run: asks, runs the tools that the model asks for, tells it their results, and so on until an answer asks for
     * none. Privacy and all other options of the request hold for every step. Returns at once, like {@link #open(LlmRequest)}.
     *
     * @param <T> what the final answer is converted to
     * @param request what to ask; without tools of its own, and without a format unless the type is {@link String}
     * @param toolbox the tools, and how they are run; {@link Toolbox#EMPTY} for none
     * @param type a record, an enum, a list, a map with text keys, a sealed interface of records …, from which a JSON schema is
     *     made that the answer must fit; {@link String} for any text
     * @return the run; close it
     * @throws IllegalArgumentException when a schema cannot be made from the type or a tool; the message says what to change
     * @throws IllegalStateException when this instance is closed
     */
    <T> LlmRun<T> open(LlmRequest request, Toolbox toolbox, TypeRef<T> type);

    /**
     * Starts a run whose final answer is any text.
     *
     * @param request what to ask; without tools of its own
     * @param toolbox the tools, and how they are run
     * @return the run; close it
     * @throws IllegalArgumentException when a schema cannot be made for a tool; the message says what to change
     * @throws IllegalStateException when this instance is closed
     */
    default LlmRun<String> open(LlmRequest request, Toolbox toolbox) {
        return open(request, toolbox, TypeRef.of(String.class));
    }

    /**
     * Lets a model use tools and waits for its final answer.
     *
     * @param request what to ask; without tools of its own
     * @param toolbox the tools, and how they are run
     * @return the answer's text, and all that led to it
     * @throws StepLimitException when the model asked for tools more often than it may
     * @throws LlmException when a step failed
     */
    default LlmResult<String> run(LlmRequest request, Toolbox toolbox) {
        return run(request, toolbox, String.class);
    }

    /**
     * Lets a model use tools and waits for its final answer, as a Java value.
     *
     * @param <T> what the answer is converted to
     * @param request what to ask; without tools of its own and without a format
     * @param toolbox the tools, and how they are run
     * @param type see {@link #open(LlmRequest, Toolbox, TypeRef)}
     * @return the answer, and all that led to it
     * @throws AnswerFormatException when the answer does not fit, also after the model was told what is wrong
     * @throws StepLimitException when the model asked for tools more often than it may
     * @throws LlmException when a step failed
     */
    default <T> LlmResult<T> run(LlmRequest request, Toolbox toolbox, Class<T> type) {
        return run(request, toolbox, TypeRef.of(type));
    }

    /**
     * The same for a type with arguments.
     *
     * @param <T> what the answer is converted to
     * @param request what to ask; without tools of its own and without a format
     * @param toolbox the tools, and how they are run
     * @param type see {@link #open(LlmRequest, Toolbox, TypeRef)}
     * @return the answer, and all that led to it
     * @throws AnswerFormatException when the answer does not fit, also after the model was told what is wrong
     * @throws StepLimitException when the model asked for tools more often than it may
     * @throws LlmException when a step failed
     */
    default <T> LlmResult<T> run(LlmRequest request, Toolbox toolbox, TypeRef<T> type) {
        try (LlmRun<T> run = open(request, toolbox, type)) {
            return run.result();
        }
    }

    /**
     * Asks for a Java value: the type's JSON schema is sent with the request, and the answer is checked against it. A model
     * whose answer does not fit is told so and asked again, once unless configured otherwise.
     *
     * <pre>{@code
     * record City(String name, int population) {}
     * City city = spark.llm().generate(LlmRequest.prompt("The largest city of Japan?").build(), City.class).value();
     * }</pre>
     *
     * @param <T> what the answer is converted to
     * @param request what to ask; without tools and without a format
     * @param type see {@link #open(LlmRequest, Toolbox, TypeRef)}
     * @return the value, and the answer that it was made from
     * @throws AnswerFormatException when the answer does not fit, also after the model was told what is wrong
     * @throws LlmException when no backend could answer within the limits
     */
    default <T> LlmResult<T> generate(LlmRequest request, Class<T> type) {
        return run(request, Toolbox.EMPTY, type);
    }

    /**
     * The same for a type with arguments: {@code new TypeRef<List<City>>() {}}.
     *
     * @param <T> what the answer is converted to
     * @param request what to ask; without tools and without a format
     * @param type see {@link #open(LlmRequest, Toolbox, TypeRef)}
     * @return the value, and the answer that it was made from
     * @throws AnswerFormatException when the answer does not fit, also after the model was told what is wrong
     * @throws LlmException when no backend could answer within the limits
     */
    default <T> LlmResult<T> generate(LlmRequest request, TypeRef<T> type) {
        return run(request, Toolbox.EMPTY, type);
    }

    /**
     * Turns texts into vectors.
     *
     * @param request the texts
     * @return one vector a text
     * @throws LlmException when no backend could answer within the limits
     */
    Embeddings embed(EmbedRequest request);

    /**
     * What every backend offers now. Backends are asked at once; those that do not answer in time say so.
     *
     * @return one entry a backend, in the configured order
     */
    List<BackendModels> models();

    /**
     * The models of one backend.
     *
     * @param backend its id
     * @return empty when the backend cannot manage models
     * @throws IllegalArgumentException when there is no such backend; the message lists those there are
     */
    Optional<ModelManager> modelManager(String backend);

    /**
     * Documents that answers may be recalled from when no model can be reached, and that can be searched for prompts.
     *
     * @return empty when no backend holds documents
     */
    Optional<DocumentIndex> documents();

    /**
     * Counts since the start, and present states.
     *
     * @return a snapshot
     */
    LlmStats stats();
}
