/** Reads every source of settings, checks all of it against the declared settings, and reports all problems at once. */
@NullMarked
package ai.primespark.core.config;

import org.jspecify.annotations.NullMarked;
