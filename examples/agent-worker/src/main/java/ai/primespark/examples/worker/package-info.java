/** A worker that joins a queue of tasks, a command that submits tasks and follows them, and a demonstration of failover. */
@NullMarked
package ai.primespark.examples.worker;

import org.jspecify.annotations.NullMarked;
