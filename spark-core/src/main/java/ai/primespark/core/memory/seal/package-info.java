/**
 * Encryption before values leave the edge: AES-256-GCM of records and chunks, deterministic encryption of names, and the tier
 * that does both in front of another one.
 */
@org.jspecify.annotations.NullMarked
package ai.primespark.core.memory.seal;
