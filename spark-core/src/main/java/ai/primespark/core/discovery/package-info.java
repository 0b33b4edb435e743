/** Finds providers and chooses among them. */
@NullMarked
package ai.primespark.core.discovery;

import org.jspecify.annotations.NullMarked;
