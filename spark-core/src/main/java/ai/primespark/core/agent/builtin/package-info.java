/** The handlers that every agent has: language models and memory. */
@NullMarked
package ai.primespark.core.agent.builtin;

import org.jspecify.annotations.NullMarked;
