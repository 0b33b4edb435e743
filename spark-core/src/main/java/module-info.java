import org.jspecify.annotations.NullMarked;

/** The engine behind {@code ai.primespark.PrimeSpark}. Exports nothing: it is found as a service. */
@NullMarked
module ai.primespark.core {
    requires ai.primespark.api;
    requires aircompressor;
    requires com.fasterxml.jackson.core;
    requires com.fasterxml.jackson.databind;
    requires com.fasterxml.jackson.dataformat.cbor;
    requires com.fasterxml.jackson.datatype.jdk8;
    requires com.fasterxml.jackson.datatype.jsr310;
    requires com.github.benmanes.caffeine;
    requires com.nimbusds.jose.jwt;
    requires io.github.resilience4j.circuitbreaker;
    requires io.github.resilience4j.core;
    requires jdk.unsupported; // for aircompressor, which cannot say so itself
    requires static com.github.oshi; // optional: measures the machine
    requires static micrometer.core;
    requires static micrometer.observation;
    requires java.management;
    requires jdk.management;
    requires org.slf4j;
    requires password4j;
    requires typesafe.config;

    uses ai.primespark.spi.LlmBackendProvider;
    uses ai.primespark.spi.MemoryTierProvider;
    uses ai.primespark.spi.PowerSourceProvider;
    uses ai.primespark.spi.RemoteAgentProvider;
    uses ai.primespark.spi.TaskQueueProvider;
    uses ai.primespark.spi.UserStoreProvider;
    uses ai.primespark.spi.VpnDriverProvider;

    provides ai.primespark.PrimeSparkEngine with
            ai.primespark.core.CoreEngine;
}
