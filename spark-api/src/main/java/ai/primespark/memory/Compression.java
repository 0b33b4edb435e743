package ai.primespark.memory;

/** How values are made smaller before they leave the process. */
public enum Compression {
    /** As the codec made them. */
    NONE,
    /** DEFLATE (RFC 1951) by the JDK, at its fastest level; kept only where it saves at least an eighth. */
    DEFLATE,
    /** Zstandard (RFC 8878) in pure Java; denser and faster to read than {@link #DEFLATE}; kept only where it saves at least an eighth. */
    ZSTD
}
