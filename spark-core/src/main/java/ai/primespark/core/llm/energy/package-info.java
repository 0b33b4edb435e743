/** Measures what calls on this machine take from the plug. */
@NullMarked
package ai.primespark.core.llm.energy;

import org.jspecify.annotations.NullMarked;
