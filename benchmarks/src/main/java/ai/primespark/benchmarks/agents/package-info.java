/** Task queues and agents beside BullMQ, JobRunr and db-scheduler. Never published. */
@NullMarked
package ai.primespark.benchmarks.agents;

import org.jspecify.annotations.NullMarked;
