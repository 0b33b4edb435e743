package ai.primespark.spi;

/**
 * Who answered a probe. When it changes, the storage behind a tier has been replaced, and what is known of its content is void.
 *
 * @param storage names the storage itself, for example a mount's UUID, a bucket or a server's run id
 * @param detail one sentence for people, for example {@code "12 GB free"}; may be empty
 */
public record TierIdentity(String storage, String detail) {}
