/** Memory beside other libraries: the same workloads, in JVMs with the same settings, in one run. */
@NullMarked
package ai.primespark.benchmarks.memory;

import org.jspecify.annotations.NullMarked;
