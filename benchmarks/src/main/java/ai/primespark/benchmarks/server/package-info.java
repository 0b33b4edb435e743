/** What the example server costs over HTTP, beside a bare handler of the framework that it stands on. */
@NullMarked
package ai.primespark.benchmarks.server;

import org.jspecify.annotations.NullMarked;
