/**
 * The router over language model backends: {@link ai.primespark.core.llm.LlmEngine} opens calls, each of which finds its way by
 * itself on its consumer's thread. Nothing here is exported.
 */
@NullMarked
package ai.primespark.core.llm;

import org.jspecify.annotations.NullMarked;
