/** A REST API over Prime Spark: an example of an application, not part of the library. */
@NullMarked
package ai.primespark.examples.server;

import org.jspecify.annotations.NullMarked;
