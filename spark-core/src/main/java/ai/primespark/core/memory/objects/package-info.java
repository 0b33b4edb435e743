/**
 * Objects: large binaries in content-addressed chunks over the tiers that hold blobs, and their heads in ordinary memory.
 */
package ai.primespark.core.memory.objects;
