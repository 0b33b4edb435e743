package ai.primespark.core;

import ai.primespark.PrimeSpark;
import ai.primespark.PrimeSparkEngine;

/** The engine, as {@link java.util.ServiceLoader} finds it. */
public final class CoreEngine implements PrimeSparkEngine {

    /** For {@link java.util.ServiceLoader}. */
    public CoreEngine() {}

    @Override
    public PrimeSpark.Builder newBuilder() {
        return new CoreBuilder();
    }
}
