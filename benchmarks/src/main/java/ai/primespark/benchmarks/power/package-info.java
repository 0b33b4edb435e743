/** What power sources cost. Never published. */
@NullMarked
package ai.primespark.benchmarks.power;

import org.jspecify.annotations.NullMarked;
