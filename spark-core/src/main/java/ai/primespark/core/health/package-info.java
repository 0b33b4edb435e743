/** Checks every part in the background. */
@NullMarked
package ai.primespark.core.health;

import org.jspecify.annotations.NullMarked;
