package ai.primespark.core.memory.objects;

import ai.primespark.Zone;
import ai.primespark.spi.BlobTier;
import java.util.function.BooleanSupplier;

/**
 * A tier that holds chunks, as the memory engine hands it over.
 *
 * @param number the tier's number, the hottest is 1
 * @param id as configured
 * @param zone how far data travels to it
 * @param local whether it is on a disk of this machine
 * @param persistent whether what it holds survives a restart
 * @param shared whether other processes write to it
 * @param blobs its chunks
 * @param down whether the engine knows that it does not answer
 */
public record ObjectTier(
        int number,
        String id,
        Zone zone,
        boolean local,
        boolean persistent,
        boolean shared,
        BlobTier blobs,
        BooleanSupplier down) {}
