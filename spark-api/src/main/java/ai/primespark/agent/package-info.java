/**
 * Tasks for agents in this process and on other machines.
 *
 * <p>Start at {@link ai.primespark.agent.Agents}: {@code submit} puts a {@link ai.primespark.agent.TaskRequest} into the queue
 * and gives a {@link ai.primespark.agent.TaskHandle}; {@code local()} is the {@link ai.primespark.agent.Agent} of this process,
 * to which {@link ai.primespark.agent.TaskHandler}s are given. Agents pull: each claims what it can do and has room for, so there
 * is no scheduler that could fail. A task is executed at least once, and exactly one outcome is recorded for it; a handler
 * whose effects must not be repeated uses {@link ai.primespark.agent.TaskContext#effectKey()} or
 * {@link ai.primespark.agent.TaskContext#fence()}. How far a task survives crashes is the queue's matter: the default one lives
 * in this process.
 */
@NullMarked
package ai.primespark.agent;

import org.jspecify.annotations.NullMarked;
