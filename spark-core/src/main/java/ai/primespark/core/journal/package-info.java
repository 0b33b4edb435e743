/**
 * The journal: one append-only store on a local disk for whatever must survive the process. Memory keeps there what tiers have
 * still to get; durable tasks keep their state there.
 */
@NullMarked
package ai.primespark.core.journal;

import org.jspecify.annotations.NullMarked;
