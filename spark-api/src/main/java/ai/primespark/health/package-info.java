/**
 * How every subsystem and plugin is doing; start at {@link ai.primespark.health.Health}. Checks run in the background, so that
 * asking never waits for something that hangs.
 */
@NullMarked
package ai.primespark.health;

import org.jspecify.annotations.NullMarked;
