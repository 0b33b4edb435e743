/**
 * The engine behind {@link ai.primespark.agent.Agents}, on top of any {@link ai.primespark.spi.TaskQueue}. Start at
 * {@link ai.primespark.core.agent.AgentsEngine}; an agent's own life is in {@link ai.primespark.core.agent.AgentRunner}.
 */
@NullMarked
package ai.primespark.core.agent;

import org.jspecify.annotations.NullMarked;
