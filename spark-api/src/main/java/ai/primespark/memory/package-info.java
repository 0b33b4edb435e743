/**
 * Memory in tiers, from an in-process cache to a NAS and the cloud; start at {@link ai.primespark.memory.Memory}.
 *
 * <p>Every record carries a {@link ai.primespark.memory.Version}, and a tier takes a record only if its version is newer than
 * the one it holds. That one law makes puts, deletes, backfills and repairs safe to repeat and to reorder. A read says
 * {@link ai.primespark.memory.Lookup.Found}, {@link ai.primespark.memory.Lookup.Absent} or
 * {@link ai.primespark.memory.Lookup.Unknown}: a tier that is down is never mistaken for an absent value.
 */
@NullMarked
package ai.primespark.memory;

import org.jspecify.annotations.NullMarked;
