/** Decides what the power supply means for the other parts. */
@NullMarked
package ai.primespark.core.power;

import org.jspecify.annotations.NullMarked;
