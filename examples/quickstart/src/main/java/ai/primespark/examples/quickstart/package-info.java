/** The first thing a newcomer runs: a question, answered from what there is, with the route that the answer took. */
@NullMarked
package ai.primespark.examples.quickstart;

import org.jspecify.annotations.NullMarked;
