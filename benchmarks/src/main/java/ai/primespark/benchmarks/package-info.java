/** What Prime Spark costs beside the libraries and system calls underneath. Never published. */
@NullMarked
package ai.primespark.benchmarks;

import org.jspecify.annotations.NullMarked;
