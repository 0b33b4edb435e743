package ai.primespark.core.memory.objects;

/** An array that is used for one chunk after another. Not thread-safe. */
final class ChunkBuffer {

    private byte[] bytes;

    ChunkBuffer(int capacity) {
        this.bytes = new byte[capacity];
    }

    byte[] bytes() {
        return bytes;
    }

    /** Leaves the array to a tier that hangs and may still use it, and goes on with a copy. */
    void renew() {
        bytes = bytes.clone();
    }
}
