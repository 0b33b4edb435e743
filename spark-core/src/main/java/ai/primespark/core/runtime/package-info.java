/** Threads, events, metrics, durable files and the lifecycle that the other parts share. */
@NullMarked
package ai.primespark.core.runtime;

import org.jspecify.annotations.NullMarked;
