package ai.primespark;

/**
 * What makes {@link PrimeSpark#builder()} work: implemented once, by {@code spark-core}, and found by
 * {@link java.util.ServiceLoader}. Applications and plugins have no use for it.
 */
public interface PrimeSparkEngine {

    /**
     * Starts a configuration.
     *
     * @return a new builder
     */
    PrimeSpark.Builder newBuilder();
}
