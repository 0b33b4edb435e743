package ai.primespark.core.memory.objects;

import ai.primespark.Zone;
import ai.primespark.memory.MemoryException;
import ai.primespark.memory.NamespaceOptions;
import org.jspecify.annotations.Nullable;

/** How chunks are encrypted before they travel to tiers of a zone and beyond. Thread-safe. */
public interface ChunkSealing {

    /** For engines without keys: a namespace that asks for encryption is refused. */
    ChunkSealing NONE = new ChunkSealing() {
        @Override
        public @Nullable Zone from(String namespace, NamespaceOptions options) {
            if (options.encryptionFrom().isPresent()) {
                throw new MemoryException(
                        "namespace '" + namespace + "' is to be encrypted from "
                                + options.encryptionFrom().get()
                                + " on, but there are no keys; configure primespark.memory.encryption",
                        false,
                        null);
            }
            return null;
        }

        @Override
        public byte[] seal(String namespace, String plainSha256, byte[] plain, int length) {
            throw new IllegalStateException("nothing is sealed without keys");
        }

        @Override
        public byte[] open(String namespace, String plainSha256, byte[] sealed, int length) {
            throw new IllegalStateException("nothing is sealed without keys");
        }

        @Override
        public int sealedLength(int plainLength) {
            throw new IllegalStateException("nothing is sealed without keys");
        }
    };

    /** The zone from which on chunks of a namespace are sealed, or null for nowhere. */
    @Nullable
    Zone from(String namespace, NamespaceOptions options);

    /** Seals a chunk, the same way each time while the active key stays the same. */
    byte[] seal(String namespace, String plainSha256, byte[] plain, int length);

    /**
     * Opens a chunk that {@link #seal} gave, also one that was sealed under an earlier key.
     *
     * @throws ai.primespark.spi.TierException of kind CORRUPT when it is damaged, PERMANENT when its key is not there
     */
    byte[] open(String namespace, String plainSha256, byte[] sealed, int length);

    /** How long a sealed chunk is. */
    int sealedLength(int plainLength);
}
