/**
 * What happens, as it happens; start at {@link ai.primespark.event.SparkEvents}. Events never hold prompts, answers, stored
 * values or secrets.
 */
@NullMarked
package ai.primespark.event;

import org.jspecify.annotations.NullMarked;
