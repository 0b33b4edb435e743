/**
 * Language models behind one router; start at {@link ai.primespark.llm.Llm}.
 *
 * <p>There is one {@link ai.primespark.llm.LlmRequest} for blocking, streaming and reactive use, and one
 * {@link ai.primespark.llm.LlmCall} that answers it: a blocking call is the stream, collected. Every call ends in exactly one
 * way, done, failed or cancelled, within its limits, and its {@link ai.primespark.llm.RouteTrace} says what was tried and why.
 *
 * <p>{@link ai.primespark.llm.Privacy} is a property of the request and is enforced before a backend is called.
 */
@NullMarked
package ai.primespark.llm;

import org.jspecify.annotations.NullMarked;
