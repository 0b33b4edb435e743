import org.jspecify.annotations.NullMarked;

/**
 * The public API of Prime Spark and the SPI of its plugins. Every signature uses JDK types only; the one dependency is
 * JSpecify's nullness annotations.
 *
 * <p>Applications compile against this module alone and put {@code spark-core} and the plugins they want on the run-time
 * path.
 */
@NullMarked
module ai.primespark.api {
    requires transitive java.net.http;
    requires static transitive org.jspecify;

    exports ai.primespark;
    exports ai.primespark.agent;
    exports ai.primespark.auth;
    exports ai.primespark.event;
    exports ai.primespark.health;
    exports ai.primespark.llm;
    exports ai.primespark.memory;
    exports ai.primespark.power;
    exports ai.primespark.spi;
    exports ai.primespark.spi.http;
    exports ai.primespark.vpn;

    uses ai.primespark.PrimeSparkEngine;
}
