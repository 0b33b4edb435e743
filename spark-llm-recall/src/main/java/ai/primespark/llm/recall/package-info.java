/**
 * The recall backend: quotes stored documents when no model can answer. Only {@link ai.primespark.llm.recall.RecallProvider} is
 * public; the rest may change at any time.
 */
@NullMarked
package ai.primespark.llm.recall;

import org.jspecify.annotations.NullMarked;
