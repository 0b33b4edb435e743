/** A command line over Prime Spark's memory: an example of an application, not part of the library. */
@NullMarked
package ai.primespark.examples.memory;

import org.jspecify.annotations.NullMarked;
