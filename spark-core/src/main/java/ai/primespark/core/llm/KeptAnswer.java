package ai.primespark.core.llm;

import ai.primespark.llm.LlmResponse;
import java.time.Instant;

/**
 * An answer of a model, to be given again.
 *
 * @param answer as the backend gave it, without the trace of the call
 * @param at when
 * @param asked the name of the model that the backend was asked for; empty for its default
 * @param digest of the model that answered; empty when that was not known
 */
record KeptAnswer(LlmResponse answer, Instant at, String asked, String digest) {}
