/** Tools: what a toolbox declares to a model, and how the calls of one answer are run. */
@NullMarked
package ai.primespark.core.llm.tools;

import org.jspecify.annotations.NullMarked;
