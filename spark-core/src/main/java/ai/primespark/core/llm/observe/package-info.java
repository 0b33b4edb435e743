/** What the router tells about itself: meters, log lines, and observations of the application's own kind. */
@NullMarked
package ai.primespark.core.llm.observe;

import org.jspecify.annotations.NullMarked;
